/**
 * The most frequent 2-, 3-, … grams of words: the same as ../n-grams.ts. Counted are not grams but their hashes, without a branch:
 * that of the most frequent one stands for one gram nearly always, which a look at its places alone shows.
 */
import { COUNTS, GRAM_SLOTS, IDS, KEYS, PLACES, POINTS_BEFORE, RESULTS, TOP_SLOTS, UNITS_BEFORE } from './layout'

/** Of a hash. */
const FEWEST_BITS: u32 = 8
const MOST_BITS: u32 = 22
/** By hash: how many places have it. One more, for places that start no gram. */
const BUCKETS: usize = GRAM_SLOTS

/** The gram that is the most frequent one, and how often it stands in the text. */
let first: u32 = 0
let occurrences: u32 = 0
/** The hash with the most places. */
let topKey: u32 = 0

/** After `measurePoints` where there are pairs. RESULTS[n]: characters of the most frequent n-gram times its occurrences. */
export function topGrams(words: u32, greatest: u32, hasPairs: bool): void {
  const points = hasPairs ? POINTS_BEFORE : UNITS_BEFORE
  for (let word: u32 = 0; word < words; word++) store<u32>(PLACES + (<usize>word << 2), word)
  let count = words
  for (let n: u32 = 2; n <= greatest; n++) {
    countHashes(count, n)
    count = keepLikely(count)
    if (occurrences > 1) {
      const found = countTop(count, n)
      if (found < occurrences) countGrams(count, n, max(found, 2))
    }
    const characters = load<u32>(points + (<usize>(first + n) << 2)) - load<u32>(points + (<usize>first << 2)) + n - 1
    store<u32>(RESULTS + (<usize>n << 2), words < n ? 0 : characters * occurrences)
  }
}

@inline
function hashOf(place: u32, n: u32, bits: u32): u32 {
  const p = IDS + (<usize>place << 2)
  let hash = load<u64>(p) * 0x9e3779b97f4a7c15
  for (let word: u32 = 2; word < n; word++) {
    hash = (rotl(hash, 31) ^ <u64>load<u32>(p + (<usize>word << 2))) * 0xc2b2ae3d27d4eb4f
  }
  return <u32>(hash >> (64 - <u64>bits))
}

/** By candidate: the hash of its gram, where the place behind it is a candidate too; an n-gram stands twice only there. */
function countHashes(count: u32, n: u32): void {
  let bits = FEWEST_BITS
  while ((<u32>1 << bits) < count << 2 && bits < MOST_BITS) bits++
  const size = <u32>1 << bits
  memory.fill(BUCKETS, 0, <usize>size << 2)
  // The place behind the last one is no neighbour of it.
  store<u32>(PLACES + (<usize>count << 2), 0xffffffff)
  for (let c: usize = 0; c < count; c++) {
    const place = load<u32>(PLACES + (c << 2))
    const isGram = load<u32>(PLACES + (c << 2), 4) == place + 1
    const key = select<u32>(hashOf(place, n, bits), size, isGram)
    store<u32>(KEYS + (c << 2), key)
    const bucket = BUCKETS + (<usize>key << 2)
    store<u32>(bucket, load<u32>(bucket) + 1)
  }
  store<u32>(BUCKETS + (<usize>size << 2), 0)
}

/** Leaves the places whose hash another has. The first one of the most frequent hash is `first`. @returns how many */
function keepLikely(count: u32): u32 {
  let kept: usize = 0
  first = 0
  occurrences = 1
  for (let c: usize = 0; c < count; c++) {
    const place = load<u32>(PLACES + (c << 2))
    const key = load<u32>(KEYS + (c << 2))
    const counted = load<u32>(BUCKETS + (<usize>key << 2))
    store<u32>(PLACES + kept, place)
    store<u32>(KEYS + kept, key)
    kept += <usize>(counted > 1) << 2
    if (counted > occurrences) {
      occurrences = counted
      first = place
      topKey = key
    }
  }
  return <u32>(kept >> 2)
}

/** How often the gram at `first` stands in the text: less than its hash where others have that too. */
function countTop(count: u32, n: u32): u32 {
  let found: u32 = 0
  for (let c: usize = 0; c < count; c++) {
    if (load<u32>(KEYS + (c << 2)) == topKey) found += <u32>isGram(first, load<u32>(PLACES + (c << 2)), n)
  }
  return found
}

@inline
function isGram(a: u32, b: u32, n: u32): bool {
  const p = IDS + (<usize>a << 2)
  const q = IDS + (<usize>b << 2)
  for (let at: usize = 0; at < n << 2; at += 4) if (load<u32>(p + at) != load<u32>(q + at)) return false
  return true
}

/** Counts the grams themselves, where their hash has at least so many places. */
function countGrams(count: u32, n: u32, least: u32): void {
  let bits: u32 = 4
  while ((<u32>1 << bits) < count << 1) bits++
  const mask = (<u32>1 << bits) - 1
  memory.fill(TOP_SLOTS, 0, (<usize>mask + 1) << 2)
  first = 0
  occurrences = 1
  for (let c: usize = 0; c < count; c++) {
    if (load<u32>(BUCKETS + (<usize>load<u32>(KEYS + (c << 2)) << 2)) < least) continue
    const place = load<u32>(PLACES + (c << 2))
    let slot = hashOf(place, n, bits)
    let name = load<u32>(TOP_SLOTS + (<usize>slot << 2))
    while (name != 0 && !isGram(name - 1, place, n)) {
      slot = (slot + 1) & mask
      name = load<u32>(TOP_SLOTS + (<usize>slot << 2))
    }
    const counted = COUNTS + (<usize>(name == 0 ? place : name - 1) << 2)
    if (name == 0) {
      name = place + 1
      store<u32>(TOP_SLOTS + (<usize>slot << 2), name)
      store<u32>(counted, 0)
    }
    const times = load<u32>(counted) + 1
    store<u32>(counted, times)
    // The first one of equals.
    if (times > occurrences || (times == occurrences && name - 1 < first)) {
      occurrences = times
      first = name - 1
    }
  }
}
