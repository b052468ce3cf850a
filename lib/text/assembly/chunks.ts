/** Finds a text's chunks and what the table says of them: the same as ../split-words.ts and ../chunk-table.ts. */
import {
  BREAK_CHUNKS,
  BREAKS,
  CHUNK_ENDS,
  CHUNK_HASHES,
  CHUNK_RECORDS,
  CHUNK_STARTS,
  DENSE,
  IDS,
  KINDS,
  LONG_SUMS,
  MARKS,
  MISSING,
  RECORDS,
  RESULTS,
  SENTENCES,
  SLOTS,
  TEXT,
  UNITS_BEFORE,
  WORD_ENDS,
  WORD_IDS,
} from './layout'
import { hashOf } from './hash'
import { sentencesOf } from './lines'
import {
  COUNTS,
  FIRST_SLOTS,
  findAgain,
  ID_BITS,
  ID_UNITS_SHIFT,
  INSIDE,
  INSIDE_COUNT,
  isChunk,
  MARK,
  MOST_IDS,
  OUTSIDE_COUNT,
  SENTENCE_STEP,
  WORD_IDS_AT,
} from './records'
import { unitsOfWord } from './words'

const BLOCK: u32 = 512

/** Units at [p, p + 16): white space in bits 0 to 15, line breaks in bits 16 to 31. */
@inline
function kindsOf16(p: usize): u32 {
  const a = v128.load(p)
  const b = v128.load(p, 16)
  const white = i8x16.bitmask(i8x16.narrow_i16x8_s(whiteOf(a), whiteOf(b)))
  const lines = i8x16.bitmask(i8x16.narrow_i16x8_s(breaksOf(a), breaksOf(b)))
  const limit = i16x8.splat(0x7f)
  const others = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.gt_u(a, limit), i16x8.gt_u(b, limit)))
  const kinds = <u32>white | (<u32>lines << 16)
  return others == 0 ? kinds : kinds | otherKinds(p, <u32>others)
}

@inline
function whiteOf(units: v128): v128 {
  return v128.or(
    v128.or(
      i16x8.eq(units, i16x8.splat(0x20)),
      i16x8.le_u(i16x8.sub(units, i16x8.splat(0x09)), i16x8.splat(4)),
    ),
    i16x8.le_u(i16x8.sub(units, i16x8.splat(0x1c)), i16x8.splat(3)),
  )
}

@inline
function breaksOf(units: v128): v128 {
  return v128.or(
    i16x8.le_u(i16x8.sub(units, i16x8.splat(0x0a)), i16x8.splat(3)),
    i16x8.le_u(i16x8.sub(units, i16x8.splat(0x1c)), i16x8.splat(2)),
  )
}

/** The same bits of the units beyond ASCII alone. */
function otherKinds(p: usize, others: u32): u32 {
  let kinds: u32 = 0
  do {
    const i = ctz(others)
    const kind = <u32>load<u8>(KINDS + <usize>load<u16>(p + (<usize>i << 1)))
    if (kind != 0) kinds |= 1 << i
    if (kind == 2) kinds |= 0x10000 << i
    others &= others - 1
  } while (others != 0)
  return kinds
}

/**
 * Finds the chunks of units [from, to) and their line breaks: all of the text, or a line without any that was put behind it.
 * @param first number of the first chunk
 * @returns that of the one behind the last; RESULTS[0]: how many breaks
 */
export function scan(from: u32, to: u32, first: u32): u32 {
  const space = i16x8.splat(0x20)
  const textEnd = TEXT + (<usize>to << 1)
  for (let at: usize = 0; at < 256; at += 16) v128.store(textEnd + at, space)
  let starts = CHUNK_STARTS + (<usize>first << 2)
  let ends = CHUNK_ENDS + (<usize>first << 2)
  let breaks: usize = 0
  let before: u64 = 1
  for (let at = from; at < to; at += 64) {
    const p = TEXT + (<usize>at << 1)
    const a = kindsOf16(p)
    const b = kindsOf16(p + 32)
    const c = kindsOf16(p + 64)
    const d = kindsOf16(p + 96)
    const white = <u64>((a & 0xffff) | (b << 16)) | (<u64>((c & 0xffff) | (d << 16)) << 32)
    const shifted = (white << 1) | before
    before = white >> 63
    let opening = ~white & shifted
    let closing = white & ~shifted
    if (((a | b | c | d) >> 16) != 0) {
      let lines = <u64>((a >> 16) | (b & 0xffff0000)) | (<u64>((c >> 16) | (d & 0xffff0000)) << 32)
      const chunks = <u32>((starts - CHUNK_STARTS) >> 2)
      do {
        const bit = ctz(lines)
        store<u32>(BREAKS + breaks, at + <u32>bit)
        store<u32>(BREAK_CHUNKS + breaks, chunks + <u32>popcnt(opening & ((<u64>1 << bit) - 1)))
        breaks += 4
        lines &= lines - 1
      } while (lines != 0)
    }
    while (opening != 0) {
      store<u32>(starts, at + <u32>ctz(opening))
      starts += 4
      opening &= opening - 1
    }
    while (closing != 0) {
      store<u32>(ends, at + <u32>ctz(closing))
      ends += 4
      closing &= closing - 1
    }
  }
  const chunks = (starts - CHUNK_STARTS) >> 2
  if ((ends - CHUNK_ENDS) >> 2 < chunks) store<u32>(ends, to)
  store<u32>(RESULTS, <u32>(breaks >> 2))
  return <u32>chunks
}

/**
 * Looks chunks [first, end) up, in loops so small that the processor waits for many look-ups at a time.
 * @returns how many are not in the table: these are listed in MISSING
 */
