import { DECIDES, LEAVES_ENDED, OPENS_AFTER_END, OPENS_SHIFT } from './chunk-table.ts'
import type { Words } from './word-arrays.ts'

/** Chunks [first, end) of a text, which make up its units [start, stop) with white space between and around them. */
export interface ChunkRange {
  readonly first: number
  readonly end: number
  readonly start: number
  readonly stop: number
}

/**
 * How many sentences spaCy's sentencizer makes of a line. A sentence goes on after its end mark (`.`, `?`, …) over
 * punctuation, up to the next word, or white space that is a token of its own: any but a single space between words.
 * `A. b." C.  ` → `A.`, `b."`, `C.`, and the white space at the end.
 */
export function countSentences(text: Words, { first, end, start, stop }: ChunkRange): number {
  if (first >= end) return stop > start ? 1 : 0
  let sentences = 1
  let ended = false
  let from = start
  for (let chunk = first; chunk < end; chunk++) {
    const at = text.chunkStarts[chunk] ?? 0
    // White space before the first word opens the first sentence and ends none.
    if (ended && isToken(text, from, at)) {
      sentences++
      ended = false
    }
    const step = text.chunkSentences[chunk] ?? 0
    sentences += step >>> OPENS_SHIFT
    if ((step & DECIDES) !== 0) {
      if (ended && (step & OPENS_AFTER_END) !== 0) sentences++
      ended = (step & LEAVES_ENDED) !== 0
    }
    from = text.chunkEnds[chunk] ?? 0
  }
  return ended && isToken(text, from, stop) ? sentences + 1 : sentences
}

/** White space [from, to) is a token unless it is one space or nothing. */
function isToken({ units }: Words, from: number, to: number): boolean {
  return to - from > 1 || (to - from === 1 && units[from] !== 0x20)
}
