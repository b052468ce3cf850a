import { type Document, defineView } from '../documents/document.ts'
import { CLASSES, SPACE } from './character-classes.ts'
import { HAS_SURROGATE_PAIR } from './chunk-marks.ts'
import {
  addChunk,
  appendWords,
  type ChunkTable,
  chunkTable,
  LONGEST_KEPT,
  renewChunkTable,
} from './chunk-table.ts'
import { grown, type Int32List, int32List, roomFor } from './int32-list.ts'
import { findSpan, HASH_FACTOR, HASH_SEED, hashSpan, type SpanTable } from './span-table.ts'

/**
 * A text's English words as datatrove 0.10.1 counts them: the tokens of spaCy's blank English pipeline, stripped, the
 * empty ones left out. `Don't e-mail!` → `Do|n't|e|-|mail|!`. Words are ids: equal words have equal ids within one
 * text; ids of two texts must not be compared. All arrays are reused by the next text.
 */
export interface Words {
  /** The text as UTF-16 at [0, length). */
  units: Uint16Array
  length: number
  /** Length of the text in code points; equals `length` where `hasPairs` is false. */
  codePoints: number
  /** True when a surrogate pair is in the text: only then do units and code points differ. */
  hasPairs: boolean
  /** Runs without white space: chunk i is units [chunkStarts[i], chunkEnds[i]). */
  chunkCount: number
  chunkStarts: Int32Array
  chunkEnds: Int32Array
  /** Words of chunk i: [wordEnds[i - 1], wordEnds[i]) of `ids`. */
  wordEnds: Int32Array
  chunkMarks: Uint8Array
  /** Ids of the words in order at [0, ids.length). */
  readonly ids: Int32List
  /** By word id: see `INFO_SHIFT` and the bits beside it; `sumOf` its units; the units themselves. */
  info: Int32Array
  wordSums: Int32Array
  wordSpans: SpanTable
}

/** The words of a document, computed once for all its filters. */
export const words: (document: Document) => Words = defineView((text) => {
  table = renewChunkTable(table)
  return splitWords(text, view)
})

/** Splits a text into a view of the caller's own (a line that was edited, beside the document's view). */
export function splitWords(text: string, into: Words): Words {
  load(text, into)
  clear(into)
  scanChunks(into)
  into.info = table.info
  into.wordSums = table.sums
  into.wordSpans = table.words
  into.hasPairs = hasMark(into, HAS_SURROGATE_PAIR)
  into.codePoints = codePointLength(into, 0, into.length)
  return into
}

export function emptyWords(): Words {
  return {
    units: new Uint16Array(1 << 12),
    length: 0,
    codePoints: 0,
    hasPairs: false,
    chunkCount: 0,
    chunkStarts: new Int32Array(1 << 10),
    chunkEnds: new Int32Array(1 << 10),
    wordEnds: new Int32Array(1 << 10),
    chunkMarks: new Uint8Array(1 << 10),
    ids: int32List(1 << 10),
    info: new Int32Array(0),
    wordSums: new Int32Array(0),
    wordSpans: table.words,
  }
}

/** Id of a word in the last text split, or -1 when no text has held it; the text itself need not hold it. */
export function idOfWord(word: string): number {
  const units = Uint16Array.from({ length: word.length }, (_, i) => word.charCodeAt(i))
  return findSpan(table.words, units, 0, units.length, hashSpan(units, 0, units.length))
}

/** Length in code points of units [start, end) of a text. */
export function codePointLength(text: Words, start: number, end: number): number {
  if (!text.hasPairs) return end - start
  let length = 0
  for (let i = start; i < end; i++) {
    const high = ((text.units[i] ?? 0) & 0xfc00) === 0xd800
    if (high && i + 1 < end && ((text.units[i + 1] ?? 0) & 0xfc00) === 0xdc00) i++
    length++
  }
  return length
}

let table: ChunkTable = chunkTable()
const view = emptyWords()

/** 1 for white space (Python's), by UTF-16 unit. */
export const WHITE: Uint8Array = new Uint8Array(0x10000)
for (let unit = 0; unit < WHITE.length; unit++) WHITE[unit] = (CLASSES[unit] ?? 0) & SPACE ? 1 : 0

function load(text: string, into: Words): void {
  into.units = roomFor(into.units, text.length)
  into.length = text.length
  // Every platform that Node runs on is little-endian, as this encoding is.
  const { buffer, byteOffset, byteLength } = into.units
  Buffer.from(buffer, byteOffset, byteLength).write(text, 'utf16le')
}

function clear(into: Words): void {
  into.ids.length = 0
  into.ids.items = roomFor(into.ids.items, into.length >> 3)
  into.chunkCount = 0
  const room = Math.max(into.length >> 3, 1)
  into.chunkStarts = roomFor(into.chunkStarts, room)
  into.chunkEnds = roomFor(into.chunkEnds, room)
  into.wordEnds = roomFor(into.wordEnds, room)
  into.chunkMarks = roomFor(into.chunkMarks, room)
}

function scanChunks(into: Words): void {
  const { units, length } = into
  let at = 0
  for (;;) {
    while (at < length && WHITE[units[at] ?? 0] === 1) at++
    if (at >= length) return
    const start = at
    let hash = HASH_SEED
    for (; at < length; at++) {
      const unit = units[at] ?? 0
      if (WHITE[unit] === 1) break
      hash = Math.imul(hash ^ unit, HASH_FACTOR)
    }
    addToView(into, start, at, hash)
  }
}

function addToView(into: Words, start: number, end: number, hash: number): void {
  const at = into.chunkCount++
  if (at === into.chunkStarts.length) widen(into)
  into.chunkStarts[at] = start
  into.chunkEnds[at] = end
  if (end - start > LONGEST_KEPT) {
    into.chunkMarks[at] = appendWords(table, into.units, start, end, into.ids)
  } else {
    let chunk = findSpan(table.chunks, into.units, start, end, hash)
    if (chunk === -1) chunk = addChunk(table, into.units, start, end, hash)
    copyWords(chunk, into.ids)
    into.chunkMarks[at] = table.marks[chunk] ?? 0
  }
  into.wordEnds[at] = into.ids.length
}

function copyWords(chunk: number, ids: Int32List): void {
  const from = chunk === 0 ? 0 : (table.wordEnds[chunk - 1] ?? 0)
  const end = table.wordEnds[chunk] ?? 0
  const start = ids.length
  ids.length = start + end - from
  ids.items = grown(ids.items, ids.length)
  const into = ids.items
  const source = table.wordIds.items
  for (let i = from; i < end; i++) into[start + i - from] = source[i] ?? 0
}

function widen(into: Words): void {
  const room = into.chunkStarts.length * 2
  into.chunkStarts = grown(into.chunkStarts, room)
  into.chunkEnds = grown(into.chunkEnds, room)
  into.wordEnds = grown(into.wordEnds, room)
  into.chunkMarks = grown(into.chunkMarks, room)
}

function hasMark(text: Words, mark: number): boolean {
  let marks = 0
  for (let i = 0; i < text.chunkCount; i++) marks |= text.chunkMarks[i] ?? 0
  return (marks & mark) !== 0
}
