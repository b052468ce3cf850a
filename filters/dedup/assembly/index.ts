/**
 * MinHash as a WebAssembly module: the same minima as ../shingles.ts and ../permutations.ts give, which say what is
 * computed. The host puts tables and text into the memory and takes the minima out of it (../kernel.ts).
 */

// Where everything lies. The host must use the same numbers: ../kernel.ts.
/** By UTF-16 unit: u16, the unit that it counts as; 0 where it is in no word by itself. */
const FORMS: usize = 0x10000
/** Text: at most 65,536 units. */
const TEXT: usize = 0x30000
/** Hashes of the last words: at most 64, u32 each. */
const LAST: usize = 0x50000
/** Shingles that wait for the permutations. */
const SHINGLES: usize = 0x51000
const SHINGLES_END: usize = SHINGLES + 4096
/** Of 28,672 permutations at most, each: i32. */
const FACTORS: usize = 0x60000
const TERMS: usize = 0x80000
const MINIMA: usize = 0xa0000
const PAGES: i32 = 12

const CHARACTER_FACTOR: u32 = 0x9e3779b1
const WORD_FACTOR: u32 = 0x2c9277b5
const WORD_START: u32 = 0x2545f491
const DOTTED_CAPITAL_I: u32 = 0x0130
const SMALL_I: u32 = 0x69
const NONE: i32 = 0x7fffffff

/** A supplementary code point as it counts, 0 where it is in no word: rare enough to ask the host. */
@external("words", "astralForm")
declare function astralForm(codePoint: u32): u32

let ngram: u32 = 0
let leaving: u32 = 1
/** Bytes of the permutations' arrays, a multiple of 64. */
let tileBytes: usize = 0

/** Words so far, up to `ngram`. */
let words: u32 = 0
let place: u32 = 0
let gram: u32 = 0
let hash: u32 = WORD_START
let inWord: bool = false
let waiting: usize = SHINGLES

/** @returns whether the memory could be had */
export function configure(ngramWords: u32, permutations: u32): bool {
  const missing = PAGES - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return false
  ngram = ngramWords
  leaving = 1
  for (let word: u32 = 0; word < ngram; word++) leaving *= WORD_FACTOR
  tileBytes = <usize>permutations << 2
  return true
}

/** Begins a text. */
export function start(): void {
  memory.fill(LAST, 0, <usize>ngram << 2)
  for (let at: usize = 0; at < tileBytes; at += 16) v128.store(MINIMA + at, i32x4.splat(NONE))
  words = 0
  place = 0
  gram = 0
  hash = WORD_START
  inWord = false
  waiting = SHINGLES
}

/** Takes the next `units` of the text, which end with a whole character. */
export function add(units: usize): void {
  const end = TEXT + (units << 1)
  let at = TEXT
  let own = hash
  let within = inWord
  while (at < end) {
    const unit = <u32>load<u16>(at)
    at += 2
    let form = <u32>load<u16>(FORMS + (<usize>unit << 1))
    if (form == 0 && unit >= DOTTED_CAPITAL_I) {
      if (unit == DOTTED_CAPITAL_I) {
        // Lower-cases to an i and a mark, which ends the word.
        endWord((own ^ SMALL_I) * CHARACTER_FACTOR)
        own = WORD_START
        within = false
        continue
      }
      if ((unit & 0xfc00) == 0xd800 && at < end) {
        const low = <u32>load<u16>(at)
        if ((low & 0xfc00) == 0xdc00) {
          at += 2
          form = astralForm((((unit & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000)
        }
      }
    }
    if (form != 0) {
      own = (own ^ form) * CHARACTER_FACTOR
      within = true
    } else if (within) {
      endWord(own)
      own = WORD_START
      within = false
    }
  }
  hash = own
  inWord = within
}

/** Ends the text: afterwards the minima are those of all its shingles. */
export function finish(): void {
  if (inWord) endWord(hash)
  if (words > 0 && words < ngram) push(mix(gram))
  lowerMinima()
}

@inline
function endWord(characters: u32): void {
  const word = mix(characters)
  const slot = LAST + (<usize>place << 2)
  gram = gram * WORD_FACTOR + word - load<u32>(slot) * leaving
  store<u32>(slot, word)
  place = place + 1 == ngram ? 0 : place + 1
  if (words < ngram) words++
  if (words == ngram) push(mix(gram))
}

@inline
function push(shingle: u32): void {
  store<u32>(waiting, shingle)
  waiting += 4
  if (waiting == SHINGLES_END) lowerMinima()
}

/** Sixteen permutations at a time: their factors, terms and minima stay in registers over all that waits. */
function lowerMinima(): void {
  const end = waiting
  for (let tile: usize = 0; tile < tileBytes; tile += 64) {
    const a0 = v128.load(FACTORS + tile)
    const a1 = v128.load(FACTORS + tile, 16)
    const a2 = v128.load(FACTORS + tile, 32)
    const a3 = v128.load(FACTORS + tile, 48)
    const b0 = v128.load(TERMS + tile)
    const b1 = v128.load(TERMS + tile, 16)
    const b2 = v128.load(TERMS + tile, 32)
    const b3 = v128.load(TERMS + tile, 48)
    let m0 = v128.load(MINIMA + tile)
    let m1 = v128.load(MINIMA + tile, 16)
    let m2 = v128.load(MINIMA + tile, 32)
    let m3 = v128.load(MINIMA + tile, 48)
    for (let at = SHINGLES; at < end; at += 4) {
      const x = v128.load32_splat(at)
      m0 = i32x4.min_s(m0, i32x4.add(i32x4.mul(x, a0), b0))
      m1 = i32x4.min_s(m1, i32x4.add(i32x4.mul(x, a1), b1))
      m2 = i32x4.min_s(m2, i32x4.add(i32x4.mul(x, a2), b2))
      m3 = i32x4.min_s(m3, i32x4.add(i32x4.mul(x, a3), b3))
    }
    v128.store(MINIMA + tile, m0)
    v128.store(MINIMA + tile, m1, 16)
    v128.store(MINIMA + tile, m2, 32)
    v128.store(MINIMA + tile, m3, 48)
  }
  waiting = SHINGLES
}

@inline
function mix(value: u32): u32 {
  let mixed = value ^ (value >> 16)
  mixed *= 0x85ebca6b
  mixed ^= mixed >> 13
  mixed *= 0xc2b2ae35
  return mixed ^ (mixed >> 16)
}
