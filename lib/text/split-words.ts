import { CLASSES, SPACE } from './character-classes.ts'
import { HAS_SURROGATE_PAIR } from './chunk-marks.ts'
import * as chunks from './chunk-table.ts'
import { grown, int32List, push, roomFor } from './int32-list.ts'
import { HASH_BASE } from './range-hashes.ts'
import { HASH_FACTOR, HASH_SEED } from './span-table.ts'
import { codePointLength, type Words } from './word-arrays.ts'

/**
 * Splits a text into a view of the caller's own (a line that was edited, beside the document's view), by a table that
 * cuts chunks into other words than English ones where one is given.
 */
export function splitWords(text: string, into: Words, by: chunks.ChunkTable = english): Words {
  table = by
  load(text, into)
  clear(into)
  findChunks(into)
  const end = readRecords(into)
  into.ids.length = end
  into.info = table.info
  into.wordSpans = table.words
  into.codePoints = codePointLength(into, 0, into.length)
  return into
}

let english: chunks.ChunkTable = chunks.chunkTable()
/** The one of the text at hand. */
let table: chunks.ChunkTable = english
/** Chunks whose records are at hand at a time: those that are not kept are forgotten after it. */
const BLOCK = 1 << 14
/** By chunk of the block: its record. */
const blockRecords = new Int32Array(BLOCK)
/** Chunks of the block that the table does not keep. */
const unkept = int32List()

/** Before a document, of which all is split by one table of English chunks: gives a new one where that is full. */
export function renewEnglish(): void {
  english = chunks.renewChunkTable(english)
}

/** 1 for white space (Python's), by UTF-16 unit. */
export const WHITE: Uint8Array = new Uint8Array(0x10000)
for (let unit = 0; unit < WHITE.length; unit++) WHITE[unit] = (CLASSES[unit] ?? 0) & SPACE ? 1 : 0

/** {@link WHITE}, with 2 for a line break of Python's `splitlines`; these are white space all. */
export const KINDS: Uint8Array = WHITE.slice()
const LINE_BREAK = 2
for (const unit of [0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029]) KINDS[unit] = LINE_BREAK

function load(text: string, into: Words): void {
  into.units = roomFor(into.units, text.length + chunks.SLACK)
  into.length = text.length
  // Every platform that Node runs on is little-endian, as this encoding is.
  const { buffer, byteOffset, byteLength } = into.units
  Buffer.from(buffer, byteOffset, byteLength).write(text, 'utf16le')
  into.units[text.length] = 0x20
}

function clear(into: Words): void {
  const room = Math.max(into.length >> 3, 1)
  into.chunkStarts = roomFor(into.chunkStarts, room)
  into.chunkEnds = roomFor(into.chunkEnds, into.chunkStarts.length)
  into.chunkHashes = roomFor(into.chunkHashes, into.chunkStarts.length)
  into.prefixHashes = roomFor(into.prefixHashes, into.length + 1)
  into.breaks.length = 0
  into.breaks.items = roomFor(into.breaks.items, 1 << 8)
  into.breakChunks.length = 0
  into.breakChunks.items = roomFor(into.breakChunks.items, 1 << 8)
}

function findChunks(into: Words): void {
  const { units, length, prefixHashes } = into
  let { chunkStarts, chunkEnds, chunkHashes } = into
  let count = 0
  let seen = 0
  let prefix = 0
  for (let at = 0; ; ) {
    let kind = 1
    while (at < length && (kind = KINDS[units[at] ?? 0] ?? 0) !== 0) {
      if (kind === LINE_BREAK) addBreak(into, at, count)
      at++
    }
    if (at >= length) break
    const start = at
    let hash = HASH_SEED
    let unit = units[at] ?? 0
    // The space behind the text ends the last one.
    do {
      hash = Math.imul(hash ^ unit, HASH_FACTOR)
      prefixHashes[seen++] = prefix
      prefix = (Math.imul(prefix, HASH_BASE) + unit) | 0
      unit = units[++at] ?? 0
    } while (KINDS[unit] === 0)
    if (count === chunkStarts.length) {
      widen(into)
      ;({ chunkStarts, chunkEnds, chunkHashes } = into)
    }
    chunkStarts[count] = start
    chunkEnds[count] = at
    chunkHashes[count] = hash
    count++
  }
  prefixHashes[seen] = prefix
  into.chunkCount = count
}

function addBreak(into: Words, at: number, chunk: number): void {
  push(into.breaks, at)
  push(into.breakChunks, chunk)
}

function widen(into: Words): void {
  const room = into.chunkStarts.length * 2
  into.chunkStarts = grown(into.chunkStarts, room)
  into.chunkEnds = grown(into.chunkEnds, room)
  into.chunkHashes = grown(into.chunkHashes, room)
}

