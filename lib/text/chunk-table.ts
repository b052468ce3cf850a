import { CLASSES, LETTER, PUNCTUATION, SENTENCE_END, SYMBOL } from './character-classes.ts'
import { marksOf } from './chunk-marks.ts'
import { sumOf } from './gram-hash.ts'
import { grown, type Int32List, int32List, push, roomFor } from './int32-list.ts'
import { addSpan, findSpan, hashSpan, type SpanTable, spanTable } from './span-table.ts'
import { splitChunk } from './special-cases.ts'

/**
 * Remembers how chunks split and what their words are like, so that a text costs little more than finding its chunks:
 * of 40 MB of English one chunk in fifteen is new. A pure cache; {@link renewChunkTable} bounds it.
 */
export interface ChunkTable {
  readonly chunks: SpanTable
  /** Word ids of all chunks; those of a chunk end at `wordEnds[chunk]` and start where the ones before end. */
  readonly wordIds: Int32List
  wordEnds: Int32Array
  marks: Uint8Array
  readonly words: SpanTable
  /** By word id: length in code points `<< INFO_SHIFT`, and the bits below. */
  info: Int32Array
  /** By word id: `sumOf` its units. */
  sums: Int32Array
}

/** Holds a character that is not in datatrove's PUNCTUATION_SET. */
export const NON_SYMBOL = 1
/** Holds a letter (`str.isalpha`). */
export const ALPHABETIC = 2
/** All characters are of category P (spaCy's `is_punct`). */
export const ALL_PUNCTUATION = 4
/** Is one character that ends a sentence. */
export const ENDS_SENTENCE = 8
export const INFO_SHIFT = 4

/** Longer chunks (base64, a text without spaces) are split anew each time: they hardly come again. UTF-16 units. */
export const LONGEST_KEPT = 64

/** Chunks after which the table is started anew, between documents: about 25 MB with the words. */
const MOST_CHUNKS = 400_000

export function chunkTable(): ChunkTable {
  return {
    chunks: spanTable(),
    wordIds: int32List(1 << 13),
    wordEnds: new Int32Array(1 << 12),
    marks: new Uint8Array(1 << 12),
    words: spanTable(),
    info: new Int32Array(1 << 12),
    sums: new Int32Array(1 << 12),
  }
}

/** The table itself while it is within bounds (chunks, and 16 M characters of words), else a new one. */
export function renewChunkTable(table: ChunkTable): ChunkTable {
  return table.chunks.count > MOST_CHUNKS || table.words.arena.length > 1 << 24 ? chunkTable() : table
}

/** Splits units [start, end), a chunk that the table does not hold, and keeps it. Returns its id. */
export function addChunk(
  table: ChunkTable,
  units: Uint16Array,
  start: number,
  end: number,
  hash: number,
): number {
  const chunk = addSpan(table.chunks, units, start, end, hash)
  table.wordEnds = grown(table.wordEnds, table.chunks.count)
  table.marks = grown(table.marks, table.chunks.count)
  table.marks[chunk] = appendWords(table, units, start, end, table.wordIds)
  table.wordEnds[chunk] = table.wordIds.length
  return chunk
}

let points = new Int32Array(LONGEST_KEPT)
const starts = int32List()

/** Splits units [start, end), appends its words' ids to `into`, and returns the chunk's marks. */
export function appendWords(
  table: ChunkTable,
  units: Uint16Array,
  start: number,
  end: number,
  into: Int32List,
): number {
  points = roomFor(points, end - start)
  const length = decode(units, start, end, points)
  splitChunk(points, length, starts)
  let unit = start
  for (let word = 0; word < starts.length; word++) {
    const from = starts.items[word] ?? 0
    const to = word + 1 < starts.length ? (starts.items[word + 1] ?? 0) : length
    const next = length === end - start ? start + to : unitAfter(unit, from, to)
    push(into, wordId(table, units, unit, next, from, to))
    unit = next
  }
  return marksOf(points, length, length !== end - start)
}

/** UTF-16 units [start, end) → code points; a lone surrogate stays what it is. Returns how many. */
function decode(units: Uint16Array, start: number, end: number, into: Int32Array): number {
  let length = 0
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0
    const low = i + 1 < end ? (units[i + 1] ?? 0) : 0
    if ((unit & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00) {
      into[length++] = ((unit - 0xd800) << 10) + (low - 0xdc00) + 0x10000
      i++
    } else {
      into[length++] = unit
    }
  }
  return length
}

/** The unit offset that lies code points [from, to) after `unit`. */
function unitAfter(unit: number, from: number, to: number): number {
  let after = unit
  for (let i = from; i < to; i++) after += (points[i] ?? 0) > 0xffff ? 2 : 1
  return after
}

function wordId(
  table: ChunkTable,
  units: Uint16Array,
  start: number,
  end: number,
  from: number,
  to: number,
): number {
  const hash = hashSpan(units, start, end)
  const known = findSpan(table.words, units, start, end, hash)
  if (known !== -1) return known
  const id = addSpan(table.words, units, start, end, hash)
  table.info = grown(table.info, table.words.count)
  table.info[id] = infoOf(from, to)
  table.sums = grown(table.sums, table.words.count)
  table.sums[id] = sumOf(units, start, end)
  return id
}

function infoOf(from: number, to: number): number {
  let any = 0
  let all = -1
  let symbols = -1
  for (let i = from; i < to; i++) {
    const classes = CLASSES[points[i] ?? 0] ?? 0
    any |= classes
    all &= classes
    symbols &= classes & SYMBOL
  }
  let info = (to - from) << INFO_SHIFT
  if (symbols === 0) info |= NON_SYMBOL
  if ((any & LETTER) !== 0) info |= ALPHABETIC
  if ((all & PUNCTUATION) !== 0) info |= ALL_PUNCTUATION
  if (to - from === 1 && (any & SENTENCE_END) !== 0) info |= ENDS_SENTENCE
  return info
}
