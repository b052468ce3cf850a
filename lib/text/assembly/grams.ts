/** Sequences of words that stand twice: the same as ../n-grams.ts and ../repeated-grams.ts, which say how. */
import {
  DENSE,
  GRAM_SLOTS,
  IDS,
  INFO,
  KEYS,
  LIMITS,
  PLACES,
  POINTS_BEFORE,
  PREFIX_COUNTS,
  RESULTS,
  UNITS_BEFORE,
} from './layout'
import { equalUnits, hash32Bytes, hashOfRange } from './hash'
import { INFO_SHIFT } from './words'

const BASE: u64 = 0xd6e8feb86659fd93
const PREFIX: u32 = 16
const LONG_PREFIX: u32 = 32
const UNLIMITED: u32 = 0x7fffffff
const MOST_PREFIX_COUNTS: u32 = 1 << 22

/** Where code points before each word are: with the units where they are the same. */
let points: usize = UNITS_BEFORE

/** Of a text with surrogate pairs: how many code points stand before each word. */
export function measurePoints(words: u32): void {
  let codePoints: u32 = 0
  for (let word: usize = 0; word < words; word++) {
    store<u32>(POINTS_BEFORE + (word << 2), codePoints)
    codePoints += load<u32>(INFO + (<usize>load<u32>(IDS + (word << 2)) << 2)) >> INFO_SHIFT
  }
  store<u32>(POINTS_BEFORE + (<usize>words << 2), codePoints)
}

/** @returns the mask of a table of at least twice as many free slots */
export function clearSlots(count: u32): u32 {
  let size: u32 = 16
  while (size < count << 1) size <<= 1
  memory.fill(GRAM_SLOTS, 0, <usize>size << 2)
  return size - 1
}

/** After `measurePoints` where there are pairs. RESULTS[n - least]: characters in n-grams that stood before. */
export function repeatedGrams(words: u32, least: u32, greatest: u32, hasPairs: bool): void {
  points = hasPairs ? POINTS_BEFORE : UNITS_BEFORE
  limitLengths(words)
  let count = words
  for (let n = least; n <= greatest; n++) {
    count = keepCandidates(count, n, words)
    store<u32>(RESULTS + (<usize>(n - least) << 2), count < 2 ? 0 : scanGrams(count, n, clearSlots(count)))
  }
}

function takeAll(words: u32): void {
  for (let word: u32 = 0; word < words; word++) store<u32>(PLACES + (<usize>word << 2), word)
}

function limitLengths(words: u32): void {
  takeAll(words)
  const repeated = limitTo(PREFIX, words, words)
  const longRepeated = limitTo(LONG_PREFIX, words, repeated)
  for (let c: usize = 0; c < longRepeated; c++) {
    store<u32>(LIMITS + (<usize>load<u32>(PLACES + (c << 2)) << 2), UNLIMITED)
  }
  takeAll(words)
}

function limitTo(length: u32, words: u32, among: u32): u32 {
  let size: u32 = 1 << 12
  while (size < among << 3 && size < MOST_PREFIX_COUNTS) size <<= 1
  memory.fill(PREFIX_COUNTS, 0, size)
  const total = <i32>load<u32>(UNITS_BEFORE + (<usize>words << 2)) - <i32>length
  let end = among
  while (end > 0 && <i32>load<u32>(UNITS_BEFORE + (<usize>placeAt(end - 1) << 2)) > total) {
    end--
    store<u32>(LIMITS + (<usize>placeAt(end) << 2), length - 1)
  }
  countPrefixes(end, length, size - 1)
  return keepRepeatedPrefixes(end, length - 1)
}

@inline
function placeAt(c: u32): u32 {
  return load<u32>(PLACES + (<usize>c << 2))
}

/** By candidate: its prefix's key. By key: whether one has it (1), or more (3). */
function countPrefixes(count: u32, length: u32, mask: u32): void {
  for (let c: u32 = 0; c < count; c++) {
    const p = DENSE + (<usize>load<u32>(UNITS_BEFORE + (<usize>placeAt(c) << 2)) << 1)
    let hash = hash32Bytes(p)
    if (length == LONG_PREFIX) hash = rotl(hash, 21) * BASE + hash32Bytes(p + 32)
    hash ^= hash >> 32
    hash *= 0x9e3779b97f4a7c15
    const key = <u32>(hash >> 32) & mask
    store<u32>(KEYS + (<usize>c << 2), key)
    const counted = PREFIX_COUNTS + <usize>key
    store<u8>(counted, (<u32>load<u8>(counted) << 1) | 1)
  }
}

function keepRepeatedPrefixes(count: u32, limit: u32): u32 {
  let kept = PLACES
  for (let c: u32 = 0; c < count; c++) {
    const place = placeAt(c)
    store<u32>(LIMITS + (<usize>place << 2), limit)
    store<u32>(kept, place)
    kept += <usize>(load<u8>(PREFIX_COUNTS + <usize>load<u32>(KEYS + (<usize>c << 2))) > 1) << 2
  }
  return <u32>((kept - PLACES) >> 2)
}

function keepCandidates(count: u32, n: u32, words: u32): u32 {
  let kept = PLACES
  for (let c: u32 = 0; c < count; c++) {
    const place = placeAt(c)
    if (place + n > words) break
    const at = UNITS_BEFORE + (<usize>place << 2)
    store<u32>(kept, place)
    const units = load<u32>(at + (<usize>n << 2)) - load<u32>(at)
    kept += <usize>(units <= load<u32>(LIMITS + (<usize>place << 2))) << 2
  }
  return <u32>((kept - PLACES) >> 2)
}

function scanGrams(count: u32, n: u32, mask: u32): u32 {
  let characters: u32 = 0
  let next: u32 = 0
  for (let c: u32 = 0; c < count; c++) {
    const place = placeAt(c)
    if (place < next) continue
    const at = <usize>place << 2
    const to = at + (<usize>n << 2)
    const start = load<u32>(UNITS_BEFORE + at)
    const units = load<u32>(UNITS_BEFORE + to) - start
    const hash = hashOfRange(DENSE + (<usize>start << 1), units)
    if (!isKnown(place, n, start, units, hash, mask)) continue
    characters += load<u32>(points + to) - load<u32>(points + at)
    next = place + n
  }
  return characters
}

/** True when a gram of the same characters was met before; else it is entered. */
@inline
function isKnown(place: u32, n: u32, start: u32, units: u32, hash: u32, mask: u32): bool {
  let slot = hash & mask
  let entry = load<u32>(GRAM_SLOTS + (<usize>slot << 2))
  while (entry != 0) {
    const other = <usize>(entry - 1) << 2
    if (load<u32>(KEYS + other) == hash) {
      const from = load<u32>(UNITS_BEFORE + other)
      const length = load<u32>(UNITS_BEFORE + other + (<usize>n << 2)) - from
      if (length == units && equalUnits(DENSE + (<usize>start << 1), DENSE + (<usize>from << 1), units)) return true
    }
    slot = (slot + 1) & mask
    entry = load<u32>(GRAM_SLOTS + (<usize>slot << 2))
  }
  store<u32>(GRAM_SLOTS + (<usize>slot << 2), place + 1)
  store<u32>(KEYS + (<usize>place << 2), hash)
  return false
}
