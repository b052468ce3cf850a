/**
 * MinHash as a WebAssembly module: the same minima as ../shingles.ts and ../permutations.ts give, which say what is
 * computed. The host puts tables and text into the memory and takes the minima out of it (../kernel.ts).
 *
 * Four small passes over what fits in the caches: units of text → bytes of words → hashes of words → shingles → minima.
 */

// Where everything lies. The host must use the same numbers: ../kernel.ts.
/** By page of 256 UTF-16 units: whether the host has filled it. */
const FILLED: usize = 0x8000
/** By UTF-16 unit, u32: the bytes of UTF-8, first one lowest, that it counts as; 0 where it is in no word by itself. */
const FORMS: usize = 0x10000
/** Text: at most 16,384 units. */
const TEXT: usize = 0x50000
/** UTF-8 of the text's words, a zero byte for each other character: at most 3 bytes a unit, and 7 of before. */
const BYTES: usize = 0x58000
/** Hashes of words, u32: of `ngram` - 1 <= 63 words of before, and of those that came since. */
const WORDS: usize = 0x68000
const WORDS_AT_ONCE: usize = 1024
const SHINGLES: usize = 0x6a000
/** Of 3,584 chains at most: factor and term of A, of B: i32. */
const CHAINS: usize = 0x70000
const CHAIN_BYTES: usize = 16
/** Of each chain eight times i32x4: a minimum over every fourth shingle, from each of the first four on; at the end, over all. */
const MINIMA: usize = 0x80000
const CHAIN_MINIMA: usize = 128
const PAGES: i32 = 15

const LOW_FACTOR: u32 = 0x9e3779b1
const HIGH_FACTOR: u32 = 0x85ebca77
const WORD_FACTOR: u32 = 0x2c9277b5
const WORD_START: u32 = 0x2545f491
const DOTTED_CAPITAL_I: u32 = 0x0130
const SMALL_I: u8 = 0x69
const NONE: i32 = 0x7fffffff

/** Fills a page of `FORMS`. */
@external("words", "fillForms")
declare function fillForms(page: u32): void

/** As in `FORMS`, of a supplementary code point: rare enough to ask the host. */
@external("words", "formOf")
declare function formOf(codePoint: u32): u32

let ngram: u32 = 0
let chains: usize = 0

/** Words whose hashes wait, those of before included. */
let words: usize = 0
/** How many of them, from the first on, are mixed. */
let mixedWords: usize = 0
let anyShingle: bool = false
/** The hash of an open word as far as it was taken, and how many bytes of it, fewer than 8, lie at `BYTES`. */
let hash: u32 = WORD_START
let carried: usize = 0
let inWord: bool = false

/** @returns whether the memory could be had */
export function configure(ngramWords: u32, chainCount: u32): bool {
  const missing = PAGES - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return false
  ngram = ngramWords
  chains = chainCount
  return true
}

/** Begins a text. */
export function start(): void {
  const end = MINIMA + chains * CHAIN_MINIMA
  for (let at = MINIMA; at < end; at += 16) v128.store(at, i32x4.splat(NONE))
  words = 0
  mixedWords = 0
  anyShingle = false
  hash = WORD_START
  carried = 0
  inWord = false
}

/** Takes the next `units` of the text, which end with a whole character. */
export function add(units: usize): void {
  hashWords(writeBytes(units))
}

/** Ends the text: afterwards the first of each four minima is that of all shingles. */
export function finish(): void {
  if (inWord) endWord(BYTES, BYTES + carried, hash)
  if (words > 0 && (!anyShingle || words >= ngram)) takeWords()
  const end = MINIMA + chains * CHAIN_MINIMA
  for (let at = MINIMA; at < end; at += 16) {
    let least = v128.load(at)
    least = i32x4.min_s(least, i32x4.shuffle(least, least, 2, 3, 0, 1))
    v128.store(at, i32x4.min_s(least, i32x4.shuffle(least, least, 1, 0, 3, 2)))
  }
}

