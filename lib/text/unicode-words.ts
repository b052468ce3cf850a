import { type Int32List, push } from './int32-list.ts'

/**
 * Code points that are segmented at a time: a segmenter's objects, and what its dictionaries look at, stay bounded however
 * long a run without white space is.
 */
const PIECE = 2048
/** Code points on either side of a place that decide whether a word ends there, where no word ended before it. */
const AROUND = 32

/**
 * Cuts a run without white space where Unicode's words end (UAX #29; Chinese, Japanese, Thai, Lao, Khmer and Burmese by
 * ICU's dictionaries). A run longer than `PIECE` is cut piece by piece, each from the last mark that is no word, or the last
 * word, of the one before: what stands behind a mark does not depend on what stood before it.
 *
 * @returns the splitter for the chunk table: points of a run at [0, length) → the start of each of its words
 */
export function unicodeSplitter(
  locale: string,
): (points: Int32Array, length: number, starts: Int32List) => void {
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' })

  const segment = (points: Int32Array, from: number, to: number): Segments => {
    const all: number[] = []
    let at = from
    let safe = -1
    let afterMark = false
    for (const { segment: text, isWordLike = false } of segmenter.segment(textOf(points, from, to))) {
      all.push(at)
      if (afterMark && isWordLike && at - from > PIECE / 2) safe = at
      afterMark = !isWordLike
      at += pointsIn(text)
    }
    return { all, safe, endsInMark: afterMark }
  }

  const isBoundary = (points: Int32Array, at: number, length: number): boolean =>
    segment(points, Math.max(0, at - AROUND), Math.min(length, at + AROUND)).all.includes(at)

  return (points, length, starts) => {
    starts.length = 0
    /** Whether a word starts at the start of the piece. */
    let isStart = true
    for (let from = 0; from < length; ) {
      const to = Math.min(from + PIECE, length)
      const { all, safe, endsInMark } = segment(points, from, to)
      const next = to === length ? length : safe > from ? safe : cutOf(all, endsInMark, from, to)
      for (const at of all) if (at < next && (at > from || isStart)) push(starts, at)
      isStart = next === to ? isBoundary(points, next, length) : all.includes(next)
      from = next
    }
  }
}

/**
 * Where a piece without a safe place ends: before its last word, which may go on behind it. A mark at its end may belong to
 * the word before it (`1,` before `024`), so the next piece begins with the end of that. A piece that is one word ends
 * where it ends.
 */
function cutOf(all: readonly number[], endsInMark: boolean, from: number, to: number): number {
  const last = (all.at(-1) ?? from) - (endsInMark ? 1 : 0)
  return last > from ? last : to
}

interface Segments {
  /** Where each starts. */
  readonly all: readonly number[]
  /** Where the last word behind a mark starts in the second half of a piece, or -1. */
  readonly safe: number
  readonly endsInMark: boolean
}

function textOf(points: Int32Array, from: number, to: number): string {
  return String.fromCodePoint(...points.subarray(from, to))
}

function pointsIn(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    count++
    if ((text.codePointAt(i) ?? 0) > 0xffff) i++
  }
  return count
}
