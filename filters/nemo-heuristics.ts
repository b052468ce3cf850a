import { z } from 'zod'
import { defineFilter, type Rule } from './define-filter.ts'
import { firstFailure } from './threshold-rules.ts'
import { nemoScores } from './variants/nemo.ts'

/** A score and its limit: the greatest good one, or where the setting begins with `min` the least, inclusive. */
interface Limit {
  readonly score: string
  readonly setting: string
  readonly limit: number
  readonly what: string
}

const limitOf = (score: string, setting: string, limit: number, what: string): Limit => ({
  score,
  setting,
  limit,
  what,
})

const LIMITS: readonly Limit[] = [
  limitOf(
    'alpha_numeric',
    'maxNonAlphaNumeric',
    0.25,
    'share of characters but ASCII letters, digits, line feeds and ? ! , .',
  ),
  limitOf('symbol_to_word', 'maxSymbolWords', 0.1, 'share of words that are an ellipsis or mostly #'),
  limitOf('numbers_ratio', 'maxNumbers', 0.15, 'share of ASCII digits among the characters'),
  limitOf('urls_ratio', 'maxUrls', 0.2, 'share of URLs in the characters'),
  limitOf('bullet_ratio', 'maxBulletLines', 0.9, 'share of lines that start with a bullet'),
  limitOf('white_space', 'maxWhiteSpace', 0.25, 'share of white space among the characters'),
  limitOf('parentheses_ratio', 'maxParentheses', 0.1, 'share of brackets among the characters'),
  limitOf('max_word_length', 'maxWordLength', 1000, 'length of a word in characters'),
  limitOf('word_count', 'minWords', 50, 'number of words'),
  limitOf('word_count', 'maxWords', 100_000, 'number of words'),
  limitOf(
    'boilerplate_string_ratio',
    'maxBoilerplateParagraphs',
    0.4,
    'share of paragraphs about cookies, privacy and terms; 1 with lorem ipsum',
  ),
  limitOf('mean_word_length', 'minMeanWordLength', 3, 'mean length of words in characters'),
  limitOf('mean_word_length', 'maxMeanWordLength', 10, 'mean length of words in characters'),
  limitOf('punctuation', 'maxUnpunctuatedLines', 0.85, 'share of lines that do not end in . ? ! " or \''),
  limitOf('ellipsis', 'maxEllipsisLines', 0.3, 'share of lines that end in an ellipsis or read more'),
  limitOf(
    'common_english_words',
    'minStopWords',
    2,
    'number of the, be, to, of, and, that, have, with; every occurrence',
  ),
  limitOf('words_without_alphabets', 'minAlphabeticWords', 0.8, 'share of words with a letter'),
  limitOf('repeated_lines', 'minDifferentLines', 0.7, 'share of different lines among lines'),
  limitOf(
    'repeated_paragraphs',
    'minDifferentParagraphs',
    0.7,
    'share of different paragraphs among paragraphs',
  ),
  limitOf(
    'repeated_lines_char',
    'minDifferentLineCharacters',
    0.8,
    'share of different lines in the characters of lines',
  ),
  limitOf(
    'repeated_paragraphs_char',
    'minDifferentParagraphCharacters',
    0.8,
    'share of different paragraphs in the characters of paragraphs',
  ),
  ...[0.2, 0.18, 0.16].map((limit, at) =>
    limitOf(
      `repeating_top_${at + 2}grams`,
      `maxTop${at + 2}Gram`,
      limit,
      `share of the most frequent ${at + 2}-gram of words in the characters`,
    ),
  ),
  ...[0.15, 0.14, 0.13, 0.12, 0.11, 0.1].map((limit, at) =>
    limitOf(
      `repeating_dup_${at + 5}gram`,
      `maxDuplicate${at + 5}Grams`,
      limit,
      `share of ${at + 5}-grams that stood before in the characters`,
    ),
  ),
]

const isLeast = ({ setting }: Limit): boolean => setting.startsWith('min')

const settings = z.strictObject(
  Object.fromEntries(
    LIMITS.map((limit) => [
      limit.setting,
      z
        .number()
        .min(0)
        .nullable()
        .default(limit.limit)
        .describe(`${isLeast(limit) ? 'Least' : 'Greatest'} ${limit.what}, inclusive. null: no limit.`),
    ]),
  ),
)

/**
 * The heuristics of NeMo Curator 1.4 for texts with spaces between words (`heuristic/string.py`, `repetition.py`), with its scores
 * and limits under its names. Lines are those between line feeds that are not blank, paragraphs stand between two line feeds.
 */
export const nemoHeuristics = defineFilter({
  name: 'nemo-heuristics',
  summary:
    'Drops texts by the heuristics of NeMo Curator: characters, words, lines, boilerplate, repetition.',
  revision: 1,
  settings,
  reasons: [...new Set(LIMITS.map(({ score }) => score))],
  values: Object.fromEntries(LIMITS.map(({ score }) => [score, 'number'] as const)),
  unicode: true, // Lower-casing, letters
  rules: rulesOf,
  create: (given) => {
    const rules = rulesOf(given)
    return ({ text }) => firstFailure(rules, nemoScores(text))
  },
})

function rulesOf(given: z.output<typeof settings>): readonly Rule[] {
  return LIMITS.map((limit) => ({
    value: limit.score,
    [isLeast(limit) ? 'min' : 'max']: given[limit.setting],
    setting: limit.setting,
    reason: limit.score,
  }))
}
