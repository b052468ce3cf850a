import { roomFor } from './int32-list.ts'
import { hashBetween, powerOf } from './range-hashes.ts'
import { spread } from './span-table.ts'
import type { Words } from './word-arrays.ts'
import type { WordOffsets } from './word-offsets.ts'

/**
 * Characters in n-grams of words that stood before, each counted once: a scan goes on one word after a gram that is
 * new, and n words after one that is not. The reference compares the words of a gram run together (`a bc` is `ab c`),
 * so a gram is the characters of its words here, whatever they are cut into: found by hash, compared one by one.
 *
 * Few positions can have such a gram. Where the `PREFIX` characters from a word on stand at no other word, no gram of
 * that length or longer does, and shorter ones are looked at only while they are shorter; likewise with four times as
 * many characters. The hashes that tell this may claim too much, never too little.
 *
 * @example n = 2, `a b c a b a b`: ab, bc, ca new; ab known: 2 characters, go on behind it; ab known: 4 characters
 *
 * @returns by n from `least` to `greatest`
 */
export function repeatedGramCharacters(
  text: Words,
  offsets: WordOffsets,
  least: number,
  greatest: number,
): number[] {
  const count = text.ids.length
  longestAt = roomFor(longestAt, count)
  candidates = roomFor(candidates, count)
  hashes = roomFor(hashes, count)
  limitLengths(text.prefixHashes, offsets.units, count)
  const characters: number[] = []
  for (let n = least; n <= greatest; n++) {
    candidateCount = keepCandidates(candidates, candidateCount, offsets.units, longestAt, n, count)
    characters.push(candidateCount < 2 ? 0 : scan(text, offsets, n))
  }
  return characters
}

const PREFIX = 16
const LONG_PREFIX = 32
const UNLIMITED = 0x7fffffff

/** By word: a gram that starts there and is longer than this, in UTF-16 units, stands nowhere else. */
let longestAt = new Int32Array(1 << 10)
/** Words at which a gram of the length at hand may stand that stands elsewhere too, ascending. */
let candidates = new Int32Array(1 << 10)
let candidateCount = 0
/** By hash of a prefix: how many words have it: 0, 1, or 2 for more. */
let prefixCounts = new Uint8Array(1 << 12)
/** Positions of the grams met + 1, by the hash of their units; the hashes are by position. */
let slots = new Int32Array(1 << 12)
let hashes = new Int32Array(1 << 10)

const MOST_PREFIX_COUNTS = 1 << 26

/** Makes all words candidates, each with its limit. */
function limitLengths(prefixHashes: Int32Array, units: Int32Array, count: number): void {
  for (let word = 0; word < count; word++) candidates[word] = word
  const repeated = limitTo(PREFIX, prefixHashes, units, count, count)
  const longRepeated = limitTo(LONG_PREFIX, prefixHashes, units, count, repeated)
  for (let c = 0; c < longRepeated; c++) longestAt[candidates[c] ?? 0] = UNLIMITED
  for (let word = 0; word < count; word++) candidates[word] = word
  candidateCount = count
}

/** Limits those of the first `among` candidates whose prefix stands nowhere else, and keeps the others: how many. */
function limitTo(
  length: number,
  prefixHashes: Int32Array,
  units: Int32Array,
  count: number,
  among: number,
): number {
  let size = 1 << 12
  while (size < among * 8 && size < MOST_PREFIX_COUNTS) size *= 2
  prefixCounts = roomFor(prefixCounts, size)
  prefixCounts.fill(0, 0, size)
  // Words from here on have fewer characters behind them.
  let end = among
  const last = (units[count] ?? 0) - length
  while (end > 0 && (units[candidates[end - 1] ?? 0] ?? 0) > last) end--
  for (let c = end; c < among; c++) longestAt[candidates[c] ?? 0] = length - 1
  countPrefixes(candidates, end, prefixHashes, units, length, hashes, prefixCounts, size - 1)
  return keepRepeatedPrefixes(candidates, end, hashes, prefixCounts, longestAt, length - 1)
}

