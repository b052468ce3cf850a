import { CLASSES, LETTER, PUNCTUATION, SENTENCE_END, SYMBOL } from './character-classes.ts'
import { marksOf } from './chunk-marks.ts'
import { clearList, grown, type Int32List, int32List, push, roomFor } from './int32-list.ts'
import { addSpan, findSpan, hashSpan, type SpanTable, spanTable, spread } from './span-table.ts'
import { splitChunk } from './special-cases.ts'

/**
 * Remembers how chunks (runs without white space) split and all that the rules sum over them, so that a text costs
 * little more than finding its chunks: of 40 MB of English one chunk in fifteen is new. A record is one cache line of
 * integers. Chunks are compared character by character, so no result depends on the hash. A pure cache;
 * {@link renewChunkTable} bounds it.
 */
export interface ChunkTable {
  /** Where the words of a chunk start: its code points at [0, length) → `starts`; they cover it without a gap. */
  readonly split: (points: Int32Array, length: number, starts: Int32List) => void
  /** Chunks that are kept; records behind them belong to the text at hand and are found by no one. */
  kept: number
  keptWordIds: number
  count: number
  /** Open addressing, at most three quarters full: the hash's upper bits and, in ID_BITS, record + 1; 0 for free. */
  slots: Int32Array
  /** `RECORD` integers a chunk: the fields below. */
  records: Int32Array
  /** The kept chunks' characters. */
  arena: Uint16Array
  arenaLength: number
  readonly wordIds: Int32List
  readonly words: SpanTable
  /** By UTF-16 unit: the id of the word that it is alone, + 1; 0 where there is none yet. */
  readonly units: Int32Array
  /** By word id: length in code points `<< INFO_SHIFT`, and the bits below. */
  info: Int32Array
}

const ID_BITS = 20
const MOST_IDS = (1 << ID_BITS) - 1

/** Integers of a record. */
export const RECORD = 16
/** Where its characters start in the arena, and how many UTF-16 units they are. */
const ARENA = 0
export const UNITS = 1
/** Its first word's id, how many words it has, and where their ids start in `wordIds`. */
export const FIRST_ID = 2
export const WORDS = 3
export const WORD_IDS = 4
/** `marksOf` the chunk. */
export const MARKS = 5
/** Words that are not symbols alone, their code points, and words that hold a letter. */
export const NON_SYMBOLS = 6
export const CHARACTERS = 7
export const ALPHABETICS = 8
/** `#`, and `…` or `...` without overlaps. */
export const HASHES = 9
export const ELLIPSES = 10
/** What it does to the count of sentences: see `sentenceStep`. */
export const SENTENCES = 11

/** Its first eight units, zeros behind it. */
const HEAD = 12
const HEAD_UNITS = 8
/** Units behind a text that reading a head may look at. */
export const SLACK: number = HEAD_UNITS
/** By length to HEAD_UNITS: what is left of each of the four integers of a head. */
const HEAD_MASKS = Int32Array.from({ length: 4 * (HEAD_UNITS + 1) }, (_, i) => {
  const units = (i >> 2) - (i & 3) * 2
  return units >= 2 ? -1 : units === 1 ? 0xffff : 0
})

/** Holds a character that is not in datatrove's PUNCTUATION_SET. */
export const NON_SYMBOL = 1
/** Holds a letter (`str.isalpha`). */
export const ALPHABETIC = 2
/** All characters are of category P (spaCy's `is_punct`). */
const ALL_PUNCTUATION = 4
/** Is one character that ends a sentence. */
const ENDS_SENTENCE = 8
export const INFO_SHIFT = 4

/** Longer chunks (base64, a text without spaces) are split anew each time: they hardly come again. UTF-16 units. */
export const LONGEST_KEPT = 128

/** Chunks that are kept; then the table is started anew, between documents: about 60 MB with the words. */
const MOST_CHUNKS = 1 << 19

export function chunkTable(split: ChunkTable['split'] = splitChunk): ChunkTable {
  return {
    split,
    kept: 0,
    keptWordIds: 0,
    count: 0,
    slots: new Int32Array(1 << 14),
    records: new Int32Array(RECORD << 12),
    arena: new Uint16Array(1 << 15),
    arenaLength: 0,
    wordIds: int32List(1 << 13),
    words: spanTable(),
    units: new Int32Array(1 << 16),
    info: new Int32Array(1 << 12),
  }
}

/** The table itself while it is within bounds (chunks, and 16 M characters of words), else a new one. */
export function renewChunkTable(table: ChunkTable): ChunkTable {
  return table.kept >= MOST_CHUNKS || table.words.arena.length > 1 << 24 ? chunkTable(table.split) : table
}

