import { type Document, defineView } from '../documents/document.ts'
import { roomFor } from './int32-list.ts'
import {
  addSpanTo,
  clearSpans,
  emptySpans,
  firstChunk,
  newlineLines,
  type Spans,
  skipWhite,
  trimWhite,
} from './lines.ts'
import { HASH_FACTOR, spread } from './span-table.ts'
import { codePointLength, type Words } from './word-arrays.ts'
import { words } from './words.ts'

/** Which of a document's `newlineLines` are equal to an earlier one: 1 or 0, in their order. */
export const repeatedLines: (document: Document) => Uint8Array = (document) => {
  currentWords = words(document)
  currentLines = newlineLines(document)
  return repeatedView(document)
}

let currentWords: Words
let currentLines: Spans
let lineFlags = new Uint8Array(256)
const repeatedView = defineView(() => {
  lineFlags = markRepeated(currentWords, currentLines, lineFlags)
  return lineFlags
})

/** Parts of a text between blank lines (`\n\n` and longer) after white space is cut off its ends; never none. */
export function paragraphs({ units, length, breaks, breakChunks, chunkCount }: Words): Spans {
  clearSpans(parts)
  let start = skipWhite(units, 0, length)
  const end = trimWhite(units, start, length)
  for (let i = 0; i + 1 < breaks.length; i++) {
    const at = breaks.items[i] ?? 0
    if (at < start || units[at] !== 0x0a || units[at + 1] !== 0x0a || at >= end) continue
    addSpanTo(parts, start, at, breakChunks.items[i] ?? 0)
    while (units[(breaks.items[i] ?? 0) + 1] === 0x0a) i++
    start = (breaks.items[i] ?? 0) + 1
  }
  addSpanTo(parts, start, end, chunkCount)
  return parts
}

const parts = emptySpans()

/** Later occurrences of parts that stood before: how many, and their length in code points. */
export interface Repetition {
  readonly elements: number
  readonly characters: number
}

export function repetition(text: Words, spans: Spans, repeated: Uint8Array): Repetition {
  let elements = 0
  let characters = 0
  for (let i = 0; i < spans.starts.length; i++) {
    if (repeated[i] !== 1) continue
    elements++
    characters += codePointLength(text, spans.starts.items[i] ?? 0, spans.ends.items[i] ?? 0)
  }
  return { elements, characters }
}

/** Paragraphs that stood before. */
export function repeatedParagraphs(text: Words): Repetition & { readonly paragraphs: number } {
  const spans = paragraphs(text)
  const count = spans.starts.length
  if (count === 1) return { elements: 0, characters: 0, paragraphs: 1 }
  paragraphFlags = markRepeated(text, spans, paragraphFlags)
  return { ...repetition(text, spans, paragraphFlags), paragraphs: count }
}

let paragraphFlags = new Uint8Array(256)
let slots = new Int32Array(1 << 10)
let hashes = new Int32Array(256)

/** Sets a flag for every span whose characters are those of an earlier one. Returns the flags, grown if need be. */
function markRepeated(text: Words, spans: Spans, flags: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const count = spans.starts.length
  const marks = roomFor(flags, count)
  hashes = roomFor(hashes, count)
  const size = 2 ** Math.ceil(Math.log2(count * 2 + 1))
  slots = roomFor(slots, size)
  slots.fill(0, 0, size)
  for (let i = 0; i < count; i++) {
    const hash = hashOf(text, spans, i)
    hashes[i] = hash
    marks[i] = isKnown(text.units, spans, i, hash, size - 1) ? 1 : 0
  }
  return marks
}

/** Made of the hashes of its chunks and of the white space around them. */
function hashOf({ units, chunkStarts, chunkEnds, chunkHashes }: Words, spans: Spans, i: number): number {
  const stop = spans.chunks.items[i] ?? 0
  let at = spans.starts.items[i] ?? 0
  let hash = 0
  for (let chunk = firstChunk(spans, i); chunk < stop; chunk++) {
    const start = chunkStarts[chunk] ?? 0
    while (at < start) hash = Math.imul(hash ^ (units[at++] ?? 0), HASH_FACTOR)
    hash = Math.imul(hash ^ (chunkHashes[chunk] ?? 0), HASH_FACTOR)
    at = chunkEnds[chunk] ?? 0
  }
  const end = spans.ends.items[i] ?? 0
  while (at < end) hash = Math.imul(hash ^ (units[at++] ?? 0), HASH_FACTOR)
  return hash
}

/** True when an earlier span equals span `i`; else enters it. */
function isKnown(units: Uint16Array, spans: Spans, i: number, hash: number, mask: number): boolean {
  let slot = spread(hash) & mask
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const other = (slots[slot] ?? 0) - 1
    if (hashes[other] === hash && equals(units, spans, i, other)) return true
  }
  slots[slot] = i + 1
  return false
}

function equals(units: Uint16Array, { starts, ends }: Spans, a: number, b: number): boolean {
  const start = starts.items[a] ?? 0
  const other = starts.items[b] ?? 0
  const length = (ends.items[a] ?? 0) - start
  if ((ends.items[b] ?? 0) - other !== length) return false
  for (let i = 0; i < length; i++) if (units[start + i] !== units[other + i]) return false
  return true
}
