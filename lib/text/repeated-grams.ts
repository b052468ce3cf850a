import { INFO_SHIFT } from './chunk-table.ts'
import { FACTOR, INVERSE, powerOf } from './gram-hash.ts'
import { roomFor } from './int32-list.ts'
import type { SpanTable } from './span-table.ts'
import type { Words } from './words.ts'

/**
 * Characters in n-grams of words that stood before, each counted once: a scan goes on one word after a gram that is
 * new, and n words after one that is not. The reference compares the words of a gram run together (`a bc` is `ab c`),
 * so a gram is the characters of its words here, whatever they are cut into: found by hash, compared one by one.
 *
 * @example n = 2, `a b c a b a b`: ab, bc, ca new; ab known: 2 characters, go on behind it; ab known: 4 characters
 */
export function repeatedGramCharacters(text: Words, n: number): number {
  const last = text.ids.length - n
  if (last < 1) return 0
  const size = 2 ** Math.ceil(Math.log2(last * 2 + 2))
  slots = roomFor(slots, size)
  slots.fill(0, 0, size)
  let characters = 0
  for (let at = 0; at <= last; ) {
    if (isKnown(at, n, size - 1)) {
      characters += (pointsBefore[at + n] ?? 0) - (pointsBefore[at] ?? 0)
      at += n
    } else {
      at++
    }
  }
  return characters
}

const KEPT_POWERS = 64
const POWERS = Int32Array.from({ length: KEPT_POWERS }, (_, exponent) => powerOf(FACTOR, exponent))
const INVERSE_POWERS = Int32Array.from({ length: KEPT_POWERS }, (_, exponent) => powerOf(INVERSE, exponent))

/** By word: code points before it. */
let pointsBefore = new Int32Array(1 << 10)
/**
 * By word: sum of the units before it, each times FACTOR ** its position, and FACTOR ** -position of the word, so that
 * the difference of two sums times the latter is a hash of the units between them, wherever they stand (mod 2^32).
 */
let sumsBefore = new Int32Array(1 << 10)
let inversePowers = new Int32Array(1 << 10)
/** Positions of the grams met + 1, by the hash of their units; the hashes are by position. */
let slots = new Int32Array(1 << 12)
let hashes = new Int32Array(1 << 10)
/** The text that was read last. */
let ids: Int32Array = new Int32Array(0)
let wordSpans: SpanTable

/** Reads a text for {@link repeatedGramCharacters}. */
export function readGrams(text: Words): void {
  const count = text.ids.length
  pointsBefore = roomFor(pointsBefore, count + 1)
  sumsBefore = roomFor(sumsBefore, count + 1)
  inversePowers = roomFor(inversePowers, count + 1)
  hashes = roomFor(hashes, count)
  ids = text.ids.items
  wordSpans = text.wordSpans
  sumWords(text, count)
}

function sumWords({ info, wordSums }: Words, count: number): void {
  const { ends } = wordSpans
  let points = 0
  let sum = 0
  let power = 1
  let inverse = 1
  for (let word = 0; word < count; word++) {
    const id = ids[word] ?? 0
    pointsBefore[word] = points
    sumsBefore[word] = sum
    inversePowers[word] = inverse
    points += (info[id] ?? 0) >>> INFO_SHIFT
    sum = (sum + Math.imul(wordSums[id] ?? 0, power)) | 0
    const length = (ends[id] ?? 0) - (id === 0 ? 0 : (ends[id - 1] ?? 0))
    power = Math.imul(power, length < KEPT_POWERS ? (POWERS[length] ?? 0) : powerOf(FACTOR, length))
    inverse = Math.imul(
      inverse,
      length < KEPT_POWERS ? (INVERSE_POWERS[length] ?? 0) : powerOf(INVERSE, length),
    )
  }
  pointsBefore[count] = points
  sumsBefore[count] = sum
}

/** True when the gram of n words at `at` was met before; else it is entered. */
function isKnown(at: number, n: number, mask: number): boolean {
  const hash = Math.imul((sumsBefore[at + n] ?? 0) - (sumsBefore[at] ?? 0), inversePowers[at] ?? 0)
  let slot = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7
  for (slot &= mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const other = (slots[slot] ?? 0) - 1
    if (hashes[other] === hash && equals(at, other, n)) return true
  }
  slots[slot] = at + 1
  hashes[at] = hash
  return false
}

/** Equal words make equal grams; words that differ may still be the same characters when they are run together. */
function equals(at: number, other: number, n: number): boolean {
  let word = 0
  while (word < n && ids[at + word] === ids[other + word]) word++
  return word === n || equalsJoined(at, other, n)
}

/** Compares the grams' characters, each read from word to word on its own. */
function equalsJoined(at: number, other: number, n: number): boolean {
  const { arena, ends } = wordSpans
  const startOf = (id: number) => (id === 0 ? 0 : (ends[id - 1] ?? 0))
  let a = 0
  let b = 0
  let inA = startOf(ids[at] ?? 0)
  let inB = startOf(ids[other] ?? 0)
  while (a < n && b < n) {
    if (arena[inA++] !== arena[inB++]) return false
    if (inA === ends[ids[at + a] ?? 0]) inA = startOf(ids[at + ++a] ?? 0)
    if (inB === ends[ids[other + b] ?? 0]) inB = startOf(ids[other + ++b] ?? 0)
  }
  return a === n && b === n
}
