import { roomFor } from './int32-list.ts'
import type { Words } from './word-arrays.ts'
import type { WordOffsets } from './word-offsets.ts'

/**
 * The most frequent 2-, 3-, … grams of words. An n-gram is named by the position where it stands first; an (n+1)-gram
 * can stand twice only where two neighbouring n-grams do, and is told by their two names. So each length costs a look
 * at what was repeated before, not at the whole text, and no gram's characters are read.
 *
 * @example a b a b a: 2-grams are named 0 1 0 1, all repeated; 3-grams (0,1) (1,0) (0,1) are named 0 1 0; …
 *
 * @returns by n up to `greatest`: characters of the most frequent n-gram, the first one among equals, spaces between
 * its words included, times its occurrences (one, where none stands twice); 0 where the text has no n words
 */
export function topGramCharacters(text: Words, { points }: WordOffsets, greatest: number): number[] {
  const count = text.ids.length
  makeRoom(count)
  findRepeatedWords(text)
  const top = [0, 0]
  for (let n = 2; n <= greatest; n++) {
    nameLongerGrams()
    const { first, occurrences } = keepRepeated()
    const characters = (points[first + n] ?? 0) - (points[first] ?? 0) + n - 1
    top.push(count < n ? 0 : characters * occurrences)
  }
  return top
}

/** By position: the name of the n-gram that starts there, where `repeatedAt` says that it stands twice. */
let names = new Int32Array(1 << 10)
let nextNames = new Int32Array(1 << 10)
/** By name: how often the gram stands in the text. */
let counts = new Int32Array(1 << 10)
/** Positions of grams that stand twice or more, ascending. */
let repeatedAt = new Int32Array(1 << 10)
let repeatedCount = 0
let slots = new Int32Array(1 << 12)
/** By word id: twice the number of the text that it was last seen in, and 1 if it was seen there before. */
let lastTexts = new Int32Array(1 << 12)
let textNumber = 0

function makeRoom(count: number): void {
  names = roomFor(names, count)
  nextNames = roomFor(nextNames, count)
  counts = roomFor(counts, count)
  repeatedAt = roomFor(repeatedAt, count)
}

/** Words are 1-grams, named by their ids. */
function findRepeatedWords({ ids, wordSpans }: Words): void {
  textNumber = (textNumber + 1) & 0x3fffffff
  if (lastTexts.length < wordSpans.count || textNumber === 0) {
    lastTexts = new Int32Array(Math.max(lastTexts.length, wordSpans.count * 2))
    textNumber = 1
  }
  noteWords(ids.items, ids.length, lastTexts, textNumber * 2)
  repeatedCount = takeRepeated(ids.items, ids.length, lastTexts, textNumber * 2 + 1)
}

function noteWords(ids: Int32Array, length: number, last: Int32Array, seen: number): void {
  for (let i = 0; i < length; i++) {
    const id = ids[i] ?? 0
    last[id] = (last[id] ?? 0) >= seen ? seen + 1 : seen
  }
}

function takeRepeated(ids: Int32Array, length: number, last: Int32Array, again: number): number {
  let kept = 0
  for (let i = 0; i < length; i++) {
    const id = ids[i] ?? 0
    if (last[id] !== again) continue
    names[i] = id
    repeatedAt[kept++] = i
  }
  return kept
}

/** Names the grams one word longer at all positions where two neighbouring grams are repeated: `repeatedAt` after. */
function nameLongerGrams(): void {
  let size = 16
  while (size < repeatedCount * 2) size *= 2
  slots = roomFor(slots, size)
  slots.fill(0, 0, size)
  repeatedCount = namePairs(names, nextNames, repeatedAt, repeatedCount, counts, slots, size - 1)
  const free = names
  names = nextNames
  nextNames = free
}

/** The name of a pair is the first position whose gram and its neighbour's have these two names. */
function namePairs(
  names: Int32Array,
  into: Int32Array,
  at: Int32Array,
  count: number,
  counts: Int32Array,
  slots: Int32Array,
  mask: number,
): number {
  let kept = 0
  for (let c = 0; c + 1 < count; c++) {
    const position = at[c] ?? 0
    if (at[c + 1] !== position + 1) continue
    const first = names[position] ?? 0
    const second = names[position + 1] ?? 0
    const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 0x7f4a7c15, 0x85ebca6b)
    let slot = (hash ^ (hash >>> 15)) & mask
    let name = (slots[slot] ?? 0) - 1
    while (name >= 0 && (names[name] !== first || names[name + 1] !== second)) {
      slot = (slot + 1) & mask
      name = (slots[slot] ?? 0) - 1
    }
    if (name < 0) {
      name = position
      slots[slot] = position + 1
      counts[position] = 0
    }
    counts[name] = (counts[name] ?? 0) + 1
    into[position] = name
    at[kept++] = position
  }
  return kept
}

/**
 * Leaves in `repeatedAt` only grams that do stand twice; the most frequent one, the first among equals. Where none
 * stands twice that is the text's first gram.
 */
function keepRepeated(): { first: number; occurrences: number } {
  let kept = 0
  let first = 0
  let occurrences = 1
  for (let c = 0; c < repeatedCount; c++) {
    const at = repeatedAt[c] ?? 0
    const name = names[at] ?? 0
    const count = counts[name] ?? 0
    if (count < 2) continue
    repeatedAt[kept++] = at
    if (name === at && count > occurrences) {
      first = at
      occurrences = count
    }
  }
  repeatedCount = kept
  return { first, occurrences }
}
