/** Finds a text's chunks and what the table says of them: the same as ../words.ts and ../chunk-table.ts. */
import {
  ARENA,
  BREAK_CHUNKS,
  BREAKS,
  CHUNK_ENDS,
  CHUNK_HASHES,
  CHUNK_RECORDS,
  CHUNK_STARTS,
  DENSE,
  IDS,
  KINDS,
  MARKS,
  MASKS,
  MISSING,
  RECORDS,
  RESULTS,
  SENTENCES,
  SLOT_MASK,
  SLOTS,
  TEXT,
  WORD_ENDS,
  WORD_IDS,
} from './layout'

const ID_BITS: u32 = 20
const MOST_IDS: u32 = (1 << ID_BITS) - 1
/** A record: 16 units of key, then these, by byte. */
const ARENA_AT: usize = 32
const FIRST_ID: usize = 36
const WORD_COUNT: usize = 40
const WORD_IDS_AT: usize = 44
const SENTENCE_STEP: usize = 48
const UNITS: usize = 52
const MARK: usize = 53
const COUNTS: usize = 56
const KEY_UNITS: u32 = 16
const LONGEST_KEPT: u32 = 128

const BLOCK: u32 = 512
const HASH_A: u64 = 0x9e3779b97f4a7c15
const HASH_B: u64 = 0xc2b2ae3d27d4eb4f
const HASH_C: u64 = 0x165667b19e3779f9
const HASH_D: u64 = 0xd6e8feb86659fd93

let arenaUnits: u32 = 0

/** Forgets all chunks. */
export function clear(): void {
  memory.fill(SLOTS, 0, (<usize>SLOT_MASK + 1) << 2)
  arenaUnits = 0
}

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
 * Finds the chunks and line breaks of the text.
 * @returns how many chunks; RESULTS[0]: how many breaks
 */