/** Records of chunks [from, to) by their hashes alone, or -1. What was found is still to be compared. */
export function findByHash(
  { slots }: ChunkTable,
  hashes: Int32Array,
  from: number,
  to: number,
  records: Int32Array,
): void {
  const mask = slots.length - 1
  for (let i = from; i < to; i++) {
    const hash = hashes[i] ?? 0
    let slot = spread(hash) & mask
    let entry = slots[slot] ?? 0
    while (entry !== 0 && (entry ^ hash) >>> ID_BITS !== 0) {
      slot = (slot + 1) & mask
      entry = slots[slot] ?? 0
    }
    records[i - from] = (entry & MOST_IDS) - 1
  }
}

/** Record of the chunk of units [start, end), or -1 where none is kept. `bytes` is a view of the units. */
export function findOrAddChunk(
  table: ChunkTable,
  units: Uint16Array,
  bytes: DataView,
  start: number,
  end: number,
  hash: number,
): number {
  if (end - start > LONGEST_KEPT) return -1
  const { slots } = table
  const mask = slots.length - 1
  for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
    const entry = slots[slot] ?? 0
    if (entry === 0) break
    const record = (entry & MOST_IDS) - 1
    if ((entry ^ hash) >>> ID_BITS === 0 && isChunk(table, record, units, bytes, start, end)) return record
  }
  return table.kept < MOST_CHUNKS ? addChunk(table, units, bytes, start, end, hash) : -1
}

/** True when a record (or -1: none) is that of units [start, end). */
export function isChunk(
  { records, arena }: ChunkTable,
  record: number,
  units: Uint16Array,
  bytes: DataView,
  start: number,
  end: number,
): boolean {
  const at = record * RECORD
  const length = end - start
  if (record < 0 || records[at + UNITS] !== length) return false
  const mask = length < HEAD_UNITS ? length * 4 : HEAD_UNITS * 4
  const byte = start * 2
  const different =
    ((bytes.getInt32(byte, true) & (HEAD_MASKS[mask] ?? 0)) ^ (records[at + HEAD] ?? 0)) |
    ((bytes.getInt32(byte + 4, true) & (HEAD_MASKS[mask + 1] ?? 0)) ^ (records[at + HEAD + 1] ?? 0)) |
    ((bytes.getInt32(byte + 8, true) & (HEAD_MASKS[mask + 2] ?? 0)) ^ (records[at + HEAD + 2] ?? 0)) |
    ((bytes.getInt32(byte + 12, true) & (HEAD_MASKS[mask + 3] ?? 0)) ^ (records[at + HEAD + 3] ?? 0))
  if (different !== 0) return false
  const from = (records[at + ARENA] ?? 0) - start
  for (let i = start + HEAD_UNITS; i < end; i++) if (units[i] !== arena[from + i]) return false
  return true
}

function addChunk(
  table: ChunkTable,
  units: Uint16Array,
  bytes: DataView,
  start: number,
  end: number,
  hash: number,
): number {
  const record = readChunk(table, units, start, end)
  table.kept = table.count
  table.keptWordIds = table.wordIds.length
  if (table.kept * 4 > table.slots.length * 3) widen(table)
  place(table.slots, record, hash)
  const to = table.arenaLength + end - start
  table.arena = grown(table.arena, to)
  copyUnits(units, start, end, table.arena, table.arenaLength)
  const at = record * RECORD
  table.records[at + ARENA] = table.arenaLength
  const mask = Math.min(end - start, HEAD_UNITS) * 4
  for (let i = 0; i < 4; i++) {
    table.records[at + HEAD + i] = bytes.getInt32(start * 2 + i * 4, true) & (HEAD_MASKS[mask + i] ?? 0)
  }
  table.arenaLength = to
  return record
}

/** Forgets the records that are not kept. */
export function forgetChunks(table: ChunkTable): void {
  table.count = table.kept
  table.wordIds.length = table.keptWordIds
  if (table.wordIds.items.length > 8 * (table.keptWordIds + (1 << 16))) {
    table.wordIds.items = table.wordIds.items.slice(0, table.keptWordIds * 2)
  }
  if (table.records.length > 8 * RECORD * (table.kept + (1 << 12))) {
    table.records = table.records.slice(0, table.kept * 2 * RECORD)
  }
}

let points = new Int32Array(LONGEST_KEPT)
const starts = int32List()

/** Splits units [start, end) into a record that lasts until {@link forgetChunks}, behind the kept ones. */
export function readChunk(table: ChunkTable, units: Uint16Array, start: number, end: number): number {
  points = roomFor(points, end - start)
  const length = codePointsOf(units, start, end, points)
  table.split(points, length, starts)
  const record = table.count++
  table.records = grown(table.records, table.count * RECORD)
  const at = record * RECORD
  const first = table.wordIds.length
  addWords(table, units, start, length, length !== end - start)
  const { records } = table
  records[at + UNITS] = end - start
  records[at + FIRST_ID] = table.wordIds.items[first] ?? 0
  records[at + WORDS] = starts.length
  records[at + WORD_IDS] = first
  records[at + MARKS] = marksOf(points, length, length !== end - start)
  sumWords(table, first, at)
  countSymbols(units, start, end, records, at)
  clearList(starts)
  points = roomFor(points, LONGEST_KEPT)
  return record
}

