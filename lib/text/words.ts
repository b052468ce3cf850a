import { type Document, defineView } from '../documents/document.ts'
import { HAS_SURROGATE_PAIR } from './chunk-marks.ts'
import { findSpan, hashSpan } from './span-table.ts'
import { KINDS, renewEnglish, splitWords } from './split-words.ts'
import { unitsOf } from './units-of.ts'
import { codePointLength, emptyWords, type Words } from './word-arrays.ts'
import { createWordsKernel, MOST_SMALL_UNITS, type WordsKernel } from './words-kernel.ts'

/** The words of a document, computed once for all its filters. */
export const words: (document: Document) => Words = defineView((text) => {
  renewEnglish()
  const isSmall = text.length <= MOST_SMALL_UNITS
  if (isSmall) large = undefined
  const by = isSmall ? (small ??= kernelView()) : (large ??= kernelView())
  if (by?.kernel?.fits(text) !== true) return splitWords(text, view)
  // An empty text gives back what a huge one needed.
  if (view.units.length > MOST_SMALL_UNITS) splitWords('', view)
  return splitByKernel(text, by.kernel, by)
})

function kernelView(): Words | null {
  const kernel = createWordsKernel(KINDS)
  return kernel === undefined ? null : viewOf(kernel)
}

function viewOf(kernel: WordsKernel): Words {
  const { breaks, breakChunks, ids, ...arrays } = kernel.views
  return {
    ...emptyWords(),
    ...arrays,
    breaks: { items: breaks, length: 0 },
    breakChunks: { items: breakChunks, length: 0 },
    ids: { items: ids, length: 0 },
    kernel,
  }
}

function splitByKernel(text: string, by: WordsKernel, into: Words): Words {
  const split = by.split(text)
  into.length = text.length
  into.chunkCount = split.chunks
  into.breaks.length = split.breaks
  into.breakChunks.length = split.breaks
  into.ids.length = split.words
  into.hasPairs = (split.marks & HAS_SURROGATE_PAIR) !== 0
  into.sums.nonSymbols = split.sums[0] ?? 0
  into.sums.characters = split.sums[1] ?? 0
  into.sums.alphabetics = split.sums[2] ?? 0
  into.sums.hashes = split.sums[3] ?? 0
  into.sums.ellipses = split.sums[4] ?? 0
  into.codePoints = codePointLength(into, 0, into.length)
  return into
}

const view = emptyWords()
/** Made when first asked for; null where there can be none. */
let small: Words | null | undefined
/** Likewise, for long texts. Given up with the next short one, since a kernel's memory stays as large as it was used. */
let large: Words | null | undefined

/** Id of a word in a text that was split, or -1 when no text has held it; the text itself need not hold it. */
export function idOfWord(text: Words, word: string): number {
  return idOfUnits(text, unitsOf(word))
}

/** Whether the text holds a word, given by its units. */
export function holdsWord(text: Words, units: Uint16Array): boolean {
  const { ids, kernel: by } = text
  if (by !== undefined) return by.holds(units, ids.length)
  const id = idOfUnits(text, units)
  return id !== -1 && ids.items.subarray(0, ids.length).includes(id)
}

function idOfUnits({ wordSpans, kernel: by }: Words, units: Uint16Array): number {
  if (by !== undefined) return by.idOf(units)
  return findSpan(wordSpans, units, 0, units.length, hashSpan(units, 0, units.length))
}
