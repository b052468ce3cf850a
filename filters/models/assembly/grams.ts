/** Rows of a word and of its character n-grams of 2 to 4: the same as `wordAdder` in ../fasttext.ts. */
import { BUCKETS, LIST, ROWS, WORD, WORD_BYTES, WORD_ENDS, WORD_TABLE } from './layout'

const FNV_START: u32 = 0x811c9dc5
const FNV_PRIME: u32 = 0x01000193
const LESS: u32 = 0x3c
const GREATER: u32 = 0x3e
/** Rows of the list before they are added up; a code point brings three. */
const MOST_LISTED: usize = 1 << 10

let tableMask: u32 = 0
let wordCount: u32 = 0
let bucket: u32 = 0
let reciprocal: u64 = 0
let reciprocalShift: u64 = 0

export function setModel(slots: u32, words: u32, buckets: u32): void {
  tableMask = slots - 1
  wordCount = words
  bucket = buckets
  // Below 2 ** 33, of which only a power of two has the last bit; the product with a hash has its 64 bits.
  reciprocalShift = <u64>(63 - clz(buckets))
  reciprocal = (<u64>1 << reciprocalShift) / buckets
}

/** FNV-1a over signed bytes. */
@inline
function step(hash: u32, byte: u32): u32 {
  return (hash ^ byte) * FNV_PRIME
}

/** hash mod bucket: the quotient by the reciprocal is right or one too small. */
@inline
function bucketOf(hash: u32, size: u32, factor: u64, shift: u64): u32 {
  const rest = hash - <u32>((<u64>hash * factor) >> shift) * size
  return rest >= size ? rest - size : rest
}

/** Lists the bucket's row if it has one; without a branch, which would be guessed wrong half of the time. */
@inline
function list(at: usize, index: u32, words: u32): usize {
  const group = BUCKETS + ((<usize>index >> 5) << 3)
  const bits = load<u32>(group)
  const bit = index & 31
  store<u32>(at, words + load<u32>(group, 4) + popcnt(bits & ((1 << bit) - 1)))
  return at + (<usize>((bits >> bit) & 1) << 2)
}

/** Sums the rows of the word at [start, end) into WORD; how many rows. */
export function sumWord(start: usize, end: usize): u32 {
  memory.fill(WORD, 0, 128)
  const words = wordCount
  const size = bucket
  const factor = reciprocal
  const shift = reciprocalShift
  let at: usize = LIST
  let count: u32 = 0

  const id = findWord(start, end)
  if (id >= 0) {
    store<u32>(at, id)
    at += 4
  }

  // Hashes of the n-grams that end with the last code point, by their length.
  let one = step(FNV_START, LESS)
  let two: u32 = 0
  let three: u32 = 0
  // Rows are added by where their n-grams begin: those that began earlier wait for their longest. By beginning, counted
  // back from the code point to come, and length.
  let three2: u32 = 0
  let three3: u32 = 0
  let two2: u32 = 0
  let points: u32 = 0
  for (let p = start; p < end; ) {
    let next = FNV_START
    let four = three
    three = two
    two = one
    let byte: u32
    do {
      byte = <u32>(<i32>load<i8>(p))
      next = step(next, byte)
      two = step(two, byte)
      three = step(three, byte)
      four = step(four, byte)
      p++
    } while (p < end && (load<u8>(p) & 0xc0) == 0x80)
    one = next
    const new3 = bucketOf(three, size, factor, shift)
    points++
    if (points > 2) {
      at = list(at, three2, words)
      at = list(at, three3, words)
      at = list(at, bucketOf(four, size, factor, shift), words)
      if (at > LIST + (MOST_LISTED << 2)) {
        count += sumListed(at)
        at = LIST
      }
    }
    three2 = two2
    three3 = new3
    two2 = bucketOf(two, size, factor, shift)
  }
  if (points > 1) {
    at = list(at, three2, words)
    at = list(at, three3, words)
    at = list(at, bucketOf(step(three, GREATER), size, factor, shift), words)
  }
  at = list(at, two2, words)
  at = list(at, bucketOf(step(two, GREATER), size, factor, shift), words)
  at = list(at, bucketOf(step(one, GREATER), size, factor, shift), words)
  return count + sumListed(at)
}

/** The word's number in the dictionary, or -1. */
function findWord(start: usize, end: usize): i32 {
  let hash = FNV_START
  for (let p = start; p < end; p++) hash = step(hash, <u32>(<i32>load<i8>(p)))
  let slot = hash & tableMask
  for (let id = wordAt(slot); id >= 0; id = wordAt(slot)) {
    const from = id == 0 ? 0 : load<u32>(WORD_ENDS + (<usize>(id - 1) << 2))
    const length = load<u32>(WORD_ENDS + (<usize>id << 2)) - from
    if (length == <u32>(end - start) && memory.compare(WORD_BYTES + from, start, length) == 0) return id
    slot = (slot + 1) & tableMask
  }
  return -1
}

@inline
function wordAt(slot: u32): i32 {
  return load<i32>(WORD_TABLE + (<usize>slot << 2)) - 1
}

/** Adds the rows listed at [LIST, end) to WORD, in their order; how many. */
function sumListed(end: usize): u32 {
  let s0 = v128.load(WORD)
  let s1 = v128.load(WORD, 16)
  let s2 = v128.load(WORD, 32)
  let s3 = v128.load(WORD, 48)
  let s4 = v128.load(WORD, 64)
  let s5 = v128.load(WORD, 80)
  let s6 = v128.load(WORD, 96)
  let s7 = v128.load(WORD, 112)
  for (let at: usize = LIST; at < end; at += 4) {
    const row = ROWS + (<usize>load<u32>(at) << 6)
    s0 = f64x2.add(s0, pair(row))
    s1 = f64x2.add(s1, pair(row + 8))
    s2 = f64x2.add(s2, pair(row + 16))
    s3 = f64x2.add(s3, pair(row + 24))
    s4 = f64x2.add(s4, pair(row + 32))
    s5 = f64x2.add(s5, pair(row + 40))
    s6 = f64x2.add(s6, pair(row + 48))
    s7 = f64x2.add(s7, pair(row + 56))
  }
  v128.store(WORD, s0)
  v128.store(WORD, s1, 16)
  v128.store(WORD, s2, 32)
  v128.store(WORD, s3, 48)
  v128.store(WORD, s4, 64)
  v128.store(WORD, s5, 80)
  v128.store(WORD, s6, 96)
  v128.store(WORD, s7, 112)
  return <u32>((end - LIST) >> 2)
}

/** Two f32 as f64. */
@inline
export function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}
