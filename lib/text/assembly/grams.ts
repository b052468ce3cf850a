/** Sequences of words that stand twice: the same as ../n-grams.ts and ../repeated-grams.ts, which say how. */
import {
  COUNTS,
  DENSE,
  GRAM_SLOTS,
  IDS,
  INFO,
  KEYS,
  LAST_TEXTS,
  LIMITS,
  MOST_POWERS,
  MOST_WORDS,
  NAMES,
  NEXT_NAMES,
  PLACES,
  POINTS_BEFORE,
  POWERS,
  PREFIX_COUNTS,
  RESULTS,
  SUMS,
  UNITS_BEFORE,
  WORDS,
} from './layout'
import { equalUnits } from './hash'
import { INFO_SHIFT } from './words'

const BASE: u64 = 0xd6e8feb86659fd93
const PREFIX: u32 = 16
const LONG_PREFIX: u32 = 32
const UNLIMITED: u32 = 0x7fffffff
const MOST_PREFIX_COUNTS: u32 = 1 << 22

/** Where code points before each word are: with the units where they are the same. */
let points: usize = UNITS_BEFORE
let textNumber: u32 = 0

export function makePowers(): void {
  let power: u64 = 1
  for (let n: u32 = 0; n < MOST_POWERS; n++) {
    store<u64>(POWERS + (<usize>n << 3), power)
    power *= BASE
  }
}

function powerOf(exponent: u32): u64 {
  if (exponent < MOST_POWERS) return load<u64>(POWERS + (<usize>exponent << 3))
  let power: u64 = 1
  let square = BASE
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if ((rest & 1) == 1) power *= square
    square *= square
  }
  return power
}

/** How much of the text stands before each word: units, code points, and the sum that tells equal ranges. */
export function measure(words: u32, hasPairs: bool): void {
  points = hasPairs ? POINTS_BEFORE : UNITS_BEFORE
  let units: u32 = 0
  let codePoints: u32 = 0
  let sum: u64 = 0
  for (let word: usize = 0; word < words; word++) {
    const entry = WORDS + (<usize>load<u32>(IDS + (word << 2)) << 4)
    const length = load<u32>(entry)
    store<u32>(UNITS_BEFORE + (word << 2), units)
    store<u64>(SUMS + (word << 3), sum)
    if (hasPairs) {
      store<u32>(POINTS_BEFORE + (word << 2), codePoints)
      codePoints += load<u32>(INFO + (<usize>load<u32>(IDS + (word << 2)) << 2)) >> INFO_SHIFT
    }
    units += length
    const power = length < MOST_POWERS ? load<u64>(POWERS + (<usize>length << 3)) : powerOf(length)
    sum = sum * power + load<u64>(entry, 8)
  }
  const end = <usize>words
  store<u32>(UNITS_BEFORE + (end << 2), units)
  if (hasPairs) store<u32>(POINTS_BEFORE + (end << 2), codePoints)
  store<u64>(SUMS + (end << 3), sum)
}

/** After `measure`. RESULTS[n]: characters of the most frequent n-gram times its occurrences. */
export function topGrams(words: u32, greatest: u32): void {
  textNumber = (textNumber + 1) & 0x3fffffff
  if (textNumber == 0) {
    memory.fill(LAST_TEXTS, 0, MOST_WORDS << 2)
    textNumber = 1
  }
  noteWords(words, textNumber << 1)
  let repeated = takeRepeated(words, (textNumber << 1) | 1)
  let names = NAMES
  let next = NEXT_NAMES
  for (let n: u32 = 2; n <= greatest; n++) {
    repeated = keepLikelyPairs(repeated, names)
    namePairs(repeated, names, next, clearSlots(repeated))
    const free = names
    names = next
    next = free
    repeated = keepRepeated(repeated, names)
    const first = <usize>load<u32>(RESULTS)
    const characters =
      load<u32>(points + ((first + n) << 2)) - load<u32>(points + (first << 2)) + n - 1
    store<u32>(RESULTS + (<usize>n << 2), words < n ? 0 : characters * load<u32>(RESULTS, 4))
  }
}

/** @returns the mask of a table of at least twice as many free slots */
export function clearSlots(count: u32): u32 {
  let size: u32 = 16
  while (size < count << 1) size <<= 1
  memory.fill(GRAM_SLOTS, 0, <usize>size << 2)
  return size - 1
}

function noteWords(words: u32, seen: u32): void {
  for (let word: usize = 0; word < words; word++) {
    const last = LAST_TEXTS + (<usize>load<u32>(IDS + (word << 2)) << 2)
    store<u32>(last, seen | <u32>(load<u32>(last) >= seen))
  }
}

