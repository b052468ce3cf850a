import { DOTTED_CAPITAL_I, wordForms } from './word-characters.ts'

/** Takes the hashes `shingles[0]…shingles[count - 1]`; the array is written over afterwards. */
export type TakeShingles = (shingles: Int32Array, count: number) => void

/** Shingles handed over at once. */
const BLOCK = 1024

// Odd multipliers with well-spread bits (golden ratio; Steele and Vigna, 2021; XXH32's second prime).
const LOW_FACTOR = 0x9e3779b1
const HIGH_FACTOR = 0x85ebca77
const WORD_FACTOR = 0x2c9277b5
const WORD_START = 0x2545f491

const SMALL_I = 0x69

/**
 * Text → 32-bit hashes of its word n-grams, in text order, repeats included. A text of fewer words gives one hash, of
 * all its words; a text without a word gives none.
 *
 * One pass in fixed memory, whatever the text. A word is hashed by its bytes of UTF-8, eight at a time, zeros after the last:
 * no word has a zero byte. An n-gram is the polynomial of its n words' hashes mod 2^32, in which a new word enters and the
 * oldest leaves:
 *
 *     n = 2, words a b c:  a → b + a·F → (b + a·F)·F + c - a·F² = c + b·F
 */
export function shingler(ngram: number): (text: string, take: TakeShingles) => void {
  const block = new Int32Array(BLOCK)
  const last = new Int32Array(ngram)
  const latin = wordForms(0)
  let leaving = 1
  for (let word = 0; word < ngram; word++) leaving = Math.imul(leaving, WORD_FACTOR)

  // All state is in locals of one function: captured by a helper closure it would live on the heap, at half the speed.
  return (text, take) => {
    last.fill(0)
    let place = 0
    let words = 0
    let gram = 0
    let filled = 0
    let hash = WORD_START
    let inWord = false
    // Up to eight bytes of the word.
    let low = 0
    let high = 0
    let bits = 0
    // One step past the end, a separator, ends the last word.
    for (let at = 0; at <= text.length; at++) {
      let unit = at < text.length ? text.charCodeAt(at) : 0
      let form = unit < 0x100 ? (latin[unit] ?? 0) : (wordForms(unit >>> 8)[unit & 0xff] ?? 0)
      let ends = form === 0
      if (ends && unit >= DOTTED_CAPITAL_I) {
        if (unit === DOTTED_CAPITAL_I) form = SMALL_I
        else if ((unit & 0xfc00) === 0xd800) {
          unit = text.codePointAt(at) ?? 0
          if (unit > 0xffff) {
            form = wordForms(unit >>> 8)[unit & 0xff] ?? 0
            ends = form === 0
            at++
          }
        }
      }
      for (; form !== 0; form >>>= 8) {
        inWord = true
        if (bits < 32) low |= (form & 0xff) << bits
        else high |= (form & 0xff) << (bits - 32)
        bits += 8
        if (bits < 64) continue
        hash = takeEight(hash, low, high)
        low = 0
        high = 0
        bits = 0
      }
      if (!ends || !inWord) continue

      const word = mix(bits === 0 ? hash : takeEight(hash, low, high))
      gram = (Math.imul(gram, WORD_FACTOR) + word - Math.imul(last[place] ?? 0, leaving)) | 0
      last[place] = word
      place = place + 1 === ngram ? 0 : place + 1
      words++
      hash = WORD_START
      low = 0
      high = 0
      bits = 0
      inWord = false
      if (words < ngram) continue
      block[filled++] = mix(gram)
      if (filled < BLOCK) continue
      take(block, BLOCK)
      filled = 0
    }
    if (words > 0 && words < ngram) block[filled++] = mix(gram)
    if (filled > 0) take(block, filled)
  }
}

function takeEight(hash: number, low: number, high: number): number {
  let own = Math.imul(hash ^ low, LOW_FACTOR)
  own ^= own >>> 15
  own = Math.imul(own ^ high, HIGH_FACTOR)
  return own ^ (own >>> 13)
}

/** A bijection of 32-bit words whose every output bit depends on every input bit (finaliser of MurmurHash3). */
export function mix(value: number): number {
  let hash = value ^ (value >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
