/** Sums of the rows of a text's words as a WebAssembly module; ../fasttext-kernel.ts is its host. */
import { pair, setModel, sumWord } from './grams'
import {
  COUNT_SHIFT,
  ENTRIES,
  ENTRY,
  KEY,
  MASKS,
  MOST_KEPT,
  PAGES,
  PLACE_BITS,
  PLACES,
  TEXT,
  TOTAL,
  WORD,
} from './layout'

const HASH_A: u64 = 0x9e3779b97f4a7c15
const HASH_B: u64 = 0xc2b2ae3d27d4eb4f
const HASH_C: u64 = 0x165667b19e3779f9
const LONGEST_KEPT: usize = 32
const NUMBER_MASK: u32 = (1 << COUNT_SHIFT) - 1
/** What {@link keep} gives for a word that ends the text. */
const END: u32 = 0xffffffff

let kept: u32 = 0

/** @returns whether the memory could be had */
export function configure(slots: u32, words: u32, buckets: u32): bool {
  const missing = PAGES - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return false
  memory.fill(MASKS, 0xff, 32)
  setModel(slots, words, buckets)
  return true
}

/** Sums into TOTAL the rows of all words in TEXT, `bytes` long with 128 spaces behind it; how many rows. */
export function sumText(bytes: u32): u32 {
  let t0 = f64x2.splat(0)
  let t1 = t0
  let t2 = t0
  let t3 = t0
  let t4 = t0
  let t5 = t0
  let t6 = t0
  let t7 = t0
  let count: u32 = 0
  let start: usize = 0
  let inside: u64 = 0
  let last = TEXT + bytes
  for (let block: usize = TEXT; block <= last; block += 64) {
    const words = ~separatorsOf64(block)
    // Where words begin and end, in turn.
    let changes = words ^ ((words << 1) | inside)
    inside = words >> 63
    while (changes != 0) {
      const at = block + <usize>ctz(changes)
      changes &= changes - 1
      if (start == 0) {
        start = at
        continue
      }
      const length = at - start
      if (length > LONGEST_KEPT) {
        if (!isLabel(start, at)) {
          count += sumWord(start, at)
          t0 = f64x2.add(t0, v128.load(WORD))
          t1 = f64x2.add(t1, v128.load(WORD, 16))
          t2 = f64x2.add(t2, v128.load(WORD, 32))
          t3 = f64x2.add(t3, v128.load(WORD, 48))
          t4 = f64x2.add(t4, v128.load(WORD, 64))
          t5 = f64x2.add(t5, v128.load(WORD, 80))
          t6 = f64x2.add(t6, v128.load(WORD, 96))
          t7 = f64x2.add(t7, v128.load(WORD, 112))
        }
        start = 0
        continue
      }
      const mask = MASKS + 32 - length
      const low = v128.and(v128.load(start), v128.load(mask))
      const high = v128.and(v128.load(start, 16), v128.load(mask, 16))
      const place = placeOf(low, high)
      let found = load<u32>(place)
      let entry = entryOf(found)
      const unlike = v128.or(
        v128.xor(low, v128.load(entry, KEY)),
        v128.xor(high, v128.load(entry, KEY + 16)),
      )
      if (v128.any_true(unlike)) {
        found = keep(start, at, place)
        if (found == END) {
          last = 0
          break
        }
        entry = entryOf(found)
      }
      count += found >> COUNT_SHIFT
      t0 = f64x2.add(t0, pair(entry))
      t1 = f64x2.add(t1, pair(entry + 8))
      t2 = f64x2.add(t2, pair(entry + 16))
      t3 = f64x2.add(t3, pair(entry + 24))
      t4 = f64x2.add(t4, pair(entry + 32))
      t5 = f64x2.add(t5, pair(entry + 40))
      t6 = f64x2.add(t6, pair(entry + 48))
      t7 = f64x2.add(t7, pair(entry + 56))
      start = 0
    }
  }
  v128.store(TOTAL, t0)
  v128.store(TOTAL, t1, 16)
  v128.store(TOTAL, t2, 32)
  v128.store(TOTAL, t3, 48)
  v128.store(TOTAL, t4, 64)
  v128.store(TOTAL, t5, 80)
  v128.store(TOTAL, t6, 96)
  v128.store(TOTAL, t7, 112)
  return count
}

@inline
function entryOf(found: u32): usize {
  return ENTRIES + <usize>(found & NUMBER_MASK) * ENTRY
}

@inline
function placeOf(low: v128, high: v128): usize {
  const a = <u64>i64x2.extract_lane(low, 0) ^ rotl<u64>(<u64>i64x2.extract_lane(high, 0), 29)
  const b = <u64>i64x2.extract_lane(low, 1) ^ rotl<u64>(<u64>i64x2.extract_lane(high, 1), 31)
  const mixed = a * HASH_A + b * HASH_B
  return PLACES + (<usize>(((mixed ^ (mixed >> 32)) * HASH_C) >> (64 - PLACE_BITS)) << 2)
}

/**
 * Sums the rows of the word at [start, end), up to LONGEST_KEPT bytes, and keeps the sum at its place, from where it
 * drives the word that had it: what is found there. END for `</s>`; a label in the text is no word of it, entry 0.
 */
function keep(start: usize, end: usize, place: usize): u32 {
  const length = end - start
  // "</s>"
  if (length == 4 && load<u32>(start) == 0x3e732f3c) return END
  if (isLabel(start, end)) return 0
  const count = sumWord(start, end)
  let number = load<u32>(place) & NUMBER_MASK
  if (number == 0) {
    if (kept == MOST_KEPT) {
      memory.fill(PLACES, 0, <usize>4 << <usize>PLACE_BITS)
      kept = 0
    }
    number = ++kept
  }
  const found = number | (count << COUNT_SHIFT)
  store<u32>(place, found)
  const entry = entryOf(found)
  for (let d: usize = 0; d < 16; d++) store<f32>(entry + (d << 2), <f32>load<f64>(WORD + (d << 3)))
  memory.fill(entry + KEY, 0, 32)
  memory.copy(entry + KEY, start, length)
  return found
}

/** Whether the word begins with `__label__`. */
function isLabel(start: usize, end: usize): bool {
  return end - start >= 9 && load<u64>(start) == 0x5f6c6562616c5f5f && load<u8>(start, 8) == 0x5f
}

/** Which of 64 bytes are separators, from the lowest bit on: space \t \n \v \f \r \0. */
@inline
function separatorsOf64(p: usize): u64 {
  return (
    separatorsOf16(p) |
    (separatorsOf16(p + 16) << 16) |
    (separatorsOf16(p + 32) << 32) |
    (separatorsOf16(p + 48) << 48)
  )
}

@inline
function separatorsOf16(p: usize): u64 {
  const bytes = v128.load(p)
  const controls = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(9)), i8x16.splat(5))
  const blanks = v128.or(i8x16.eq(bytes, i8x16.splat(0x20)), i8x16.eq(bytes, i8x16.splat(0)))
  return <u64>i8x16.bitmask(v128.or(controls, blanks))
}