/** UTF-16 units [start, end) → code points; a lone surrogate stays what it is. Returns how many. */
export function codePointsOf(units: Uint16Array, start: number, end: number, into: Int32Array): number {
  let length = 0
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0
    if ((unit & 0xfc00) === 0xd800 && i + 1 < end && ((units[i + 1] ?? 0) & 0xfc00) === 0xdc00) {
      into[length++] = ((unit - 0xd800) << 10) + ((units[i + 1] ?? 0) - 0xdc00) + 0x10000
      i++
    } else {
      into[length++] = unit
    }
  }
  return length
}

function addWords(table: ChunkTable, units: Uint16Array, start: number, length: number, pairs: boolean) {
  let unit = start
  for (let word = 0; word < starts.length; word++) {
    const from = starts.items[word] ?? 0
    const to = word + 1 < starts.length ? (starts.items[word + 1] ?? 0) : length
    const next = pairs ? unitAfter(unit, from, to) : start + to
    push(table.wordIds, wordId(table, units, unit, next, from, to))
    unit = next
  }
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
  const unit = end - start === 1 ? (units[start] ?? 0) : -1
  const alone = unit === -1 ? 0 : (table.units[unit] ?? 0)
  if (alone !== 0) return alone - 1
  const hash = hashSpan(units, start, end)
  const known = findSpan(table.words, units, start, end, hash)
  if (known !== -1) return known
  const id = addSpan(table.words, units, start, end, hash)
  table.info = grown(table.info, table.words.count)
  table.info[id] = infoOf(from, to)
  if (unit !== -1) table.units[unit] = id + 1
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

function sumWords({ records, wordIds, info }: ChunkTable, first: number, at: number): void {
  let nonSymbols = 0
  let characters = 0
  let alphabetics = 0
  let sentences = 0
  for (let i = first; i < wordIds.length; i++) {
    const of = info[wordIds.items[i] ?? 0] ?? 0
    if ((of & NON_SYMBOL) !== 0) {
      nonSymbols++
      characters += of >>> INFO_SHIFT
    }
    if ((of & ALPHABETIC) !== 0) alphabetics++
    sentences = sentenceStep(sentences, (of & ENDS_SENTENCE) !== 0, (of & ALL_PUNCTUATION) !== 0)
  }
  records[at + NON_SYMBOLS] = nonSymbols
  records[at + CHARACTERS] = characters
  records[at + ALPHABETICS] = alphabetics
  records[at + SENTENCES] = sentences
}

/**
 * What a chunk does to the count of sentences. A sentence ends at its end mark and goes on over punctuation up to the
 * next word, so a chunk opens sentences after an open one (`<< 3`), one more after an ended one (bit 0) unless it is
 * punctuation throughout, and leaves an ended one behind or not (bit 1). Bit 2: it holds a mark or a word, so that
 * bit 1 holds whatever stood before; else the state stays.
 */
export const OPENS_AFTER_END = 1
export const LEAVES_ENDED = 2
export const DECIDES = 4
export const OPENS_SHIFT = 3

function sentenceStep(before: number, endsSentence: boolean, punctuation: boolean): number {
  if (endsSentence) return before | DECIDES | LEAVES_ENDED
  if (punctuation) return before
  const opens = (before & LEAVES_ENDED) === 0 ? 0 : 1 << OPENS_SHIFT
  // The first word opens a sentence if one had ended before the chunk, but not when an end mark of its own came first.
  const afterEnd = (before & DECIDES) === 0 ? OPENS_AFTER_END : 0
  return ((before + opens) & ~LEAVES_ENDED) | DECIDES | afterEnd
}

function countSymbols(units: Uint16Array, start: number, end: number, records: Int32Array, at: number): void {
  let hashes = 0
  let ellipses = 0
  let dots = 0
  for (let i = start; i < end; i++) {
    const unit = units[i]
    dots = unit === 0x2e ? dots + 1 : 0
    if (unit === 0x23) hashes++
    else if (unit === 0x2026) ellipses++
    else if (dots === 3) {
      ellipses++
      dots = 0
    }
  }
  records[at + HASHES] = hashes
  records[at + ELLIPSES] = ellipses
}

function copyUnits(from: Uint16Array, start: number, end: number, to: Uint16Array, at: number): void {
  for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] ?? 0
}

function place(slots: Int32Array, record: number, hash: number): void {
  const mask = slots.length - 1
  let slot = spread(hash) & mask
  while (slots[slot] !== 0) slot = (slot + 1) & mask
  slots[slot] = ((hash >>> ID_BITS) << ID_BITS) | (record + 1)
}

/** The record being added is placed by its caller. */
function widen(table: ChunkTable): void {
  table.slots = new Int32Array(table.slots.length * 2)
  const { records, arena } = table
  for (let record = 0; record < table.count - 1; record++) {
    const start = records[record * RECORD + ARENA] ?? 0
    const end = start + (records[record * RECORD + UNITS] ?? 0)
    place(table.slots, record, hashSpan(arena, start, end))
  }
}
