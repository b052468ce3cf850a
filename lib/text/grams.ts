import * as nGrams from './n-grams.ts'
import * as repeatedGrams from './repeated-grams.ts'
import { wordOffsets } from './word-offsets.ts'
import type { Words } from './words.ts'

/** See {@link nGrams.topGramCharacters}; by the kernel where it has split the text. */
export function topGramCharacters(text: Words, greatest: number): number[] {
  const { kernel, hasPairs, ids } = text
  if (kernel !== undefined) return kernel.topGrams(ids.length, hasPairs, greatest)
  return nGrams.topGramCharacters(text, wordOffsets(text), greatest)
}

/** See {@link repeatedGrams.repeatedGramCharacters}. */
export function repeatedGramCharacters(text: Words, least: number, greatest: number): number[] {
  const { kernel, hasPairs, ids } = text
  if (kernel !== undefined) return kernel.repeatedGrams(ids.length, hasPairs, least, greatest)
  return repeatedGrams.repeatedGramCharacters(text, wordOffsets(text), least, greatest)
}