export function find(first: u32, end: u32): u32 {
  let missing: usize = 0
  memory.fill(LONG_SUMS, 0, 32)
  for (let from = first; from < end; from += BLOCK) {
    const to = min(from + BLOCK, end)
    for (let i = from; i < to; i++) {
      const at = <usize>i << 2
      const start = load<u32>(CHUNK_STARTS + at)
      const units = load<u32>(CHUNK_ENDS + at) - start
      store<u32>(CHUNK_HASHES + at, hashOf(TEXT + (<usize>start << 1), units))
    }
    // The first two slots, of which no branch says which it is.
    for (let i = from; i < to; i++) {
      const at = <usize>i << 2
      const hash = load<u32>(CHUNK_HASHES + at)
      const pair = load<u64>(SLOTS + (<usize>(hash & FIRST_SLOTS) << 2))
      const entry = select<u32>(<u32>pair, <u32>(pair >> 32), (<u32>pair ^ hash) >> ID_BITS == 0)
      store<i32>(CHUNK_RECORDS + at, <i32>(entry & MOST_IDS) - 1)
    }
    for (let i = from; i < to; i++) {
      const at = <usize>i << 2
      const start = load<u32>(CHUNK_STARTS + at)
      const units = load<u32>(CHUNK_ENDS + at) - start
      const record = load<i32>(CHUNK_RECORDS + at)
      if (record >= 0 && isChunk(<u32>record, TEXT + (<usize>start << 1), units)) continue
      if (findAgain(i)) continue
      store<u32>(MISSING + missing, i)
      missing += 4
    }
  }
  return <u32>(missing >> 2)
}

/**
 * Writes out what the records say, how many units stand before each word, and the units that are not white space.
 * @returns how many words; RESULTS[0]: all marks; RESULTS[4 … 8]: the sums over the words
 */
export function emit(chunks: u32): u32 {
  let ids = IDS
  let dense = DENSE
  let marks: u32 = 0
  let low = v128.load(LONG_SUMS)
  let high = v128.load(LONG_SUMS, 16)
  for (let i: u32 = 0; i < chunks; i++) {
    const at = <usize>i << 2
    const r = RECORDS + (<usize>load<u32>(CHUNK_RECORDS + at) << 6)
    const words = load<u8>(r, INSIDE_COUNT)
    ids = words != 0 ? emitInside(r, ids, words, dense) : emitOutside(r, ids, dense)
    store<u32>(WORD_ENDS + at, <u32>((ids - IDS) >> 2))
    const mark = <u32>load<u8>(r, MARK)
    marks |= mark
    store<u8>(MARKS + i, mark)
    store<u32>(SENTENCES + at, load<u32>(r, SENTENCE_STEP))
    const counts = v128.load_ext<u8>(r + COUNTS)
    low = i32x4.add(low, i32x4.extend_low_i16x8_u(counts))
    high = i32x4.add(high, i32x4.extend_high_i16x8_u(counts))
    const start = load<u32>(CHUNK_STARTS + at)
    const bytes = <usize>(load<u32>(CHUNK_ENDS + at) - start) << 1
    const p = TEXT + (<usize>start << 1)
    v128.store(dense, v128.load(p))
    v128.store(dense, v128.load(p, 16), 16)
    for (let byte: usize = 32; byte < bytes; byte += 16) v128.store(dense + byte, v128.load(p + byte))
    dense += bytes
  }
  store<u32>(ids + (UNITS_BEFORE - IDS), <u32>((dense - DENSE) >> 1))
  store<u32>(RESULTS, marks)
  v128.store(RESULTS + 16, low)
  v128.store(RESULTS + 32, high)
  return <u32>((ids - IDS) >> 2)
}

/** The ids, and how many units stand before each. @returns where the next ids go */
@inline
function emitInside(r: usize, ids: usize, words: usize, dense: usize): usize {
  const inside = v128.load(r, INSIDE)
  v128.store(ids, v128.and(inside, i32x4.splat((1 << ID_UNITS_SHIFT) - 1)))
  const units = i32x4.shr_u(inside, ID_UNITS_SHIFT)
  // Sums of one word, of two, of up to four.
  const zero = i32x4.splat(0)
  let sums = i32x4.add(units, v128.shuffle<u32>(units, zero, 4, 0, 1, 2))
  sums = i32x4.add(sums, v128.shuffle<u32>(sums, zero, 4, 4, 0, 1))
  const before = i32x4.splat(<i32>((dense - DENSE) >> 1))
  v128.store(ids + (UNITS_BEFORE - IDS), i32x4.add(before, i32x4.sub(sums, units)))
  return ids + (words << 2)
}

function emitOutside(r: usize, ids: usize, dense: usize): usize {
  const from = WORD_IDS + (<usize>load<u32>(r, WORD_IDS_AT) << 2)
  const end = from + (<usize>load<u32>(r, OUTSIDE_COUNT) << 2)
  let units = <u32>((dense - DENSE) >> 1)
  for (let p = from; p < end; p += 4, ids += 4) {
    const id = load<u32>(p)
    store<u32>(ids, id)
    store<u32>(ids + (UNITS_BEFORE - IDS), units)
    units += unitsOfWord(id)
  }
  return ids
}

/** Sentences of a line of units [from, to) that was put behind the text, after its chunks [first, end) were found. */
export function countSentences(first: u32, end: u32, from: u32, to: u32): u32 {
  for (let i = first; i < end; i++) {
    const r = RECORDS + (<usize>load<u32>(CHUNK_RECORDS + (<usize>i << 2)) << 6)
    store<u32>(SENTENCES + (<usize>i << 2), load<u32>(r, SENTENCE_STEP))
  }
  return sentencesOf(first, end, from, to)
}
