import { INFO_SHIFT } from './chunk-table.ts'
import { roomFor } from './int32-list.ts'
import type { Words } from './words.ts'

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
export function topGramCharacters(text: Words, greatest: number): number[] {
  const count = text.ids.length
  makeRoom(count)
  sumLengths(text)
  const top = [0, 0]
  names.set(text.ids.items.subarray(0, count))
  for (let i = 0; i < count; i++) repeatedAt[i] = i
  repeatedCount = count
  for (let n = 2; n <= greatest; n++) {
    nameLongerGrams()
    top.push(count < n ? 0 : topCharacters(n))
    keepRepeated()
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
/** Code points of the words before each position. */
let lengthBefore = new Int32Array(1 << 10)
let slots = new Int32Array(1 << 12)

function makeRoom(count: number): void {
  names = roomFor(names, count)
  nextNames = roomFor(nextNames, count)
  counts = roomFor(counts, count)
  repeatedAt = roomFor(repeatedAt, count)
  lengthBefore = roomFor(lengthBefore, count + 1)
}

function sumLengths({ ids, info }: Words): void {
  let sum = 0
  for (let i = 0; i < ids.length; i++) {
    lengthBefore[i] = sum
    sum += (info[ids.items[i] ?? 0] ?? 0) >>> INFO_SHIFT
  }
  lengthBefore[ids.length] = sum
}

/** Names the grams one word longer at all positions where two neighbouring grams are repeated: `repeatedAt` after. */
function nameLongerGrams(): void {
  const size = 2 ** Math.ceil(Math.log2(repeatedCount * 2 + 1))
  slots = roomFor(slots, size)
  slots.fill(0, 0, size)
  let kept = 0
  for (let c = 0; c + 1 < repeatedCount; c++) {
    const at = repeatedAt[c] ?? 0
    if (repeatedAt[c + 1] !== at + 1) continue
    nextNames[at] = nameOfPair(at, names[at] ?? 0, names[at + 1] ?? 0, size - 1)
    repeatedAt[kept++] = at
  }
  repeatedCount = kept
  const free = names
  names = nextNames
  nextNames = free
}

/** First position whose gram and its neighbour's have these two names. */
function nameOfPair(at: number, first: number, second: number, mask: number): number {
  const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 0x7f4a7c15, 0x85ebca6b)
  let slot = (hash ^ (hash >>> 15)) & mask
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const name = (slots[slot] ?? 0) - 1
    if (names[name] !== first || names[name + 1] !== second) continue
    counts[name] = (counts[name] ?? 0) + 1
    return name
  }
  slots[slot] = at + 1
  counts[at] = 1
  return at
}

/** The most frequent gram, the first one among equals; where none stands twice that is the text's first gram. */
function topCharacters(n: number): number {
  let best = 0
  let most = 1
  for (let c = 0; c < repeatedCount; c++) {
    const at = repeatedAt[c] ?? 0
    const count = counts[at] ?? 0
    if (names[at] === at && count > most) {
      best = at
      most = count
    }
  }
  return ((lengthBefore[best + n] ?? 0) - (lengthBefore[best] ?? 0) + n - 1) * most
}

/** Leaves in `repeatedAt` only grams that do stand twice. */
function keepRepeated(): void {
  let kept = 0
  for (let c = 0; c < repeatedCount; c++) {
    const at = repeatedAt[c] ?? 0
    if ((counts[names[at] ?? 0] ?? 0) > 1) repeatedAt[kept++] = at
  }
  repeatedCount = kept
}
