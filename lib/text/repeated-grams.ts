import { INFO_SHIFT } from './chunk-table.ts'
import { grown } from './int32-list.ts'
import type { Words } from './words.ts'

/**
 * Characters in n-grams of words that stood before, each counted once: a scan goes on one word after a gram that is
 * new, and n words after one that is not. The reference compares the words of a gram run together (`a bc` is `ab c`),
 * so grams are ranges of the text without its white space here, found by hash and compared character by character.
 *
 * @example n = 2, `a b c a b a b`: ab, bc, ca new; ab known: 2 characters, go on behind it; ab known: 4 characters
 */
export function repeatedGramCharacters(text: Words, n: number): number {
  const last = text.ids.length - n
  if (last < 1) return 0
  const size = 2 ** Math.ceil(Math.log2(last * 2 + 2))
  slots = grown(slots, size)
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

/** The text without white space, and by word: UTF-16 units and code points of it before the word. */
let joined = new Uint16Array(1 << 12)
let unitsBefore = new Int32Array(1 << 10)
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

const FACTOR = 0x2c9277b5
/** FACTOR * INVERSE = 1 (mod 2^32). */
const INVERSE = inverseOf(FACTOR)

/** By Newton's iteration: each step doubles the number of right bits, of which an odd number has three to begin with. */
function inverseOf(odd: number): number {
  let inverse = odd
  for (let bits = 3; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}

/** Reads a text for {@link repeatedGramCharacters}. */
export function joinWords(text: Words): void {
  const count = text.ids.length
  joined = grown(joined, text.length)
  unitsBefore = grown(unitsBefore, count + 1)
  pointsBefore = grown(pointsBefore, count + 1)
  sumsBefore = grown(sumsBefore, count + 1)
  inversePowers = grown(inversePowers, count + 1)
  hashes = grown(hashes, count)
  let word = 0
  startSums()
  for (let chunk = 0; chunk < text.chunkCount; chunk++) {
    const stop = text.chunkEnds[chunk] ?? 0
    let from = text.chunkStarts[chunk] ?? 0
    for (; word < (text.wordEnds[chunk] ?? 0); word++) {
      const points = (text.info[text.ids.items[word] ?? 0] ?? 0) >>> INFO_SHIFT
      const to = text.hasPairs ? unitAfter(text.units, from, stop, points) : from + points
      noteWord(word)
      point += points
      addUnits(text.units, from, to)
      from = to
    }
  }
  noteWord(word)
}

/** What has been joined so far: units, code points, their sum, and the powers of the next unit. */
let unit = 0
let point = 0
let sum = 0
let power = 1
let inverse = 1

function startSums(): void {
  unit = 0
  point = 0
  sum = 0
  power = 1
  inverse = 1
}

function noteWord(word: number): void {
  unitsBefore[word] = unit
  pointsBefore[word] = point
  sumsBefore[word] = sum
  inversePowers[word] = inverse
}

function addUnits(units: Uint16Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const c = units[at] ?? 0
    joined[unit++] = c
    sum = (sum + Math.imul(c, power)) | 0
    power = Math.imul(power, FACTOR)
    inverse = Math.imul(inverse, INVERSE)
  }
}

/** Where the word of this many code points ends that starts at `from`, in a chunk that ends at `stop`. */
function unitAfter(units: Uint16Array, from: number, stop: number, points: number): number {
  let end = from
  for (let i = 0; i < points; i++) {
    const next = end + 1 < stop ? (units[end + 1] ?? 0) : 0
    end += ((units[end] ?? 0) & 0xfc00) === 0xd800 && (next & 0xfc00) === 0xdc00 ? 2 : 1
  }
  return end
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

function equals(at: number, other: number, n: number): boolean {
  const end = unitsBefore[at + n] ?? 0
  const start = unitsBefore[at] ?? 0
  const offset = (unitsBefore[other] ?? 0) - start
  if ((unitsBefore[other + n] ?? 0) - offset !== end) return false
  for (let i = start; i < end; i++) if (joined[i] !== joined[i + offset]) return false
  return true
}