/** The words' bytes, after those of an open word; ASCII sixteen at a time. Returns their end. */
function writeBytes(units: usize): usize {
  const end = TEXT + (units << 1)
  let to = BYTES + carried
  let at = TEXT
  while (at < end) {
    const one = v128.load(at)
    const other = v128.load(at, 16)
    if (at + 32 <= end && !v128.any_true(v128.and(v128.or(one, other), i16x8.splat(<i16>0xff80)))) {
      v128.store(to, asciiForms(i8x16.narrow_i16x8_u(one, other)))
      to += 16
      at += 32
      continue
    }
    const stop = at + 32 < end ? at + 32 : end
    while (at < stop) {
      const unit = <u32>load<u16>(at)
      at += 2
      if (load<u8>(FILLED + (<usize>unit >> 8)) == 0) {
        fillForms(unit >> 8)
        store<u8>(FILLED + (<usize>unit >> 8), 1)
      }
      let form = load<u32>(FORMS + (<usize>unit << 2))
      if (form == 0 && unit >= DOTTED_CAPITAL_I) {
        if (unit == DOTTED_CAPITAL_I) {
          // Lower-cases to an i and a mark, which ends the word.
          store<u8>(to++, SMALL_I)
        } else if ((unit & 0xfc00) == 0xd800 && at < end) {
          const low = <u32>load<u16>(at)
          if ((low & 0xfc00) == 0xdc00) {
            at += 2
            form = formOf((((unit & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000)
          }
        }
      }
      store<u32>(to, form)
      to += form == 0 ? 1 : 4 - (<usize>clz(form) >> 3)
    }
  }
  return to
}

/** Lower-cased letters, digits and _ as they are, all else zero. */
@inline
function asciiForms(bytes: v128): v128 {
  const lower = v128.or(bytes, i8x16.splat(0x20))
  const letter = i8x16.lt_u(i8x16.sub(lower, i8x16.splat(0x61)), i8x16.splat(26))
  const digit = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(10))
  const other = v128.or(digit, i8x16.eq(bytes, i8x16.splat(0x5f)))
  return v128.or(v128.and(lower, letter), v128.and(bytes, other))
}

/** Hashes the words up to `end`, 64 bytes at a time: a bit for each byte of a word, so that runs of ones are words. */
function hashWords(end: usize): void {
  let from = BYTES
  let own = hash
  let within: u64 = inWord ? 1 : 0
  for (let at = BYTES; at < end; at += 64) {
    const bits =
      wordBits(at) | (wordBits(at + 16) << 16) | (wordBits(at + 32) << 32) | (wordBits(at + 48) << 48)
    const left = end - at
    const valid: u64 = left >= 64 ? ~(<u64>0) : ((<u64>1) << left) - 1
    const before = ((bits & valid) << 1) | within
    let starts = bits & valid & ~before
    let ends = ~bits & valid & before
    if (within == 0) {
      from = at + <usize>ctz(starts)
      starts &= starts - 1
    }
    while (ends != 0) {
      endWord(from, at + <usize>ctz(ends), own)
      ends &= ends - 1
      own = WORD_START
      from = at + <usize>ctz(starts)
      starts &= starts - 1
    }
    within = (bits >> (left >= 64 ? 63 : left - 1)) & 1
  }
  inWord = within != 0
  hash = own
  carried = 0
  if (!inWord) return
  // Of a word that goes on, whole eights are taken, so that what is kept of it is short.
  while (end - from >= 8) {
    hash = takeEight(hash, load<u64>(from))
    from += 8
  }
  carried = end - from
  store<u64>(BYTES, load<u64>(from))
}

@inline
function wordBits(at: usize): u64 {
  return <u64>(<u32>(i8x16.bitmask(i8x16.ne(v128.load(at), i8x16.splat(0)))))
}

@inline
function takeEight(hash: u32, bytes: u64): u32 {
  let own = (hash ^ <u32>bytes) * LOW_FACTOR
  own ^= own >> 15
  own = (own ^ <u32>(bytes >> 32)) * HIGH_FACTOR
  return own ^ (own >> 13)
}

/** The word's last bytes, filled up with zeros, which no word has. */
@inline
function endWord(from: usize, end: usize, start: u32): void {
  let own = start
  while (end - from > 8) {
    own = takeEight(own, load<u64>(from))
    from += 8
  }
  if (end > from) own = takeEight(own, load<u64>(from) & (~(<u64>0) >> ((8 - (end - from)) << 3)))
  store<u32>(WORDS + (words << 2), own)
  words += 1
  if (words == WORDS_AT_ONCE) takeWords()
}

/** The words that wait → shingles → minima; then the last `ngram` - 1 words wait on. */
function takeWords(): void {
  anyShingle = true
  for (let word = mixedWords; word < words; word += 4) {
    const at = WORDS + (word << 2)
    v128.store(at, mix(v128.load(at)))
  }
  const length: usize = words < ngram ? words : ngram
  const grams = words - length + 1
  for (let gram: usize = 0; gram < grams; gram += 4) {
    const at = WORDS + (gram << 2)
    let all = i32x4.splat(0)
    for (let word: usize = 0; word < length; word++)
      all = i32x4.add(i32x4.mul(all, i32x4.splat(WORD_FACTOR)), v128.load(at + (word << 2)))
    v128.store(SHINGLES + (gram << 2), mix(all))
  }
  // Shingles are taken by four: the last one fills up.
  const last = SHINGLES + (grams << 2)
  v128.store(last, v128.load32_splat(last - 4))
  lowerMinima(last)
  const kept = length - 1
  memory.copy(WORDS, WORDS + ((words - kept) << 2), kept << 2)
  words = kept
  mixedWords = kept
}

/** Eight minima of four, which stay in registers over all shingles up to `end`. */
function lowerMinima(end: usize): void {
  for (let chain: usize = 0; chain < chains; chain++) {
    const own = CHAINS + chain * CHAIN_BYTES
    const into = MINIMA + chain * CHAIN_MINIMA
    const a = v128.load32_splat(own)
    const ofA = v128.load32_splat(own, 4)
    const b = v128.load32_splat(own, 8)
    const ofB = v128.load32_splat(own, 12)
    let m0 = v128.load(into)
    let m1 = v128.load(into, 16)
    let m2 = v128.load(into, 32)
    let m3 = v128.load(into, 48)
    let m4 = v128.load(into, 64)
    let m5 = v128.load(into, 80)
    let m6 = v128.load(into, 96)
    let m7 = v128.load(into, 112)
    for (let at = SHINGLES; at < end; at += 16) {
      const x = v128.load(at)
      let even = i32x4.add(i32x4.mul(x, a), ofA)
      let odd = i32x4.add(i32x4.mul(x, b), ofB)
      m0 = i32x4.min_s(m0, even)
      m1 = i32x4.min_s(m1, odd)
      even = i32x4.add(even, odd)
      m2 = i32x4.min_s(m2, even)
      odd = i32x4.add(odd, even)
      m3 = i32x4.min_s(m3, odd)
      even = i32x4.add(even, odd)
      m4 = i32x4.min_s(m4, even)
      odd = i32x4.add(odd, even)
      m5 = i32x4.min_s(m5, odd)
      even = i32x4.add(even, odd)
      m6 = i32x4.min_s(m6, even)
      odd = i32x4.add(odd, even)
      m7 = i32x4.min_s(m7, odd)
    }
    v128.store(into, m0)
    v128.store(into, m1, 16)
    v128.store(into, m2, 32)
    v128.store(into, m3, 48)
    v128.store(into, m4, 64)
    v128.store(into, m5, 80)
    v128.store(into, m6, 96)
    v128.store(into, m7, 112)
  }
}

@inline
function mix(value: v128): v128 {
  let mixed = v128.xor(value, i32x4.shr_u(value, 16))
  mixed = i32x4.mul(mixed, i32x4.splat(0x85ebca6b))
  mixed = v128.xor(mixed, i32x4.shr_u(mixed, 13))
  mixed = i32x4.mul(mixed, i32x4.splat(0xc2b2ae35))
  return v128.xor(mixed, i32x4.shr_u(mixed, 16))
}
