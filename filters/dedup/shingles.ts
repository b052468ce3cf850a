import { astralWordForm, DOTTED_CAPITAL_I, wordUnits } from './word-characters.ts'

/** Takes the hashes `shingles[0]…shingles[count - 1]`; the array is written over afterwards. */
export type TakeShingles = (shingles: Int32Array, count: number) => void

/** Shingles handed over at once. */
const BLOCK = 1024

// Odd multipliers with well-spread bits (golden ratio; Steele and Vigna, 2021, for the other).
const CHARACTER_FACTOR = 0x9e3779b1
const WORD_FACTOR = 0x2c9277b5
/** What a word's hash starts from, so that it depends on the word's length. */
const WORD_START = 0x2545f491

const SMALL_I = 0x69

/**
 * Text → 32-bit hashes of its word n-grams, in text order, repeats included. A text of fewer words gives one hash, of
 * all its words; a text without a word gives none.
 *
 * One pass in fixed memory, whatever the text: a word is the polynomial of its characters mod 2^32, mixed; an n-gram
 * the polynomial of its last n words' hashes, in which a new word enters and the oldest leaves:
 *
 *     n = 2, words a b c:  a → b + a·F → (b + a·F)·F + c - a·F² = c + b·F
 */
export function shingler(ngram: number): (text: string, take: TakeShingles) => void {
  const units = wordUnits()
  const block = new Int32Array(BLOCK)
  const last = new Int32Array(ngram)
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
    // One step past the end, a separator, ends the last word.
    for (let at = 0; at <= text.length; at++) {
      const unit = at < text.length ? text.charCodeAt(at) : 0
      let form = units[unit] ?? 0
      if (form === 0 && unit >= DOTTED_CAPITAL_I) {
        if (unit === DOTTED_CAPITAL_I) form = SMALL_I
        else if ((unit & 0xfc00) === 0xd800) {
          const codePoint = text.codePointAt(at) ?? 0
          if (codePoint > 0xffff) {
            form = astralWordForm(codePoint)
            at++
          }
        }
      }
      if (form !== 0) {
        hash = Math.imul(hash ^ form, CHARACTER_FACTOR)
        inWord = true
        if (unit !== DOTTED_CAPITAL_I) continue
      }
      if (!inWord) continue

      const word = mix(hash)
      gram = (Math.imul(gram, WORD_FACTOR) + word - Math.imul(last[place] ?? 0, leaving)) | 0
      last[place] = word
      place = place + 1 === ngram ? 0 : place + 1
      words++
      hash = WORD_START
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

/** A bijection of 32-bit words whose every output bit depends on every input bit (finaliser of MurmurHash3). */
export function mix(value: number): number {
  let hash = value ^ (value >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
