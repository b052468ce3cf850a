import { z } from 'zod'
import { ALPHABETIC, INFO_SHIFT, NON_SYMBOL } from '../lib/text/chunk-table.ts'
import { endsWithDots, lines, type Spans, skipWhite, trimWhite } from '../lib/text/lines.ts'
import { idOfWord, type Words, words } from '../lib/text/words.ts'
import { defineFilter } from './define-filter.ts'
import { firstFailure, type Rule, ratio } from './threshold-rules.ts'

/**
 * The quality rules of Gopher (Rae et al. 2021, arXiv 2112.11446, appendix A1.1) as datatrove 0.10.1 reads them:
 * words are spaCy's, punctuation among them; `*` is no bullet; stop words are compared with their case (`The` is none).
 * Unlike there, a threshold of 0 is a threshold, and a ratio over nothing is left out instead of failing.
 */
export const gopherQuality = defineFilter({
  name: 'gopher-quality',
  summary: 'Drops texts that are too short or long, or hardly prose (Gopher quality rules, as in datatrove).',
  revision: 1,
  settings: z.strictObject({
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
  }),
  reasons: [
    'gopher_short_doc',
    'gopher_long_doc',
    'gopher_below_avg_threshold',
    'gopher_above_avg_threshold',
    'gopher_too_many_hashes',
    'gopher_too_many_ellipsis',
    'gopher_too_many_bullets',
    'gopher_too_many_end_ellipsis',
    'gopher_below_alpha_threshold',
    'gopher_enough_stop_words',
  ],
  values: {
    words: 'number',
    allWords: 'number',
    meanWordLength: 'number',
    hashWordRatio: 'number',
    ellipsisWordRatio: 'number',
    bulletLineRatio: 'number',
    ellipsisLineRatio: 'number',
    alphabeticWordRatio: 'number',
    stopWords: 'number',
  },
  unicode: false,
  create: (settings) => {
    const rules: readonly Rule[] = [
      { value: 'words', min: settings.minWords, reason: 'gopher_short_doc' },
      { value: 'words', max: settings.maxWords, reason: 'gopher_long_doc' },
      { value: 'meanWordLength', min: settings.minMeanWordLength, reason: 'gopher_below_avg_threshold' },
      { value: 'meanWordLength', max: settings.maxMeanWordLength, reason: 'gopher_above_avg_threshold' },
      { value: 'hashWordRatio', max: settings.maxSymbolWordRatio, reason: 'gopher_too_many_hashes' },
      { value: 'ellipsisWordRatio', max: settings.maxSymbolWordRatio, reason: 'gopher_too_many_ellipsis' },
      { value: 'bulletLineRatio', max: settings.maxBulletLineRatio, reason: 'gopher_too_many_bullets' },
      {
        value: 'ellipsisLineRatio',
        max: settings.maxEllipsisLineRatio,
        reason: 'gopher_too_many_end_ellipsis',
      },
      {
        value: 'alphabeticWordRatio',
        min: settings.minAlphabeticWordRatio,
        reason: 'gopher_below_alpha_threshold',
      },
      { value: 'stopWords', min: settings.minStopWords, reason: 'gopher_enough_stop_words' },
    ]
    const stopWords = [...new Set(settings.stopWords)]
    return (document) => {
      const text = words(document)
      const spans = lines(document)
      const counts = countWords(text)
      const all = text.ids.length
      const symbols = countSymbols(text)
      return firstFailure(rules, {
        words: counts.nonSymbol,
        allWords: all,
        ...ratio('meanWordLength', counts.characters, counts.nonSymbol),
        ...ratio('hashWordRatio', symbols.hashes, all),
        ...ratio('ellipsisWordRatio', symbols.ellipses, all),
        ...ratio('bulletLineRatio', countBullets(text.units, spans), spans.starts.length),
        ...ratio('ellipsisLineRatio', countEllipsisEnds(text.units, spans), spans.starts.length),
        ...ratio('alphabeticWordRatio', counts.alphabetic, all),
        stopWords: stopWords.filter((word) => text.ids.items.subarray(0, all).includes(idOfWord(word)))
          .length,
      })
    }
  },
})

/** `characters` are code points of the words that are not symbols alone. */
function countWords({ ids, info }: Words): { nonSymbol: number; characters: number; alphabetic: number } {
  let nonSymbol = 0
  let characters = 0
  let alphabetic = 0
  for (let i = 0; i < ids.length; i++) {
    const of = info[ids.items[i] ?? 0] ?? 0
    if ((of & NON_SYMBOL) !== 0) {
      nonSymbol++
      characters += of >>> INFO_SHIFT
    }
    if ((of & ALPHABETIC) !== 0) alphabetic++
  }
  return { nonSymbol, characters, alphabetic }
}

/** `#` in the text; `…`, and `...` without overlaps (five full stops are one). */
function countSymbols({ units, length }: Words): { hashes: number; ellipses: number } {
  let hashes = 0
  let ellipses = 0
  let dots = 0
  for (let i = 0; i < length; i++) {
    const unit = units[i]
    dots = unit === 0x2e ? dots + 1 : 0
    if (unit === 0x23) hashes++
    else if (unit === 0x2026) ellipses++
    else if (dots === 3) {
      ellipses++
      dots = 0
    }
  }
  return { hashes, ellipses }
}

function countBullets(units: Uint16Array, { starts, ends }: Spans): number {
  let count = 0
  for (let line = 0; line < starts.length; line++) {
    const end = ends.items[line] ?? 0
    const at = skipWhite(units, starts.items[line] ?? 0, end)
    if (at < end && (units[at] === 0x2022 || units[at] === 0x2d)) count++
  }
  return count
}

function countEllipsisEnds(units: Uint16Array, { starts, ends }: Spans): number {
  let count = 0
  for (let line = 0; line < starts.length; line++) {
    const start = starts.items[line] ?? 0
    const end = trimWhite(units, start, ends.items[line] ?? 0)
    if (end > start && (units[end - 1] === 0x2026 || endsWithDots(units, start, end))) count++
  }
  return count
}
