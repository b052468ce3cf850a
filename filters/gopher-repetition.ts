import { z } from 'zod'
import { repeatedGramCharacters, topGramCharacters } from '../lib/text/grams.ts'
import { type LineCounts, lineCounts } from '../lib/text/line-counts.ts'
import type { Words } from '../lib/text/word-arrays.ts'
import { usesUnicodeWords, wordsBy, wordsSetting } from '../lib/text/word-kinds.ts'
import { defineFilter, drop, type Rule, type Verdict } from './define-filter.ts'
import { firstFailure } from './threshold-rules.ts'
import { dclmRepetition, dolmaRepetition, type Measure } from './variants/repetition.ts'
import { type Variant, variantSetting } from './variants/variant.ts'

const share = (what: string, most: number) =>
  z.number().min(0).nullable().default(most).describe(`Greatest share ${what}, inclusive. null: no limit.`)

const ofText = 'in characters of the text, white space included'
const topGram = (n: number, most: number) =>
  share(`of the most frequent ${n}-gram of words, all its occurrences, ${ofText}`, most)
const repeatedGrams = (n: number, most: number) =>
  share(`of ${n}-grams of words that stood before, ${ofText}`, most)

/** From 2-grams on, and from LEAST-grams on. */
const TOP = ['top2Gram', 'top3Gram', 'top4Gram'] as const
const LEAST = 5
const DUPLICATE = [
  'duplicate5Grams',
  'duplicate6Grams',
  'duplicate7Grams',
  'duplicate8Grams',
  'duplicate9Grams',
  'duplicate10Grams',
] as const

const settings = z.strictObject({
  variant: variantSetting,
  words: wordsSetting('spacy'),
  maxDuplicateParagraphs: share('of paragraphs that stood before', 0.3),
  maxDuplicateParagraphCharacters: share(`of paragraphs that stood before, ${ofText}`, 0.2),
  maxDuplicateLines: share('of lines that stood before', 0.3),
  maxDuplicateLineCharacters: share(`of lines that stood before, ${ofText}`, 0.2),
  maxTop2Gram: topGram(2, 0.2),
  maxTop3Gram: topGram(3, 0.18),
  maxTop4Gram: topGram(4, 0.16),
  maxDuplicate5Grams: repeatedGrams(5, 0.15),
  maxDuplicate6Grams: repeatedGrams(6, 0.14),
  maxDuplicate7Grams: repeatedGrams(7, 0.13),
  maxDuplicate8Grams: repeatedGrams(8, 0.12),
  maxDuplicate9Grams: repeatedGrams(9, 0.11),
  maxDuplicate10Grams: repeatedGrams(10, 0.1),
})

/**
 * The repetition rules of Gopher (Rae et al. 2021, arXiv 2112.11446, table A1) as datatrove 0.10.1 reads them: only
 * second and later occurrences are duplicates; lines are cut at line feeds before white space is cut off, so that an
 * empty start and an empty end are lines; a top n-gram that stands once counts too, so very short texts are dropped.
 * 5- to 10-grams are equal when their words run together are (`a bc`, `ab c`), as there.
 */
export const gopherRepetition = defineFilter({
  name: 'gopher-repetition',
  summary:
    'Drops texts that repeat paragraphs, lines or word sequences (Gopher repetition rules, as in datatrove).',
  revision: 2,
  settings,
  reasons: [
    'empty',
    'dup_para_frac',
    'dup_para_char_frac',
    'dup_line_frac',
    'dup_line_char_frac',
    'top_2_gram',
    'top_3_gram',
    'top_4_gram',
    'duplicated_5_n_grams',
    'duplicated_6_n_grams',
    'duplicated_7_n_grams',
    'duplicated_8_n_grams',
    'duplicated_9_n_grams',
    'duplicated_10_n_grams',
  ],
  values: {
    duplicateParagraphs: 'number',
    duplicateParagraphCharacters: 'number',
    duplicateLines: 'number',
    duplicateLineCharacters: 'number',
    top2Gram: 'number',
    top3Gram: 'number',
    top4Gram: 'number',
    duplicate5Grams: 'number',
    duplicate6Grams: 'number',
    duplicate7Grams: 'number',
    duplicate8Grams: 'number',
    duplicate9Grams: 'number',
    duplicate10Grams: 'number',
  },
  unicode: (settings) => settings.variant === 'dclm' || usesUnicodeWords(settings),
  rules: rulesOf,
  create: (settings, _, recording) => {
    const rules = rulesOf(settings)
    // Sequences of words are most of the work, and lines alone drop most of what goes.
    const failure = (values: Record<string, number>): Verdict | undefined => {
      const verdict = recording === 'first' ? firstFailure(rules, values) : undefined
      return verdict?.keep === false ? verdict : undefined
    }
    const wordsOf = wordsBy(settings.words)
    const measure = VARIANTS[settings.variant]
    if (measure !== undefined) {
      return (document) => {
        const values = measure(document)
        return values === undefined ? drop('empty', null, null) : firstFailure(rules, values)
      }
    }
    return (document, earlier) => {
      if (document.text === '') return drop('empty', null, null)
      const text = wordsOf(document, earlier)
      const counts = lineCounts(document)
      const values: Record<string, number> = {
        duplicateParagraphs: counts.repeatedParagraphs / counts.paragraphs,
        duplicateParagraphCharacters: counts.repeatedParagraphCharacters / text.codePoints,
        duplicateLines: shareOfRepeated(text, counts),
        duplicateLineCharacters: counts.repeatedLineCharacters / text.codePoints,
      }
      const byLines = failure(values)
      if (byLines !== undefined) return byLines
      const top = topGramCharacters(text, TOP.length + 1)
      // Fewer words than n have no most frequent n-gram.
      for (const [i, name] of TOP.entries())
        if (text.ids.length >= i + 2) values[name] = (top[i + 2] ?? 0) / text.codePoints
      const byTopGrams = failure(values)
      if (byTopGrams !== undefined) return byTopGrams
      const duplicate = repeatedGramCharacters(text, LEAST, LEAST + DUPLICATE.length - 1)
      for (const [i, name] of DUPLICATE.entries()) values[name] = (duplicate[i] ?? 0) / text.codePoints
      return firstFailure(rules, values)
    }
  },
})

