import { type Document, defineView } from '../documents/document.ts'
import { CLASSES, SPACE } from './character-classes.ts'
import { HAS_SURROGATE_PAIR } from './chunk-marks.ts'
import * as chunks from './chunk-table.ts'
import { grown, type Int32List, int32List, push, roomFor } from './int32-list.ts'
import { HASH_BASE } from './range-hashes.ts'
import { findSpan, HASH_FACTOR, HASH_SEED, hashSpan, type SpanTable } from './span-table.ts'
import { unitsOf } from './units-of.ts'
import { createWordsKernel, MOST_SMALL_UNITS, type WordsKernel } from './words-kernel.ts'

/**
 * A text's English words as datatrove 0.10.1 counts them: the tokens of spaCy's blank English pipeline, stripped, the
 * empty ones left out. `Don't e-mail!` → `Do|n't|e|-|mail|!`. Words are ids: equal words have equal ids within one
 * text; ids of two texts must not be compared. All arrays are reused by the next text.
 */
export interface Words {
  /** The text as UTF-16 at [0, length); a space follows, and room for `SLACK`. */
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
  chunkHashes: Int32Array
  /** Words of chunk i: [wordEnds[i - 1], wordEnds[i]) of `ids`. */
  wordEnds: Int32Array
  chunkMarks: Uint8Array
  /** See `SENTENCES` of the chunk table. */
  chunkSentences: Int32Array
  /** Line breaks of any kind, by unit, and how many chunks stand before each. */
  readonly breaks: Int32List
  readonly breakChunks: Int32List
  /** Sums over all words; see the fields of the same names in the chunk table. */
  readonly sums: WordSums
  /** Ids of the words in order at [0, ids.length). */
  readonly ids: Int32List
  /** By word id: see `INFO_SHIFT` and the bits beside it; the words' units. */
  info: Int32Array
  /** The words, where no kernel has them. */
  wordSpans: SpanTable
  /**
   * By units that are not white space, [0, n] of them: the sum of those before, each times HASH_BASE ** (how many
   * follow it), mod 2^32, from which `hashBetween` has the hash of any range.
   */
  prefixHashes: Int32Array
  /** Whose memory the arrays are in: it finds sequences of words, and leaves `prefixHashes` alone. */
  readonly kernel?: WordsKernel
}

export interface WordSums {
  nonSymbols: number
  characters: number
  alphabetics: number
  hashes: number
  ellipses: number
}

/** The words of a document, computed once for all its filters. */
export const words: (document: Document) => Words = defineView((text) => {
  english = chunks.renewChunkTable(english)
  const isSmall = text.length <= MOST_SMALL_UNITS
  if (isSmall) large = undefined
  const by = isSmall ? (small ??= kernelView()) : (large ??= kernelView())
  if (by?.kernel?.fits(text) !== true) return splitWords(text, view)
  // An empty text gives back what a huge one needed.
  if (view.units.length > MOST_SMALL_UNITS) splitWords('', view)
  return splitByKernel(text, by.kernel, by)
})

function kernelView(): Words | null {
  const kernel = createWordsKernel(KINDS)
  return kernel === undefined ? null : viewOf(kernel)
}

function viewOf(kernel: WordsKernel): Words {
  const { breaks, breakChunks, ids, ...arrays } = kernel.views
  return {
    ...emptyWords(),
    ...arrays,
    breaks: { items: breaks, length: 0 },
    breakChunks: { items: breakChunks, length: 0 },
    ids: { items: ids, length: 0 },
    kernel,
  }
}

function splitByKernel(text: string, by: WordsKernel, into: Words): Words {
  const split = by.split(text)
  into.length = text.length
  into.chunkCount = split.chunks
  into.breaks.length = split.breaks
  into.breakChunks.length = split.breaks
  into.ids.length = split.words
  into.hasPairs = (split.marks & HAS_SURROGATE_PAIR) !== 0
  into.sums.nonSymbols = split.sums[0] ?? 0
  into.sums.characters = split.sums[1] ?? 0
  into.sums.alphabetics = split.sums[2] ?? 0
  into.sums.hashes = split.sums[3] ?? 0
  into.sums.ellipses = split.sums[4] ?? 0
  into.codePoints = codePointLength(into, 0, into.length)
  return into
}

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

export function emptyWords(): Words {
  return {
    units: new Uint16Array(1 << 12),
    length: 0,
    codePoints: 0,
    hasPairs: false,
    chunkCount: 0,
    chunkStarts: new Int32Array(1 << 10),
    chunkEnds: new Int32Array(1 << 10),
    chunkHashes: new Int32Array(1 << 10),
    wordEnds: new Int32Array(1 << 10),
    chunkMarks: new Uint8Array(1 << 10),
    chunkSentences: new Int32Array(1 << 10),
    breaks: int32List(1 << 8),
    breakChunks: int32List(1 << 8),
    sums: { nonSymbols: 0, characters: 0, alphabetics: 0, hashes: 0, ellipses: 0 },
    ids: int32List(1 << 10),
    info: new Int32Array(0),
    wordSpans: english.words,
    prefixHashes: new Int32Array(1 << 12),
  }
}

/** Id of a word in a text that was split, or -1 when no text has held it; the text itself need not hold it. */
export function idOfWord(text: Words, word: string): number {
  return idOfUnits(text, unitsOf(word))
}

/** Whether the text holds a word, given by its units. */
export function holdsWord(text: Words, units: Uint16Array): boolean {
  const { ids, kernel: by } = text
  if (by !== undefined) return by.holds(units, ids.length)
  const id = idOfUnits(text, units)
  return id !== -1 && ids.items.subarray(0, ids.length).includes(id)
}

function idOfUnits({ wordSpans, kernel: by }: Words, units: Uint16Array): number {
  if (by !== undefined) return by.idOf(units)
  return findSpan(wordSpans, units, 0, units.length, hashSpan(units, 0, units.length))
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

let english: chunks.ChunkTable = chunks.chunkTable()
/** The one of the text at hand. */
let table: chunks.ChunkTable = english
/** Chunks whose records are at hand at a time: those that are not kept are forgotten after it. */
const BLOCK = 1 << 14
/** By chunk of the block: its record. */
const blockRecords = new Int32Array(BLOCK)
/** Chunks of the block that the table does not keep. */
const unkept = int32List()
const view = emptyWords()
/** Made when first asked for; null where there can be none. */
let small: Words | null | undefined
/** Likewise, for long texts. Given up with the next short one, since a kernel's memory stays as large as it was used. */
let large: Words | null | undefined

/** 1 for white space (Python's), by UTF-16 unit. */
export const WHITE: Uint8Array = new Uint8Array(0x10000)
for (let unit = 0; unit < WHITE.length; unit++) WHITE[unit] = (CLASSES[unit] ?? 0) & SPACE ? 1 : 0

/** {@link WHITE}, with 2 for a line break of Python's `splitlines`; these are white space all. */
const KINDS = WHITE.slice()
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
