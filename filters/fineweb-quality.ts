import { z } from 'zod'
import { countShortLines, lineCounts } from '../lib/text/line-counts.ts'
import { usesUnicodeWords, wordsBy, wordsSetting } from '../lib/text/word-kinds.ts'
import { defineFilter, drop, type Rule } from './define-filter.ts'
import { firstFailure, measured, ratio } from './threshold-rules.ts'

const settings = z.strictObject({
  words: wordsSetting('spacy'),
  minPunctuatedLines: z
    .number()
    .min(0)
    .nullable()
    .default(0.12)
    .describe('Least share of lines that end in terminal punctuation, inclusive. null: no limit.'),
  allowNoPunctuation: z
    .boolean()
    .default(false)
    .describe('Keep texts without any such line in spite of minPunctuatedLines.'),
  maxShortLines: z
    .number()
    .min(0)
    .nullable()
    .default(0.67)
    .describe('Greatest share of short lines, inclusive. null: no limit.'),
  shortLineLength: z
    .int()
    .min(0)
    .default(30)
    .describe('What a short line is: at most this long, in characters.'),
  maxDuplicateLineCharacters: z
    .number()
    .min(0)
    .nullable()
    .default(0.01)
    .describe(
      'Greatest share of lines that stood before, in characters but line feeds, inclusive. null: no limit.',
    ),
  maxLineFeedsPerWord: z
    .number()
    .min(0)
    .nullable()
    .default(0.3)
    .describe('Most line feeds per word, inclusive; punctuation is words too. null: no limit.'),
})

/**
 * The rules that FineWeb added (Penedo et al. 2024, arXiv 2406.17557, section 3.6) as datatrove 0.10.1 reads them:
 * lines are cut at line feeds and blank ones left out; a line is not stripped, so a space or a quote after the full
 * stop hides it; every line feed counts for the list rule, also those of blank lines.
 */
export const finewebQuality = defineFilter({
  name: 'fineweb-quality',
  summary:
    'Drops texts that are lists, repeat lines or lack final punctuation (FineWeb rules, as in datatrove).',
  revision: 1,
  settings,
  reasons: ['empty', 'line_punct_ratio', 'short_line_ratio', 'char_dup_ratio', 'list_ratio'],
  values: {
    punctuatedLines: 'number',
    shortLines: 'number',
    duplicateLineCharacters: 'number',
    lineFeedsPerWord: 'number',
  },
  unicode: usesUnicodeWords,
  rules: rulesOf,
  create: (settings) => {
    const rules = rulesOf(settings)
    const wordsOf = wordsBy(settings.words)
    return (document, earlier) => {
      const text = wordsOf(document, earlier)
      if (text.ids.length === 0) return drop('empty', null, null)
      const { filledLines, punctuatedLines, repeatedFilledCharacters, lineFeeds } = lineCounts(document)
      const shortLines = countShortLines(document, settings.shortLineLength)
      return firstFailure(
        rules,
        measured({
          punctuatedLines: ratio(punctuatedLines, filledLines),
          shortLines: ratio(shortLines, filledLines),
          duplicateLineCharacters: ratio(repeatedFilledCharacters, text.codePoints - lineFeeds),
          lineFeedsPerWord: ratio(lineFeeds, text.ids.length),
        }),
      )
    }
  },
})

function rulesOf(limits: z.output<typeof settings>): readonly Rule[] {
  return [
    {
      value: 'punctuatedLines',
      min: limits.minPunctuatedLines,
      unless: ({ punctuatedLines }) => limits.allowNoPunctuation && punctuatedLines === 0,
      setting: 'minPunctuatedLines',
      reason: 'line_punct_ratio',
    },
    { value: 'shortLines', max: limits.maxShortLines, setting: 'maxShortLines', reason: 'short_line_ratio' },
    {
      value: 'duplicateLineCharacters',
      max: limits.maxDuplicateLineCharacters,
      setting: 'maxDuplicateLineCharacters',
      reason: 'char_dup_ratio',
    },
    {
      value: 'lineFeedsPerWord',
      max: limits.maxLineFeedsPerWord,
      setting: 'maxLineFeedsPerWord',
      reason: 'list_ratio',
    },
  ]
}
