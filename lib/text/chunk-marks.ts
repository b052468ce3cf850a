/**
 * What C4's rules look for, noted once per distinct chunk, so that only lines with a marked chunk are searched.
 * Letters are compared lower-case: ASCII, and the Kelvin sign, the one other character whose lower case is ASCII.
 */
export const HAS_SURROGATE_PAIR = 1
export const HAS_BRACKET = 2
export const HAS_CURLY_BRACKET = 4
export const HAS_JAVASCRIPT = 8
/** Ends as the first word of a phrase does (`cookie` of `cookie policy`), starts as the second one does. */
export const ENDS_LIKE_PHRASE_START = 16
export const STARTS_LIKE_PHRASE_GO_ON = 32
/** Of a line: two of its chunks stand together as in a phrase; it ends in `.`, `?`, `!`, `"` or `'`, but not in `...`. */
export const HAS_PHRASE = 64
export const ENDS_IN_PUNCTUATION = 128

const PHRASE_STARTS = ['lorem', 'terms', 'privacy', 'cookie', 'uses', 'use'].map(codes)
const PHRASE_GO_ONS = ['ipsum', 'of', 'policy', 'cookies'].map(codes)
const LAST_LETTERS = lettersOf(PHRASE_STARTS.map((word) => word.at(-1)))
const FIRST_LETTERS = lettersOf(PHRASE_GO_ONS.map((word) => word[0]))
const JAVASCRIPT = codes('javascript')

function codes(text: string): readonly number[] {
  return Array.from(text, (c) => c.charCodeAt(0))
}

export function marksOf(points: Int32Array, length: number, hasPair: boolean): number {
  let marks = hasPair ? HAS_SURROGATE_PAIR : 0
  for (let i = 0; i < length; i++) {
    const c = points[i]
    if (c === 0x5b) marks |= HAS_BRACKET
    else if (c === 0x7b) marks |= HAS_CURLY_BRACKET
    else if ((c === 0x6a || c === 0x4a) && standsAt(JAVASCRIPT, points, length, i)) marks |= HAS_JAVASCRIPT
  }
  if (isOneOf(LAST_LETTERS, points[length - 1] ?? 0)) {
    for (const word of PHRASE_STARTS) {
      if (standsAt(word, points, length, length - word.length)) marks |= ENDS_LIKE_PHRASE_START
    }
  }
  if (isOneOf(FIRST_LETTERS, points[0] ?? 0)) {
    for (const word of PHRASE_GO_ONS) {
      if (standsAt(word, points, length, 0)) marks |= STARTS_LIKE_PHRASE_GO_ON
    }
  }
  return marks
}

/** A bit for each of the letters. Most chunks do not end, or start, with one of them. */
function lettersOf(letters: readonly (number | undefined)[]): number {
  return letters.reduce<number>((bits, c) => bits | (1 << ((c ?? 0) & 31)), 0)
}

function isOneOf(letters: number, c: number): boolean {
  const letter = lowered(c)
  return letter >= 0x61 && letter <= 0x7a && (letters & (1 << (letter & 31))) !== 0
}

function standsAt(word: readonly number[], points: Int32Array, length: number, at: number): boolean {
  if (at < 0 || at + word.length > length) return false
  for (let i = 0; i < word.length; i++) if (lowered(points[at + i] ?? 0) !== word[i]) return false
  return true
}

function lowered(c: number): number {
  if (c >= 0x41 && c <= 0x5a) return c + 32
  return c === 0x212a ? 0x6b : c
}
