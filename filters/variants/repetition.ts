import type { Document } from '../../lib/documents/document.ts'
import { INFO_SHIFT } from '../../lib/text/chunk-table.ts'
import { forEachRepeated, type RepeatedGrams } from '../../lib/text/gram-counts.ts'
import { stripped } from '../../lib/text/lines.ts'
import { alphanumericWords, wordsBy } from '../../lib/text/word-kinds.ts'
import { repeatedParts } from './repeated-parts.ts'

/** What `gopher-repetition` measures, by the names of its values; undefined for a text that a reference drops as empty. */
export type Measure = (document: Document) => Record<string, number> | undefined

const MOST = 10
const TOP = 4

/**
 * As dolma's `gopher_v1`: words between white space; every occurrence of what stands twice; shares of all characters that
 * are not white space, and of n-grams, of the characters of all n-grams; a most frequent n-gram may stand once.
 */
export const dolmaRepetition: Measure = (document) => {
  const { text } = document
  if (text === '') return undefined
  const { ids, info } = wordsBy('whitespace')(document)
  const count = ids.length
  const sums = prefixSums(count, (word) => (info[ids.items[word] ?? 0] ?? 0) >>> INFO_SHIFT)
  const all = Math.max(sums[count] ?? 0, 1)
  const lines = repeatedParts(text.split('\n'))
  const values: Record<string, number> = {
    duplicateLines: lines.repeated / lines.parts,
    duplicateLineCharacters: lines.repeatedCharacters / all,
  }
  forEachRepeated(ids.items.subarray(0, count), MOST, (grams) => {
    const { n } = grams
    if (count < n) return
    const length = (at: number): number => (sums[at + n] ?? 0) - (sums[at] ?? 0)
    if (n <= TOP) {
      const { first, occurrences } = mostFrequent(grams, () => 0)
      values[`top${n}Gram`] = (occurrences * length(first)) / all
      return
    }
    let whole = 0
    for (let at = 0; at + n <= count; at++) whole += length(at)
    let repeated = 0
    for (let at = 0; at < grams.count; at++) repeated += length(grams.positions[at] ?? 0)
    values[`duplicate${n}Grams`] = repeated / Math.max(whole, 1)
  })
  return values
}

/**
 * As DCLM's baselines: lines and paragraphs without the white space around them, empty ones left out; words by Unicode's
 * rules without dictionaries, those that begin with a letter or a digit; every occurrence of what stands twice, a
 * most frequent n-gram among it, the longest of several; a word in several repeated n-grams counted once.
 */
export const dclmRepetition: Measure = (document) => {
  const lines = repeatedParts(filled(document.text.split('\n')))
  if (lines.parts === 0) return undefined
  const paragraphs = repeatedParts(filled(document.text.split('\n\n')))
  const { ids, lengths } = alphanumericWords(document)
  const count = ids.length
  const sums = prefixSums(count, (word) => lengths[word] ?? 0)
  const all = sums[count] ?? 0
  const values: Record<string, number> = {
    duplicateLines: lines.repeated / lines.parts,
    duplicateParagraphs: paragraphs.repeated / paragraphs.parts,
    duplicateLineCharacters: lines.repeatedCharacters / lines.characters,
    duplicateParagraphCharacters: paragraphs.repeatedCharacters / paragraphs.characters,
  }
  forEachRepeated(ids, MOST, (grams) => {
    const { n } = grams
    if (count < n) return
    const length = (at: number): number => (sums[at + n] ?? 0) - (sums[at] ?? 0)
    if (n <= TOP) {
      const { first, occurrences } = mostFrequent(grams, length)
      values[`top${n}Gram`] = occurrences < 2 ? 0 : (occurrences * length(first)) / all
      return
    }
    let repeated = 0
    let end = 0
    for (let at = 0; at < grams.count; at++) {
      const start = grams.positions[at] ?? 0
      repeated += (sums[start + n] ?? 0) - (sums[Math.max(start, end)] ?? 0)
      end = start + n
    }
    values[`duplicate${n}Grams`] = repeated / all
  })
  return values
}

/** The most frequent gram, of equal ones that of the greatest rank, then the first; the text's first where none is repeated. */
export function mostFrequent(
  { positions, count, firsts, occurrences }: RepeatedGrams,
  rank: (at: number) => number,
): { first: number; occurrences: number } {
  let first = 0
  let most = 1
  for (let at = 0; at < count; at++) {
    const position = positions[at] ?? 0
    const times = occurrences[position] ?? 0
    if (firsts[position] !== position || times < most) continue
    if (times > most || rank(position) > rank(first)) {
      first = position
      most = times
    }
  }
  return { first, occurrences: most }
}

function prefixSums(count: number, lengthOf: (word: number) => number): Float64Array {
  const sums = new Float64Array(count + 1)
  for (let word = 0; word < count; word++) sums[word + 1] = (sums[word] ?? 0) + lengthOf(word)
  return sums
}

function filled(parts: readonly string[]): string[] {
  return parts.map(stripped).filter((part) => part !== '')
}
