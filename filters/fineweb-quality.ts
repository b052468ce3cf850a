import { z } from 'zod'
import type { Document } from '../lib/documents/document.ts'
import { classesOf, TERMINAL } from '../lib/text/character-classes.ts'
import { repeatedLines } from '../lib/text/duplicates.ts'
import { firstChunk, newlineLines } from '../lib/text/lines.ts'
import { usesUnicodeWords, wordsBy, wordsSetting } from '../lib/text/word-kinds.ts'
import { codePointLength, type Words } from '../lib/text/words.ts'
import { defineFilter, drop, type Rule } from './define-filter.ts'
import { firstFailure, ratio } from './threshold-rules.ts'

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
      const { count, punctuated, short, duplicate } = measure(text, document, settings.shortLineLength)
      const feeds = countLineFeeds(text)
      return firstFailure(rules, {
        ...ratio('punctuatedLines', punctuated, count),
        ...ratio('shortLines', short, count),
        ...ratio('duplicateLineCharacters', duplicate, text.codePoints - feeds),
        ...ratio('lineFeedsPerWord', feeds, text.ids.length),
      })
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

interface LineCounts {
  /** Lines that are not blank, and how many of them end in punctuation or are short. */
  count: number
  punctuated: number
  short: number
  /** Code points of lines that stood before. */
  duplicate: number
}

function measure(text: Words, document: Document, shortLength: number): LineCounts {
  const spans = newlineLines(document)
  const { starts, ends, chunks } = spans
  const repeated = repeatedLines(document)
  const counts = { count: 0, punctuated: 0, short: 0, duplicate: 0 }
  for (let line = 0; line < starts.length; line++) {
    const start = starts.items[line] ?? 0
    const end = ends.items[line] ?? 0
    if (firstChunk(spans, line) === chunks.items[line]) continue
    const length = codePointLength(text, start, end)
    counts.count++
    if (endsInPunctuation(text.units, start, end)) counts.punctuated++
    if (length <= shortLength) counts.short++
    if (repeated[line] === 1) counts.duplicate += length
  }
  return counts
}

function endsInPunctuation(units: Uint16Array, start: number, end: number): boolean {
  const last = units[end - 1] ?? 0
  const before = end - 2 >= start ? (units[end - 2] ?? 0) : 0
  const isPair = (last & 0xfc00) === 0xdc00 && (before & 0xfc00) === 0xd800
  const codePoint = isPair ? ((before - 0xd800) << 10) + (last - 0xdc00) + 0x10000 : last
  return (classesOf(codePoint) & TERMINAL) !== 0
}

function countLineFeeds({ units, breaks }: Words): number {
  let count = 0
  for (let i = 0; i < breaks.length; i++) if (units[breaks.items[i] ?? 0] === 0x0a) count++
  return count
}
