import { INFO_SHIFT } from './chunk-table.ts'
import { equalsOf, findFirsts, gramRoom, makeGramRoom } from './gram-room.ts'
import { roomFor } from './int32-list.ts'
import type { Words } from './word-arrays.ts'

/**
 * The most frequent 2-, 3-, … grams of words. An n-gram is named by where it stands first; an (n+1)-gram
 * can stand twice only where two neighbouring n-grams do, and is told by their two names. So each length costs a look
 * at what was repeated before, not at the whole text, and no gram's characters are read.
 *
 * @example a b a b a: 2-grams are named 0 1 0 1, all repeated; 3-grams (0,1) (1,0) (0,1) are named 0 1 0; …
 *
 * @returns by n up to `greatest`: characters of the most frequent n-gram, the first one among equals, spaces between
 * its words included, times its occurrences (one, where none stands twice); 0 where the text has no n words
 */
export function topGramCharacters(text: Words, greatest: number): number[] {
  const count = text.ids.length
  makeGramRoom(count)
  let repeated = findRepeatedWords(text)
  const top = [0, 0]
  for (let n = 2; n <= greatest; n++) {
    const grams = nameLongerGrams(repeated)
    repeated = grams.repeated
    top.push(count < n ? 0 : (wordCharacters(text, grams.first, n) + n - 1) * grams.occurrences)
  }
  return top
}

/** Code points of n words. */
export function wordCharacters({ ids, info }: Words, first: number, n: number): number {
  let sum = 0
  for (let word = first; word < first + n; word++) sum += (info[ids.items[word] ?? 0] ?? 0) >>> INFO_SHIFT
  return sum
}

/** By word id: twice the number of the text that it was last seen in, and 1 if it was seen there before. */
let lastTexts = new Int32Array(1 << 12)
let textNumber = 0

/**
 * Words are 1-grams, named by their ids. The room's `values` are names, by position; its `places` the positions whose
 * grams stand twice: how many.
 */
function findRepeatedWords({ ids, wordSpans }: Words): number {
  lastTexts = roomFor(lastTexts, wordSpans.count)
  textNumber = (textNumber + 1) & 0x3fffffff
  if (textNumber === 0) {
    lastTexts.fill(0)
    textNumber = 1
  }
  noteWords(ids.items, ids.length, lastTexts, textNumber * 2)
  return takeRepeated(ids.items, ids.length, lastTexts, textNumber * 2 + 1)
}

function noteWords(ids: Int32Array, length: number, last: Int32Array, seen: number): void {
  for (let i = 0; i < length; i++) {
    const id = ids[i] ?? 0
    last[id] = (last[id] ?? 0) >= seen ? seen + 1 : seen
  }
}

function takeRepeated(ids: Int32Array, length: number, last: Int32Array, again: number): number {
  const { places, values } = gramRoom
  let kept = 0
  for (let i = 0; i < length; i++) {
    const id = ids[i] ?? 0
    if (last[id] !== again) continue
    values[i] = id
    places[kept++] = i
  }
  return kept
}

/**
 * Names the grams one word longer at all positions where two neighbouring grams are repeated, and leaves of them those
 * that stand twice; the most frequent one, the first among equals. Where none stands twice that is the text's first.
 */
function nameLongerGrams(among: number): { repeated: number; first: number; occurrences: number } {
  const { places, hashes, values: names } = gramRoom
  const pairs = keepPairs(among, places, names, hashes)
  const counts = findFirsts(hashes, pairs)
  const equalOf = equalsOf((item, other) => {
    const a = places[item] ?? 0
    const b = places[other] ?? 0
    return names[a] === names[b] && names[a + 1] === names[b + 1]
  })
  for (let pair = 0; pair < pairs; pair++) {
    const hashed = hashes[pair] ?? 0
    const first = hashed === pair ? pair : equalOf(pair, hashed)
    hashes[pair] = first
    counts[first] = (counts[first] ?? 0) + 1
  }
  return keepRepeated(pairs, places, names, hashes, counts)
}

/** Positions of grams whose neighbours are repeated too, and a hash of both names. */
function keepPairs(count: number, places: Int32Array, names: Int32Array, hashes: Int32Array): number {
  let kept = 0
  for (let c = 0; c + 1 < count; c++) {
    const place = places[c] ?? 0
    if (places[c + 1] !== place + 1) continue
    hashes[kept] =
      Math.imul(names[place] ?? 0, 0x9e3779b1) ^ Math.imul((names[place + 1] ?? 0) + 0x7f4a7c15, 0x85ebca6b)
    places[kept++] = place
  }
  return kept
}

function keepRepeated(
  pairs: number,
  places: Int32Array,
  names: Int32Array,
  firsts: Int32Array,
  counts: Int32Array,
): { repeated: number; first: number; occurrences: number } {
  let repeated = 0
  let first = 0
  let occurrences = 1
  for (let pair = 0; pair < pairs; pair++) {
    const place = places[pair] ?? 0
    const firstPair = firsts[pair] ?? 0
    const count = counts[firstPair] ?? 0
    if (count < 2) continue
    places[repeated++] = place
    names[place] = firstPair
    if (firstPair === pair && count > occurrences) {
      first = place
      occurrences = count
    }
  }
  return { repeated, first, occurrences }
}