function countPrefixes(
  words: Int32Array,
  count: number,
  prefixHashes: Int32Array,
  units: Int32Array,
  length: number,
  keys: Int32Array,
  counts: Uint8Array,
  mask: number,
): void {
  const power = powerOf(length)
  for (let c = 0; c < count; c++) {
    const start = units[words[c] ?? 0] ?? 0
    const hash = (prefixHashes[start + length] ?? 0) - Math.imul(prefixHashes[start] ?? 0, power)
    const key = spread(hash) & mask
    keys[c] = key
    counts[key] = 1 + ((counts[key] ?? 0) > 0 ? 1 : 0)
  }
}

function keepRepeatedPrefixes(
  words: Int32Array,
  count: number,
  keys: Int32Array,
  counts: Uint8Array,
  limits: Int32Array,
  limit: number,
): number {
  let kept = 0
  for (let c = 0; c < count; c++) {
    const word = words[c] ?? 0
    limits[word] = limit
    words[kept] = word
    kept += (counts[keys[c] ?? 0] ?? 0) >> 1
  }
  return kept
}

function keepCandidates(
  words: Int32Array,
  count: number,
  units: Int32Array,
  limits: Int32Array,
  n: number,
  total: number,
): number {
  let kept = 0
  for (let c = 0; c < count; c++) {
    const word = words[c] ?? 0
    if (word + n > total) break
    words[kept] = word
    if ((units[word + n] ?? 0) - (units[word] ?? 0) <= (limits[word] ?? 0)) kept++
  }
  return kept
}

function scan(text: Words, { points, units }: WordOffsets, n: number): number {
  let size = 16
  while (size < candidateCount * 2) size *= 2
  slots = roomFor(slots, size)
  slots.fill(0, 0, size)
  return scanCandidates(text, points, units, n, candidates, candidateCount, size - 1)
}

function scanCandidates(
  text: Words,
  points: Int32Array,
  units: Int32Array,
  n: number,
  words: Int32Array,
  count: number,
  mask: number,
): number {
  const { prefixHashes } = text
  const known = { slots, hashes }
  let characters = 0
  let next = 0
  for (let c = 0; c < count; c++) {
    const word = words[c] ?? 0
    if (word < next) continue
    const hash = hashBetween(prefixHashes, units[word] ?? 0, units[word + n] ?? 0)
    if (!isKnown(text, known, word, n, hash, mask)) continue
    characters += (points[word + n] ?? 0) - (points[word] ?? 0)
    next = word + n
  }
  return characters
}

/** True when the gram of n words at `at` was met before; else it is entered. */
function isKnown(
  text: Words,
  { slots, hashes }: { readonly slots: Int32Array; readonly hashes: Int32Array },
  at: number,
  n: number,
  hash: number,
  mask: number,
): boolean {
  let slot = spread(hash) & mask
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const other = (slots[slot] ?? 0) - 1
    if (hashes[other] === hash && equals(text, at, other, n)) return true
  }
  slots[slot] = at + 1
  hashes[at] = hash
  return false
}

/** Equal words make equal grams; words that differ may still be the same characters when they are run together. */
function equals(text: Words, at: number, other: number, n: number): boolean {
  const { items } = text.ids
  let word = 0
  while (word < n && items[at + word] === items[other + word]) word++
  return word === n || equalsJoined(text, at, other, n)
}

/** Compares the grams' characters, each read from word to word on its own. */
function equalsJoined({ ids, wordSpans }: Words, at: number, other: number, n: number): boolean {
  const { arena, ends } = wordSpans
  const { items } = ids
  const startOf = (id: number) => (id === 0 ? 0 : (ends[id - 1] ?? 0))
  let a = 0
  let b = 0
  let inA = startOf(items[at] ?? 0)
  let inB = startOf(items[other] ?? 0)
  while (a < n && b < n) {
    if (arena[inA++] !== arena[inB++]) return false
    if (inA === ends[items[at + a] ?? 0]) inA = startOf(items[at + ++a] ?? 0)
    if (inB === ends[items[other + b] ?? 0]) inB = startOf(items[other + ++b] ?? 0)
  }
  return a === n && b === n
}
