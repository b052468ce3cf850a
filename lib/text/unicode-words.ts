import { type Int32List, int32List, push } from './int32-list.ts'
import { plainSplitter } from './plain-words.ts'

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
  const splitPlain = plainSplitter(segmenter)

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
    if (splitPlain(points, length, starts)) return
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

const DICTIONARY =
  /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\u30fc\uff70]$/u
const KATAKANA = /^[\p{sc=Kana}\u3031-\u3035\u309b\u309c\u30a0\u30fc\uff70]$/u
const CONNECTOR = /^\p{Pc}$/u
const EXTENDS = /^[\p{M}\p{Cf}]$/u

/**
 * The same without dictionaries, as UAX #29 alone has it: of the scripts that need one each character is a word, but for
 * Katakana.
 */
export function ruleSplitter(): (points: Int32Array, length: number, starts: Int32List) => void {
  const split = unicodeSplitter('und')
  const splitPlain = plainSplitter(new Intl.Segmenter('und', { granularity: 'word' }))
  const found = int32List()
  return (points, length, starts) => {
    if (splitPlain(points, length, starts)) return
    starts.length = 0
    let before = ''
    for (let at = 0; at < length; ) {
      const character = String.fromCodePoint(points[at] ?? 0)
      if (at > 0 && EXTENDS.test(character)) {
        at++
        continue
      }
      const isKatakana = KATAKANA.test(character)
      const isJoined = KATAKANA.test(before)
        ? isKatakana || CONNECTOR.test(character)
        : isKatakana && CONNECTOR.test(before)
      let end = at + 1
      if (DICTIONARY.test(character)) {
        if (!isJoined) push(starts, at)
      } else {
        // By itself: beside a script that needs a dictionary, ICU takes its characters for letters.
        while (end < length && !DICTIONARY.test(String.fromCodePoint(points[end] ?? 0))) end++
        split(points.subarray(at, end), end - at, found)
        for (let word = isJoined ? 1 : 0; word < found.length; word++)
          push(starts, at + (found.items[word] ?? 0))
      }
      before = String.fromCodePoint(points[end - 1] ?? 0)
      at = end
    }
  }
}