/** Fills in what the chunks' records say. Returns how many words there are. */
function readRecords(into: Words): number {
  const { chunkCount, sums } = into
  into.wordEnds = roomFor(into.wordEnds, chunkCount)
  into.chunkMarks = roomFor(into.chunkMarks, chunkCount)
  into.chunkSentences = roomFor(into.chunkSentences, chunkCount)
  into.ids.items = roomFor(into.ids.items, chunkCount)
  into.hasPairs = false
  sums.nonSymbols = 0
  sums.characters = 0
  sums.alphabetics = 0
  sums.hashes = 0
  sums.ellipses = 0
  const bytes = new DataView(into.units.buffer, into.units.byteOffset, into.units.byteLength)
  let end = 0
  for (let from = 0; from < chunkCount; from += BLOCK) {
    const to = Math.min(from + BLOCK, chunkCount)
    // First by their hashes alone, in a loop so small that the processor waits for many records at a time.
    chunks.findByHash(table, into.chunkHashes, from, to, blockRecords)
    compareRecords(into, bytes, from, to, blockRecords)
    readUnkept(into, from)
    const words = countWords(table.records, blockRecords, to - from)
    into.ids.items = grown(into.ids.items, end + words)
    copyIds(table.records, table.wordIds.items, blockRecords, from, to, into.wordEnds, into.ids.items, end)
    sumRecords(into, table.records, blockRecords, from, to)
    chunks.forgetChunks(table)
    end += words
  }
  return end
}

/** Compares the records found with their chunks, and finds or makes others. */
function compareRecords(text: Words, bytes: DataView, from: number, to: number, records: Int32Array): void {
  const { units, chunkStarts, chunkEnds, chunkHashes } = text
  unkept.length = 0
  for (let i = from; i < to; i++) {
    const start = chunkStarts[i] ?? 0
    const end = chunkEnds[i] ?? 0
    if (chunks.isChunk(table, records[i - from] ?? 0, units, bytes, start, end)) continue
    const record = chunks.findOrAddChunk(table, units, bytes, start, end, chunkHashes[i] ?? 0)
    if (record === -1) push(unkept, i)
    records[i - from] = record
  }
}

/** After the others, so that their records lie behind those that are kept. */
function readUnkept({ units, chunkStarts, chunkEnds }: Words, from: number): void {
  for (let i = 0; i < unkept.length; i++) {
    const chunk = unkept.items[i] ?? 0
    blockRecords[chunk - from] = chunks.readChunk(
      table,
      units,
      chunkStarts[chunk] ?? 0,
      chunkEnds[chunk] ?? 0,
    )
  }
}

function countWords(records: Int32Array, block: Int32Array, count: number): number {
  let total = 0
  for (let i = 0; i < count; i++) total += records[(block[i] ?? 0) * chunks.RECORD + chunks.WORDS] ?? 0
  return total
}

function copyIds(
  records: Int32Array,
  wordIds: Int32Array,
  block: Int32Array,
  from: number,
  to: number,
  wordEnds: Int32Array,
  into: Int32Array,
  first: number,
): void {
  let at = first
  for (let i = from; i < to; i++) {
    const record = (block[i - from] ?? 0) * chunks.RECORD
    const count = records[record + chunks.WORDS] ?? 0
    into[at++] = records[record + chunks.FIRST_ID] ?? 0
    if (count > 1) {
      const ids = records[record + chunks.WORD_IDS] ?? 0
      for (let word = 1; word < count; word++) into[at++] = wordIds[ids + word] ?? 0
    }
    wordEnds[i] = at
  }
}

function sumRecords(into: Words, records: Int32Array, block: Int32Array, from: number, to: number): void {
  const { chunkMarks, chunkSentences, sums } = into
  let nonSymbols = 0
  let characters = 0
  let alphabetics = 0
  let hashes = 0
  let ellipses = 0
  let marks = 0
  for (let i = from; i < to; i++) {
    const record = (block[i - from] ?? 0) * chunks.RECORD
    nonSymbols += records[record + chunks.NON_SYMBOLS] ?? 0
    characters += records[record + chunks.CHARACTERS] ?? 0
    alphabetics += records[record + chunks.ALPHABETICS] ?? 0
    hashes += records[record + chunks.HASHES] ?? 0
    ellipses += records[record + chunks.ELLIPSES] ?? 0
    const mark = records[record + chunks.MARKS] ?? 0
    marks |= mark
    chunkMarks[i] = mark
    chunkSentences[i] = records[record + chunks.SENTENCES] ?? 0
  }
  if ((marks & HAS_SURROGATE_PAIR) !== 0) into.hasPairs = true
  sums.nonSymbols += nonSymbols
  sums.characters += characters
  sums.alphabetics += alphabetics
  sums.hashes += hashes
  sums.ellipses += ellipses
}
