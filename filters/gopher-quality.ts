import { z } from 'zod'
import { lineCounts } from '../lib/text/line-counts.ts'
import { unitsOf } from '../lib/text/units-of.ts'
import { usesUnicodeWords, wordsBy, wordsSetting } from '../lib/text/word-kinds.ts'
import { holdsWord } from '../lib/text/words.ts'
import { defineFilter, type Rule } from './define-filter.ts'
import { firstFailure, measured, ratio } from './threshold-rules.ts'
import { dclmQuality, dolmaQuality, type Measure } from './variants/quality.ts'
import { type Variant, variantSetting } from './variants/variant.ts'

const settings = z.strictObject({
  variant: variantSetting,
  words: wordsSetting('spacy'),
  minWords: z
    .int()
    .min(0)
    .nullable()
    .default(50)
    .describe('Fewest words, inclusive; words of punctuation alone do not count. null: no limit.'),
  maxWords: z
    .int()
    .min(0)
    .nullable()
    .default(100_000)
    .describe('Most words, inclusive, counted as for minWords. null: no limit.'),
  minMeanWordLength: z
    .number()
    .min(0)
    .nullable()
    .default(3)
    .describe('Least mean length of those words in characters, inclusive. null: no limit.'),
  maxMeanWordLength: z
    .number()
    .min(0)
    .nullable()
    .default(10)
    .describe('Greatest mean length of those words in characters, inclusive. null: no limit.'),
  maxSymbolWordRatio: z
    .number()
    .min(0)
    .nullable()
    .default(0.1)
    .describe(
      'Most hashes per word, and most ellipses (... or …) per word, inclusive; all words count. null: no limit.',
    ),
  maxBulletLineRatio: z
    .number()
    .min(0)
    .nullable()
    .default(0.9)
    .describe(
      'Greatest share of lines that start with • or -, inclusive; blank lines count. null: no limit.',
    ),
  maxEllipsisLineRatio: z
    .number()
    .min(0)
    .nullable()
    .default(0.3)
    .describe(
      'Greatest share of lines that end with ... or …, inclusive; blank lines count. null: no limit.',
    ),
  minAlphabeticWordRatio: z
    .number()
    .min(0)
    .nullable()
    .default(0.8)
    .describe('Least share of all words that hold a letter, inclusive. null: no limit.'),
  minStopWords: z
    .int()
    .min(0)
    .nullable()
    .default(2)
    .describe('Fewest different stop words, inclusive. null: no limit.'),
  stopWords: z
    .array(z.string().min(1))
    .default(['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'])
    .describe('The stop words; case matters.'),
})

/**
 * The quality rules of Gopher (Rae et al. 2021, arXiv 2112.11446, appendix A1.1) as datatrove 0.10.1 reads them:
 * words are spaCy's, punctuation among them; `*` is no bullet; stop words are compared with their case (`The` is none).
 * Unlike there, a threshold of 0 is a threshold, and a ratio over nothing is left out instead of failing.
 */
export const gopherQuality = defineFilter({
  name: 'gopher-quality',
  summary: 'Drops texts that are too short or long, or hardly prose (Gopher quality rules, as in datatrove).',
  revision: 2,
  settings,
  reasons: [
    'gopher_short_doc',
    'gopher_long_doc',
    'gopher_below_avg_threshold',
    'gopher_above_avg_threshold',
    'gopher_too_many_hashes',
    'gopher_too_many_ellipsis',
    'gopher_too_many_symbols',
    'gopher_too_many_bullets',
    'gopher_too_many_end_ellipsis',
    'gopher_below_alpha_threshold',
    'gopher_enough_stop_words',
  ],
  values: {
    words: 'number',
    allWords: 'number',
    meanWordLength: 'number',
    medianWordLength: 'number',
    symbolWordRatio: 'number',
    hashWordRatio: 'number',
    ellipsisWordRatio: 'number',
    bulletLineRatio: 'number',
    ellipsisLineRatio: 'number',
    alphabeticWordRatio: 'number',
    stopWords: 'number',
  },
  unicode: (settings) => settings.variant === 'dclm' || usesUnicodeWords(settings),
  rules: rulesOf,
  create: (settings) => {
    const rules = rulesOf(settings)
    const stopWords = [...new Set(settings.stopWords)]
    const stopUnits = stopWords.map(unitsOf)
    const wordsOf = wordsBy(settings.words)
    const measure = VARIANTS[settings.variant]
    if (measure !== undefined) return (document) => firstFailure(rules, measure(document, stopWords))
    return (document, earlier) => {
      const text = wordsOf(document, earlier)
      const { lines, bullets, ellipsisEnds } = lineCounts(document)
      const { sums } = text
      const all = text.ids.length
      return firstFailure(
        rules,
        measured({
          words: sums.nonSymbols,
          allWords: all,
          meanWordLength: ratio(sums.characters, sums.nonSymbols),
          hashWordRatio: ratio(sums.hashes, all),
          ellipsisWordRatio: ratio(sums.ellipses, all),
          bulletLineRatio: ratio(bullets, lines),
          ellipsisLineRatio: ratio(ellipsisEnds, lines),
          alphabeticWordRatio: ratio(sums.alphabetics, all),
          stopWords: stopUnits.filter((word) => holdsWord(text, word)).length,
        }),
      )
    }
  },
})

const VARIANTS: Readonly<Record<Variant, Measure | undefined>> = {
  datatrove: undefined,
  dolma: dolmaQuality,
  dclm: dclmQuality,
}

function rulesOf(limits: z.output<typeof settings>): readonly Rule[] {
  const length = limits.variant === 'dolma' ? 'medianWordLength' : 'meanWordLength'
  return [
    { value: 'words', min: limits.minWords, setting: 'minWords', reason: 'gopher_short_doc' },
    { value: 'words', max: limits.maxWords, setting: 'maxWords', reason: 'gopher_long_doc' },
    {
      value: length,
      min: limits.minMeanWordLength,
      setting: 'minMeanWordLength',
      reason: 'gopher_below_avg_threshold',
    },
    {
      value: length,
      max: limits.maxMeanWordLength,
      setting: 'maxMeanWordLength',
      reason: 'gopher_above_avg_threshold',
    },
    ...symbolRules(limits),
    {
      value: 'bulletLineRatio',
      max: limits.maxBulletLineRatio,
      setting: 'maxBulletLineRatio',
      reason: 'gopher_too_many_bullets',
    },
    {
      value: 'ellipsisLineRatio',
      max: limits.maxEllipsisLineRatio,
      setting: 'maxEllipsisLineRatio',
      reason: 'gopher_too_many_end_ellipsis',
    },
    {
      value: 'alphabeticWordRatio',
      min: limits.minAlphabeticWordRatio,
      setting: 'minAlphabeticWordRatio',
      reason: 'gopher_below_alpha_threshold',
    },
    {
      value: 'stopWords',
      min: limits.minStopWords,
      setting: 'minStopWords',
      reason: 'gopher_enough_stop_words',
    },
  ]
}

function symbolRules({ variant, maxSymbolWordRatio: max }: z.output<typeof settings>): readonly Rule[] {
  const setting = 'maxSymbolWordRatio'
  if (variant !== 'datatrove')
    return [{ value: 'symbolWordRatio', max, setting, reason: 'gopher_too_many_symbols' }]
  return [
    { value: 'hashWordRatio', max, setting, reason: 'gopher_too_many_hashes' },
    { value: 'ellipsisWordRatio', max, setting, reason: 'gopher_too_many_ellipsis' },
  ]
}
