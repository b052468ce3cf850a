import * as nGrams from './n-grams.ts'
import * as repeatedGrams from './repeated-grams.ts'
import { splitWords } from './split-words.ts'
import { emptyWords, type Words } from './word-arrays.ts'

/** Words from which what the twins keep from text to text is given back with the next text that the kernel splits. */
const LARGE = 1 << 20
/** Whether they have had so many. */
let isLargeHeld = false

/** Their arrays have the size of an empty text's after one. */
function giveBack(): void {
  const nothing = splitWords('', emptyWords())
  nGrams.topGramCharacters(nothing, 2)
  repeatedGrams.repeatedGramCharacters(nothing, 2, 2)
  isLargeHeld = false
}

/** See {@link nGrams.topGramCharacters}; by the kernel where it has split the text. */
export function topGramCharacters(text: Words, greatest: number): number[] {
  const { kernel, hasPairs, ids } = text
  if (kernel !== undefined) {
    if (isLargeHeld) giveBack()
    return kernel.topGrams(ids.length, hasPairs, greatest)
  }
  isLargeHeld ||= ids.length > LARGE
  return nGrams.topGramCharacters(text, greatest)
}

/** See {@link repeatedGrams.repeatedGramCharacters}. */
export function repeatedGramCharacters(text: Words, least: number, greatest: number): number[] {
  const { kernel, hasPairs, ids } = text
  if (kernel !== undefined) return kernel.repeatedGrams(ids.length, hasPairs, least, greatest)
  return repeatedGrams.repeatedGramCharacters(text, least, greatest)
}