function takeRepeated(words: u32, again: u32): u32 {
  let kept = PLACES
  for (let word: usize = 0; word < words; word++) {
    const id = load<u32>(IDS + (word << 2))
    store<u32>(NAMES + (word << 2), id)
    store<u32>(kept, <u32>word)
    kept += <usize>(load<u32>(LAST_TEXTS + (<usize>id << 2)) == again) << 2
  }
  return <u32>((kept - PLACES) >> 2)
}

/**
 * Leaves the places of pairs of neighbours that may stand twice, by a hash: most pairs do not, and are told apart here
 * without a branch. @returns how many
 */
function keepLikelyPairs(count: u32, names: usize): u32 {
  // One more, for places that start no pair.
  let size: u32 = 1 << 12
  while (size < count << 3 && size < MOST_PREFIX_COUNTS >> 1) size <<= 1
  memory.fill(PREFIX_COUNTS, 0, size)
  const mask = size - 1
  // The place behind the last one is no neighbour of it.
  store<u32>(PLACES + (<usize>count << 2), 0xffffffff)
  for (let c: usize = 0; c < count; c++) {
    const place = load<u32>(PLACES + (c << 2))
    const isPair = load<u32>(PLACES + (c << 2), 4) == place + 1
    const key = select<u32>(spread64(load<u64>(names + (<usize>place << 2))) & mask, size, isPair)
    store<u32>(KEYS + (c << 2), key)
    const counted = PREFIX_COUNTS + <usize>key
    store<u8>(counted, (<u32>load<u8>(counted) << 1) | 1)
  }
  store<u8>(PREFIX_COUNTS + <usize>size, 0)
  let kept = PLACES
  for (let c: usize = 0; c < count; c++) {
    store<u32>(kept, load<u32>(PLACES + (c << 2)))
    kept += <usize>(load<u8>(PREFIX_COUNTS + <usize>load<u32>(KEYS + (c << 2))) > 1) << 2
  }
  return <u32>((kept - PLACES) >> 2)
}

function namePairs(count: u32, names: usize, into: usize, mask: u32): void {
  const end = PLACES + (<usize>count << 2)
  for (let p = PLACES; p < end; p += 4) {
    const place = load<u32>(p)
    const pair = load<u64>(names + (<usize>place << 2))
    let slot = spread64(pair) & mask
    let name = load<u32>(GRAM_SLOTS + (<usize>slot << 2))
    while (name != 0 && load<u64>(names + (<usize>(name - 1) << 2)) != pair) {
      slot = (slot + 1) & mask
      name = load<u32>(GRAM_SLOTS + (<usize>slot << 2))
    }
    if (name == 0) {
      name = place + 1
      store<u32>(GRAM_SLOTS + (<usize>slot << 2), name)
      store<u32>(COUNTS + (<usize>place << 2), 0)
    }
    name--
    const counted = COUNTS + (<usize>name << 2)
    store<u32>(counted, load<u32>(counted) + 1)
    store<u32>(into + (<usize>place << 2), name)
  }
}

/** RESULTS[0]: the first place of the most frequent gram; RESULTS[1]: how often it stands in the text. */
function keepRepeated(count: u32, names: usize): u32 {
  let kept = PLACES
  let first: u32 = 0
  let occurrences: u32 = 1
  const end = PLACES + (<usize>count << 2)
  for (let p = PLACES; p < end; p += 4) {
    const place = load<u32>(p)
    const name = load<u32>(names + (<usize>place << 2))
    const counted = load<u32>(COUNTS + (<usize>name << 2))
    store<u32>(kept, place)
    kept += <usize>(counted > 1) << 2
    if (counted > occurrences && name == place) {
      first = place
      occurrences = counted
    }
  }
  store<u32>(RESULTS, first)
  store<u32>(RESULTS, occurrences, 4)
  return <u32>((kept - PLACES) >> 2)
}

/** After `measure`. RESULTS[n - least]: characters in n-grams that stood before. */
export function repeatedGrams(words: u32, least: u32, greatest: u32): void {
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

@inline
function hash32Bytes(p: usize): u64 {
  return (
    (load<u64>(p) * 0x9e3779b97f4a7c15 + rotl(load<u64>(p, 8) * 0xc2b2ae3d27d4eb4f, 25)) ^
    (rotl(load<u64>(p, 16) * 0x165667b19e3779f9, 47) + rotl(load<u64>(p, 24) * 0xd6e8feb86659fd93, 11))
  )
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
    const power = units < MOST_POWERS ? load<u64>(POWERS + (<usize>units << 3)) : powerOf(units)
    const sums = SUMS + (<usize>place << 3)
    const hash = spread64(load<u64>(sums + (<usize>n << 3)) - load<u64>(sums) * power)
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

@inline
function spread64(value: u64): u32 {
  const mixed = (value ^ (value >> 32)) * 0x9e3779b97f4a7c15
  return <u32>(mixed >> 32)
}