export function scan(units: u32): u32 {
  const space = i16x8.splat(0x20)
  const textEnd = TEXT + (<usize>units << 1)
  for (let at: usize = 0; at < 256; at += 16) v128.store(textEnd + at, space)
  let starts = CHUNK_STARTS
  let ends = CHUNK_ENDS
  let breaks: usize = 0
  let before: u64 = 1
  for (let at: u32 = 0; at < units; at += 64) {
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
  if ((ends - CHUNK_ENDS) >> 2 < chunks) store<u32>(ends, units)
  store<u32>(RESULTS, <u32>(breaks >> 2))
  return <u32>chunks
}

/** Ones over the first `bytes` of sixteen; over all, or none, where there are more, or fewer. */
@inline
function maskAt(bytes: i32): v128 {
  return v128.load(MASKS + <usize>(32 - bytes))
}

@inline
function firstMask(units: u32): v128 {
  return maskAt(<i32>min(units, KEY_UNITS) << 1)
}

@inline
function secondMask(units: u32): v128 {
  return v128.load(MASKS + 48 - (<usize>min(units, KEY_UNITS) << 1))
}

@inline
function hashOf(p: usize, units: u32): u32 {
  const first = v128.and(v128.load(p), firstMask(units))
  const second = v128.and(v128.load(p, 16), secondMask(units))
  let hash =
    (i64x2.extract_lane(first, 0) * HASH_A + rotl(i64x2.extract_lane(first, 1) * HASH_B, 25)) ^
    (rotl(i64x2.extract_lane(second, 0) * HASH_C, 47) + rotl(i64x2.extract_lane(second, 1) * HASH_D, 11))
  hash += units
  if (units > KEY_UNITS) hash = hashRest(hash, p, units)
  hash ^= hash >> 32
  hash *= HASH_B
  return <u32>(hash >> 32)
}

function hashRest(start: u64, p: usize, units: u32): u64 {
  let hash = start
  const bytes = units << 1
  for (let at: u32 = 32; at < bytes; at += 16) {
    const part = v128.and(v128.load(p + at), maskAt(<i32>min(bytes - at, 16)))
    hash = rotl((hash ^ i64x2.extract_lane(part, 0)) * HASH_A, 29)
    hash = rotl((hash ^ i64x2.extract_lane(part, 1)) * HASH_C, 31)
  }
  return hash
}

@inline
function isChunk(record: u32, p: usize, units: u32): bool {
  const r = RECORDS + (<usize>record << 6)
  const first = v128.xor(v128.and(v128.load(p), firstMask(units)), v128.load(r))
  const second = v128.xor(v128.and(v128.load(p, 16), secondMask(units)), v128.load(r, 16))
  if (v128.any_true(v128.or(first, second)) || <u32>load<u8>(r, UNITS) != units) return false
  return units <= KEY_UNITS || equalRest(ARENA + (<usize>load<u32>(r, ARENA_AT) << 1), p, units)
}

function equalRest(arena: usize, p: usize, units: u32): bool {
  const bytes = units << 1
  for (let at: u32 = 32; at < bytes; at += 16) {
    const different = v128.xor(v128.load(p + at), v128.load(arena + at))
    if (v128.any_true(v128.and(different, maskAt(<i32>min(bytes - at, 16))))) return false
  }
  return true
}

/**
 * Looks the chunks up, in loops so small that the processor waits for many look-ups at a time.
 * @returns how many are not in the table: these are listed in MISSING
 */
export function find(chunks: u32): u32 {
  let missing: usize = 0
  for (let from: u32 = 0; from < chunks; from += BLOCK) {
    const to = min(from + BLOCK, chunks)
    for (let i = from; i < to; i++) {
      const at = <usize>i << 2
      const start = load<u32>(CHUNK_STARTS + at)
      const units = load<u32>(CHUNK_ENDS + at) - start
      store<u32>(CHUNK_HASHES + at, hashOf(TEXT + (<usize>start << 1), units))
    }
    for (let i = from; i < to; i++) {
      const at = <usize>i << 2
      const hash = load<u32>(CHUNK_HASHES + at)
      let slot = hash & SLOT_MASK
      let entry = load<u32>(SLOTS + (<usize>slot << 2))
      while (entry != 0 && (entry ^ hash) >> ID_BITS != 0) {
        slot = (slot + 1) & SLOT_MASK
        entry = load<u32>(SLOTS + (<usize>slot << 2))
      }
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

/** Notes the record of chunk `i` if there is one by now. */
export function findAgain(i: u32): bool {
  const at = <usize>i << 2
  const hash = load<u32>(CHUNK_HASHES + at)
  const start = load<u32>(CHUNK_STARTS + at)
  const units = load<u32>(CHUNK_ENDS + at) - start
  if (units > LONGEST_KEPT) return false
  for (let slot = hash & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
    const entry = load<u32>(SLOTS + (<usize>slot << 2))
    if (entry == 0) return false
    if ((entry ^ hash) >> ID_BITS != 0) continue
    const record = (entry & MOST_IDS) - 1
    if (!isChunk(record, TEXT + (<usize>start << 1), units)) continue
    store<u32>(CHUNK_RECORDS + at, record)
    return true
  }
}

/** Gives chunk `i` this record, under which it is found from now on if it is short enough to be kept. */
export function setRecord(i: u32, record: u32): void {
  const at = <usize>i << 2
  store<u32>(CHUNK_RECORDS + at, record)
  const start = load<u32>(CHUNK_STARTS + at)
  const units = load<u32>(CHUNK_ENDS + at) - start
  if (units > LONGEST_KEPT) return
  const p = TEXT + (<usize>start << 1)
  const r = RECORDS + (<usize>record << 6)
  v128.store(r, v128.and(v128.load(p), firstMask(units)))
  v128.store(r, v128.and(v128.load(p, 16), secondMask(units)), 16)
  if (units > KEY_UNITS) {
    store<u32>(r, arenaUnits, ARENA_AT)
    memory.copy(ARENA + (<usize>arenaUnits << 1), p, <usize>units << 1)
    arenaUnits += units
  }
  const hash = load<u32>(CHUNK_HASHES + at)
  let slot = hash & SLOT_MASK
  while (load<u32>(SLOTS + (<usize>slot << 2)) != 0) slot = (slot + 1) & SLOT_MASK
  store<u32>(SLOTS + (<usize>slot << 2), ((hash >> ID_BITS) << ID_BITS) | (record + 1))
}

/**
 * Writes out what the records say, and the units that are not white space.
 * @returns how many words; RESULTS[0]: all marks; RESULTS[4 … 8]: the sums over the words
 */
export function emit(chunks: u32): u32 {
  let ids = IDS
  let dense = DENSE
  let marks: u32 = 0
  let low = i32x4.splat(0)
  let high = i32x4.splat(0)
  for (let i: u32 = 0; i < chunks; i++) {
    const at = <usize>i << 2
    const r = RECORDS + (<usize>load<u32>(CHUNK_RECORDS + at) << 6)
    const words = load<u32>(r, WORD_COUNT)
    store<u32>(ids, load<u32>(r, FIRST_ID))
    ids += 4
    if (words > 1) {
      let from = WORD_IDS + (<usize>load<u32>(r, WORD_IDS_AT) << 2)
      for (let end = ids + (<usize>(words - 1) << 2); ids < end; ids += 4) {
        from += 4
        store<u32>(ids, load<u32>(from))
      }
    }
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
  store<u32>(RESULTS, marks)
  v128.store(RESULTS + 16, low)
  v128.store(RESULTS + 32, high)
  return <u32>((ids - IDS) >> 2)
}
