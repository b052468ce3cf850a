import { type Int32List, push } from './int32-list.ts'

/**
 * Where Unicode's words start in runs of letters, digits and common marks, without a segmenter, which takes tens of times
 * as long for a short run. What it does with a character beside others is asked of it once, so that the words are those of
 * the runtime's Unicode: letters and digits join, a mark is a word by itself. `don't` and `3.50`, marks between two that
 * join, are left to the segmenter, as is everything else.
 */

/** Joins all that joins, on both sides. */
const JOINS = 1
/** A word by itself, whatever of these stands beside it. */
const APART = 2
/** The same unless it stands between two that join. */
const BETWEEN = 3
/** A Hangul syllable: joins none but these. */
const SYLLABLE = 4
const OTHER = 5

/** Of alphabets, which need no dictionary. */
const LETTER_OR_DIGIT = /^(?=[\p{L}\p{Nd}_])[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Arabic}\p{Nd}_]$/u
const MARK = /^(?!\p{Extended_Pictographic})[\p{P}\p{S}\p{Cc}]$/u

/** All syllables are of one kind. */
const FIRST_SYLLABLE = 0xac00
const LAST_SYLLABLE = 0xd7a3

/**
 * @returns where the words of points [0, length) start; false where only a segmenter can tell, and `starts` has then part of
 * them. Locales may have rules of their own: what is known of characters is the segmenter's.
 */
export function plainSplitter(
  segmenter: Intl.Segmenter,
): (points: Int32Array, length: number, starts: Int32List) => boolean {
  /** By UTF-16 unit; 0 where the segmenter has not been asked. */
  const kinds = new Uint8Array(1 << 16)

  /** Lengths of the words in `pattern`, with the character in place of each `*`. */
  const cut = (pattern: string, character: string): string => {
    const text = pattern.replaceAll('*', character)
    return Array.from(segmenter.segment(text), ({ segment }) => segment.length).join('')
  }

  const kindOf = (unit: number): number => {
    if (unit > FIRST_SYLLABLE && unit <= LAST_SYLLABLE)
      return (kinds[FIRST_SYLLABLE] ||= kindOf(FIRST_SYLLABLE))
    const character = String.fromCharCode(unit)
    if (unit === FIRST_SYLLABLE) return cut("**a*0*_*.*'*", character) === '21111111111' ? SYLLABLE : OTHER
    if (LETTER_OR_DIGIT.test(character)) return cut("*a*0*_**'", character) === '81' ? JOINS : OTHER
    if (!MARK.test(character) || cut('*a**.*0**_*', character) !== '11111111111') return OTHER
    return cut('a*a0*0a*0_*_', character) === '112121211' ? APART : BETWEEN
  }

  return (points, length, starts) => {
    starts.length = 0
    let before = OTHER
    for (let at = 0; at < length; at++) {
      const point = points[at] ?? 0
      if (point > 0xffff) return false
      const kind = (kinds[point] ||= kindOf(point))
      if (kind === OTHER) return false
      if (kind === BETWEEN && before === JOINS && at + 1 < length) {
        const next = points[at + 1] ?? 0
        if (next > 0xffff || (kinds[next] ||= kindOf(next)) === JOINS) return false
      }
      if (kind !== before || (kind !== JOINS && kind !== SYLLABLE)) push(starts, at)
      before = kind
    }
    return true
  }
}
