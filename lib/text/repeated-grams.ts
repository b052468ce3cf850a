import { equalsOf, findFirsts, gramRoom, makeGramRoom } from './gram-room.ts'
import { roomFor } from './int32-list.ts'
import { wordCharacters } from './n-grams.ts'
import { hashBetween, powerOf } from './range-hashes.ts'
import { spread } from './span-table.ts'
import type { Words } from './word-arrays.ts'
import { wordOffsets } from './word-offsets.ts'

/**
 * Characters in n-grams of words that stood before, each counted once: a scan goes on one word after a gram that is
 * new, and n words after one that is not. The reference compares the words of a gram run together (`a bc` is `ab c`),
 * so a gram is the characters of its words here, whatever they are cut into: found by hash, compared one by one.
 *
 * Few positions can have such a gram. Where the first 16 characters from a word on stand at no other word, no gram of
 * that length or longer does, and shorter ones are looked at only while they are shorter; likewise with other numbers of
 * characters. The hashes that tell this may claim too much, never too little.
 *
 * @example n = 2, `a b c a b a b`: ab, bc, ca new; ab known: 2 characters, go on behind it; ab known: 4 characters
 *
 * @returns by n from `least` to `greatest`
 */
export function repeatedGramCharacters(text: Words, least: number, greatest: number): number[] {
  const count = text.ids.length
  makeGramRoom(count)
  const units = wordOffsets(text)
  limitLengths(text.prefixHashes, units, count)
  let candidates = takeAll(count)
  const characters: number[] = []
  for (let n = least; n <= greatest; n++) {
    candidates = keepCandidates(candidates, units, n, count)
    characters.push(candidates < 2 ? 0 : scan(text, units, n, candidates))
  }
  return characters
}

/** Of these the first where words are short, as of texts that are mostly marks. */
const PREFIXES = [6, 16, 32]
const SHORT_WORD = 3
const UNLIMITED = 0x7fffffff

/** By hash of a prefix, two bits, four hashes a byte: whether no word has it (0), one (1) or more (3). */
let prefixCounts = new Uint8Array(1 << 10)
const MOST_PREFIX_HASHES = 1 << 26

/** Makes all words candidates: the room's `places`. */
function takeAll(count: number): number {
  const { places } = gramRoom
  for (let word = 0; word < count; word++) places[word] = word
  return count
}

/** By word, in the room's `values`: a gram that starts there and is longer than this, in UTF-16 units, stands nowhere else. */
function limitLengths(prefixHashes: Int32Array, units: Int32Array, count: number): void {
  const { places, values: limits } = gramRoom
  const areShort = (units[count] ?? 0) < SHORT_WORD * count
  let repeated = takeAll(count)
  for (const length of PREFIXES.slice(areShort ? 0 : 1))
    repeated = limitTo(length, prefixHashes, units, count, repeated)
  for (let c = 0; c < repeated; c++) limits[places[c] ?? 0] = UNLIMITED
}

/** Limits those of the first `among` candidates whose prefix stands nowhere else, and keeps the others: how many. */
function limitTo(
  length: number,
  prefixHashes: Int32Array,
  units: Int32Array,
  count: number,
  among: number,
): number {
  const { places, hashes: keys, values: limits } = gramRoom
  let size = 1 << 12
  while (size < among * 8 && size < MOST_PREFIX_HASHES) size *= 2
  prefixCounts = roomFor(prefixCounts, size / 4)
  prefixCounts.fill(0, 0, size / 4)
  // Words from here on have fewer characters behind them.
  let end = among
  const last = (units[count] ?? 0) - length
  while (end > 0 && (units[places[end - 1] ?? 0] ?? 0) > last) end--
  for (let c = end; c < among; c++) limits[places[c] ?? 0] = length - 1
  countPrefixes(places, end, prefixHashes, units, length, keys, prefixCounts, size - 1)
  return keepRepeatedPrefixes(places, end, keys, prefixCounts, limits, length - 1)
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
    const four = counts[key >> 2] ?? 0
    const shift = (key & 3) * 2
    counts[key >> 2] = four | (((1 | ((four >> shift) << 1)) & 3) << shift)
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
    const key = keys[c] ?? 0
    kept += ((counts[key >> 2] ?? 0) >> ((key & 3) * 2 + 1)) & 1
  }
  return kept
}

function keepCandidates(among: number, units: Int32Array, n: number, total: number): number {
  const { places, values: limits } = gramRoom
  let kept = 0
  for (let c = 0; c < among; c++) {
    const word = places[c] ?? 0
    if (word + n > total) break
    places[kept] = word
    if ((units[word + n] ?? 0) - (units[word] ?? 0) <= (limits[word] ?? 0)) kept++
  }
  return kept
}

function scan(text: Words, units: Int32Array, n: number, count: number): number {
  const { places, hashes } = gramRoom
  hashGrams(text.prefixHashes, units, n, places, count, hashes)
  /** By the first place of a hash: the gram that was met first, + 1. */
  const met = findFirsts(hashes, count)
  const equalOf = equalsOf((item, other) => equals(text, places[item] ?? 0, places[other] ?? 0, n))
  let characters = 0
  let next = 0
  for (let c = 0; c < count; c++) {
    const word = places[c] ?? 0
    if (word < next) continue
    const hashed = hashes[c] ?? 0
    const first = (met[hashed] ?? 0) - 1
    if (first < 0) met[hashed] = c + 1
    if (first < 0 || equalOf(c, first) === c) continue
    characters += wordCharacters(text, word, n)
    next = word + n
  }
  return characters
}

function hashGrams(
  prefixHashes: Int32Array,
  units: Int32Array,
  n: number,
  places: Int32Array,
  count: number,
  hashes: Int32Array,
): void {
  for (let c = 0; c < count; c++) {
    const word = places[c] ?? 0
    hashes[c] = hashBetween(prefixHashes, units[word] ?? 0, units[word + n] ?? 0)
  }
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