const VARIANTS: Readonly<Record<Variant, Measure | undefined>> = {
  datatrove: undefined,
  dolma: dolmaRepetition,
  dclm: dclmRepetition,
}

function rulesOf(limits: z.output<typeof settings>): readonly Rule[] {
  const rules = rulesInOrder(limits)
  // Lines before paragraphs, there.
  const order = limits.variant === 'dclm' ? [2, 0, 3, 1] : [0, 1, 2, 3]
  return [...order.flatMap((place) => rules[place] ?? []), ...rules.slice(order.length)]
}

function rulesInOrder(limits: z.output<typeof settings>): readonly Rule[] {
  return [
    {
      value: 'duplicateParagraphs',
      max: limits.maxDuplicateParagraphs,
      setting: 'maxDuplicateParagraphs',
      reason: 'dup_para_frac',
    },
    {
      value: 'duplicateParagraphCharacters',
      max: limits.maxDuplicateParagraphCharacters,
      setting: 'maxDuplicateParagraphCharacters',
      reason: 'dup_para_char_frac',
    },
    {
      value: 'duplicateLines',
      max: limits.maxDuplicateLines,
      setting: 'maxDuplicateLines',
      reason: 'dup_line_frac',
    },
    {
      value: 'duplicateLineCharacters',
      max: limits.maxDuplicateLineCharacters,
      setting: 'maxDuplicateLineCharacters',
      reason: 'dup_line_char_frac',
    },
    { value: 'top2Gram', max: limits.maxTop2Gram, setting: 'maxTop2Gram', reason: 'top_2_gram' },
    { value: 'top3Gram', max: limits.maxTop3Gram, setting: 'maxTop3Gram', reason: 'top_3_gram' },
    { value: 'top4Gram', max: limits.maxTop4Gram, setting: 'maxTop4Gram', reason: 'top_4_gram' },
    {
      value: 'duplicate5Grams',
      max: limits.maxDuplicate5Grams,
      setting: 'maxDuplicate5Grams',
      reason: 'duplicated_5_n_grams',
    },
    {
      value: 'duplicate6Grams',
      max: limits.maxDuplicate6Grams,
      setting: 'maxDuplicate6Grams',
      reason: 'duplicated_6_n_grams',
    },
    {
      value: 'duplicate7Grams',
      max: limits.maxDuplicate7Grams,
      setting: 'maxDuplicate7Grams',
      reason: 'duplicated_7_n_grams',
    },
    {
      value: 'duplicate8Grams',
      max: limits.maxDuplicate8Grams,
      setting: 'maxDuplicate8Grams',
      reason: 'duplicated_8_n_grams',
    },
    {
      value: 'duplicate9Grams',
      max: limits.maxDuplicate9Grams,
      setting: 'maxDuplicate9Grams',
      reason: 'duplicated_9_n_grams',
    },
    {
      value: 'duplicate10Grams',
      max: limits.maxDuplicate10Grams,
      setting: 'maxDuplicate10Grams',
      reason: 'duplicated_10_n_grams',
    },
  ]
}

/** A line feed at the start, or the end, of a text bounds an empty line; the second of them stood before. */
function shareOfRepeated({ units, length }: Words, { newlineLines, repeatedLines }: LineCounts): number {
  const empty = Number(units[0] === 0x0a) + Number(units[length - 1] === 0x0a)
  return (repeatedLines + Number(empty === 2)) / (newlineLines + empty)
}
