import { mix } from '../dedup/shingles.ts'
import {
  CODE_POINT,
  characterPage,
  EXPAND,
  expansions,
  HAS_LETTER,
  IGNORE,
  WORD_ALONE,
} from './characters.ts'

/** Consecutive words of a text. Hashes are of 32 bits; the lowest is 1 where the word has a letter. */
export interface Words {
  readonly hashes: Uint32Array
  /** UTF-8 bytes [start, end) of each word in the text. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

export function createWords(capacity: number): Words {
  return {
    hashes: new Uint32Array(capacity),
    starts: new Uint32Array(capacity),
    ends: new Uint32Array(capacity),
  }
}

// Odd multipliers with well-spread bits.
const CHARACTER_FACTOR = 0x9e3779b1
const WORD_START = 0x2545f491
/** Longest expansion of one character (Unicode's U+FDFA has 18 characters): so many words at most are added at once. */
const MOST_EXPANSION = 32

/**
 * Reads the words of UTF-8 text from byte `at` on into `words`, from place `count` on, until the text ends or `words` is
 * all but full. Returns how many words there are then and where reading goes on: `text.length` when all is read. `characters.ts` says what
 * a word is.
 */
export function readWords(
  text: Uint8Array,
  at: number,
  words: Words,
  count: number,
): { count: number; at: number } {
  const { hashes, starts, ends } = words
  const limit = hashes.length - MOST_EXPANSION
  const ascii = characterPage(0)
  let filled = count
  let hash = WORD_START
  let start = 0
  let end = 0
  let letters = 0
  let inWord = false
  let next = at
  while (next < text.length) {
    const first = next
    const byte = text[next++] ?? 0
    let entry: number
    if (byte < 0x80) entry = ascii[byte] ?? 0
    else {
      let codePoint: number
      if (byte < 0xe0) codePoint = ((byte & 0x1f) << 6) | tail(text, next++)
      else if (byte < 0xf0) {
        codePoint = ((byte & 0x0f) << 12) | (tail(text, next) << 6) | tail(text, next + 1)
        next += 2
      } else {
        codePoint =
          ((byte & 0x07) << 18) |
          (tail(text, next) << 12) |
          (tail(text, next + 1) << 6) |
          tail(text, next + 2)
        next += 3
      }
      entry = characterPage(codePoint >>> 8)[codePoint & 0xff] ?? 0
    }
    if ((entry & IGNORE) !== 0) continue
    const several = (entry & EXPAND) === 0 ? undefined : expansions[entry & CODE_POINT]
    for (let part = 0; part < (several?.length ?? 1); part++) {
      const one = several === undefined ? entry : (several[part] ?? 0)
      if ((one & IGNORE) !== 0) continue
      if (inWord && (one === 0 || (one & WORD_ALONE) !== 0)) {
        hashes[filled] = (mix(hash) & ~1) | letters
        starts[filled] = start
        ends[filled++] = end
        inWord = false
      }
      if (one === 0) continue
      if (!inWord) {
        hash = WORD_START
        letters = 0
        start = first
      }
      hash = Math.imul(hash ^ (one & CODE_POINT), CHARACTER_FACTOR)
      if ((one & HAS_LETTER) !== 0) letters = 1
      end = next
      inWord = true
      if ((one & WORD_ALONE) === 0) continue
      hashes[filled] = (mix(hash) & ~1) | letters
      starts[filled] = start
      ends[filled++] = end
      inWord = false
    }
    if (filled >= limit && !inWord) return { count: filled, at: next }
  }
  if (inWord) {
    hashes[filled] = (mix(hash) & ~1) | letters
    starts[filled] = start
    ends[filled++] = end
  }
  return { count: filled, at: next }
}

/** All words of a short text. */
export function wordsOf(text: Uint8Array): Words {
  // At most four words of three bytes (U+FDFA).
  const words = createWords(Math.ceil((4 * text.length) / 3) + 2 * MOST_EXPANSION)
  const { count } = readWords(text, 0, words, 0)
  return {
    hashes: words.hashes.slice(0, count),
    starts: words.starts.slice(0, count),
    ends: words.ends.slice(0, count),
  }
}

function tail(text: Uint8Array, at: number): number {
  return (text[at] ?? 0) & 0x3f
}
