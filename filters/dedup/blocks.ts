/** What the methods that cut blocks share: their settings, how pieces are compared, and what is left of a text. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { whiteSpaceAt } from './exact.ts'
import { scope } from './scope.ts'

/** Blocks of a document that are looked at; what comes after stays as it is. Bounds the memory of a hostile one. */
export const MOST_BLOCKS: number = 1 << 20

/** Settings of a method over `pieces` (`lines`), of which `limit` stay unless set. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the shape is the type
export function blockSettings(pieces: string, limit: number) {
  return z.strictObject({
    limit: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(limit)
      .describe(`Occurrences of ${pieces} that stay in the corpus; the first ones by priority.`),
    minCharacters: z
      .int()
      .min(1)
      .default(16)
      .describe(
        `Letters and digits (all but white space and ASCII punctuation) that ${pieces} must have to be looked for: ` +
          'brackets, rules and short headings stay.',
      ),
    minRest: z
      .int()
      .min(0)
      .default(200)
      .describe(
        'Characters that must be left of a document that something was cut out of; with fewer it goes.',
      ),
    scope,
  })
}

/** Words of a piece's hash: a key of 64 bits, and 32 more to tell apart what shares it. */
export const HASH_WORDS = 3

/** A hash of bytes [start, end) of a text into `into[at]…`, or false where the piece has too few letters. */
export type HashPiece = (
  text: Uint8Array,
  start: number,
  end: number,
  into: Uint32Array,
  at: number,
) => boolean

/**
 * Pieces are the same when their texts are, up to white space: each run of it (the list of `exact`) counts as one space,
 * and none at the ends. The hash is the first 96 bits of SHA-256 of that: a pair of different pieces has the same one with
 * probability 2^-96, and nobody can write such a pair.
 */
export function pieceHasher(minCharacters: number): HashPiece {
  let buffer = Buffer.allocUnsafeSlow(1 << 12)
  return (text, start, end, into, at) => {
    if (buffer.length < end - start) buffer = Buffer.allocUnsafeSlow(2 * (end - start))
    const length = collapse(text, start, end, buffer)
    const piece = buffer.subarray(0, length)
    if (lettersAndDigits(piece) < minCharacters) return false
    const digest = hash('sha256', piece, 'buffer')
    for (let word = 0; word < HASH_WORDS; word++) into[at + word] = digest.readUInt32BE(4 * word)
    return true
  }
}

/** Writes bytes [start, end) into `into` with white space collapsed; returns how many are left. */
function collapse(text: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let to = 0
  let pending = false
  for (let from = start; from < end; ) {
    const byte = text[from] ?? 0
    const white = byte > 0x20 && byte < 0xc2 ? 0 : whiteSpaceAt(text, from, byte)
    if (white > 0) {
      pending = to > 0
      from += white
      continue
    }
    if (pending) into[to++] = 0x20
    pending = false
    into[to++] = byte
    from++
  }
  return to
}

/** Code points of UTF-8 that are no white space and no ASCII punctuation; other scripts' white space is collapsed to a space. */
function lettersAndDigits(text: Uint8Array): number {
  let count = 0
  for (const byte of text) {
    const letter = byte | 0x20
    if (byte >= 0xc0 || (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) count++
  }
  return count
}

/** Code points of UTF-8. */
export function characters(text: Uint8Array): number {
  let count = 0
  for (const byte of text) if ((byte & 0xc0) !== 0x80) count++
  return count
}

/** A growing list of the ends of blocks. */
export interface Ends {
  /** False once there are `MOST_BLOCKS`. Ends that do not rise are not added. */
  add(end: number): boolean
  list(): Uint32Array
}

export function createEnds(): Ends {
  let ends = new Uint32Array(64)
  let count = 0
  return {
    add(end) {
      if (end <= (ends[count - 1] ?? 0)) return true
      if (count === MOST_BLOCKS) return false
      if (count === ends.length) {
        const more = new Uint32Array(2 * count)
        more.set(ends)
        ends = more
      }
      ends[count++] = end
      return true
    },
    list: () => ends.slice(0, count),
  }
}

const LINE_FEED = 0x0a

/**
 * Calls `visit` with each line that is more than white space: [start, end) with its line feed, and whether white-space lines
 * stand before it. Stops where it returns false.
 */
export function forEachLine(
  text: Uint8Array,
  visit: (start: number, end: number, afterBlank: boolean) => boolean,
): void {
  let afterBlank = false
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf(LINE_FEED, start)
    const end = feed === -1 ? text.length : feed + 1
    if (isBlank(text, start, end)) afterBlank = true
    else {
      if (!visit(start, end, afterBlank)) return
      afterBlank = false
    }
    start = end
  }
}

function isBlank(text: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const white = whiteSpaceAt(text, at, text[at] ?? 0)
    if (white === 0) return false
    at += white
  }
  return true
}

/** Bytes [start, end) of a text. */
export type ByteSpan = readonly [start: number, end: number]

/**
 * The text without the blocks `cuts`, in any order. Of a cut that begins within a line, line feeds at its end stay, so that
 * the lines around it stay apart; white space before a cut at the end of the text, or of a line, goes.
 *
 *     "A. B.\nC. D."  without "B.\n"  →  "A.\nC. D."
 */
export function withoutCuts(text: Uint8Array, cuts: readonly ByteSpan[]): Uint8Array {
  if (cuts.length === 0) return text
  const left: Uint8Array[] = []
  let at = 0
  for (const [start, end] of disjoint(cuts)) {
    let to = start
    let next = end
    const withinLine = start > 0 && text[start - 1] !== LINE_FEED
    if (withinLine) {
      const space = backOverSpace(text, start, end)
      if (text.subarray(space, end).includes(LINE_FEED)) next = space
    }
    if (next === text.length || next < end) to = backOverSpace(text, at, start)
    left.push(text.subarray(at, to))
    at = next
  }
  left.push(text.subarray(at))
  return Buffer.concat(left)
}

/** The start of the white space (ASCII) that ends at `end`, not before `start`. */
function backOverSpace(text: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start) {
    const byte = text[at - 1] ?? 0
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) break
    at--
  }
  return at
}

function disjoint(spans: readonly ByteSpan[]): ByteSpan[] {
  const merged: ByteSpan[] = []
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    const last = merged.at(-1)
    if (last === undefined || start > last[1]) merged.push([start, end])
    else merged[merged.length - 1] = [last[0], Math.max(last[1], end)]
  }
  return merged
}
