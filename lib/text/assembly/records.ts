/** The table of chunks: the same as ../chunk-table.ts. */
import { firstMask, KEY_UNITS, maskAt, secondMask } from './hash'
import {
  ARENA,
  CHUNK_ENDS,
  CHUNK_HASHES,
  CHUNK_RECORDS,
  CHUNK_STARTS,
  LONG_SUMS,
  MISSING,
  RECORDS,
  SLOT_MASK,
  SLOTS,
  STARTS,
  TEXT,
  WORD_IDS,
} from './layout'
import { marksOf } from './marks'
import { splitChunk } from './split'
import {
  ALL_PUNCTUATION,
  ALPHABETIC,
  areWordsFull,
  clearWords,
  ENDS_SENTENCE,
  INFO_SHIFT,
  infoOfWord,
  NON_SYMBOL,
  wordOf,
} from './words'

/** A slot: the hash's upper bits and, in ID_BITS, record + 1; 0 for free. */
export const ID_BITS: u32 = 21
export const MOST_IDS: u32 = (1 << ID_BITS) - 1
/** Looking starts at an even slot, so that two are seen at once. */
export const FIRST_SLOTS: u32 = SLOT_MASK & ~1
/** A record: 16 units of key, then these, by byte. */
/**
 * Of each word its id and, from ID_UNITS_SHIFT on, its units, where there are at most MOST_INSIDE in a chunk that is kept: what
 * most chunks need is in one cache line. Else where the ids are in WORD_IDS, and how many there are.
 */
export const INSIDE: usize = 32
export const WORD_IDS_AT: usize = 32
export const OUTSIDE_COUNT: usize = 36
const ARENA_AT: usize = 48
export const SENTENCE_STEP: usize = 52
/** Words that are not symbols alone, their code points, words that hold a letter, `#`, ellipses. */
export const COUNTS: usize = 56
/** How many words are INSIDE; 0 where they are not. */
export const INSIDE_COUNT: usize = 61
const UNITS: usize = 62
export const MARK: usize = 63
const MOST_INSIDE: u32 = 4
export const ID_UNITS_SHIFT: u32 = 22
/** Longer chunks get a record that none finds again; their counts go to LONG_SUMS. */
const LONGEST_KEPT: u32 = 128

export const OPENS_AFTER_END: u32 = 1
export const LEAVES_ENDED: u32 = 2
export const DECIDES: u32 = 4
export const OPENS_SHIFT: u32 = 3

/** What is kept at most before a text of 2 ** 20 units is read, which has no more than there is room for beside it. */
const MOST_RECORDS: u32 = 3 << 18
const MOST_KEPT_WORD_IDS: u32 = 1 << 21
const MOST_KEPT_UNITS: u32 = 1 << 23

let records: u32 = 0
let arenaUnits: u32 = 0
let wordIds: u32 = 0

/** Whether it is time to {@link clear}. */
export function isFull(): bool {
  return (
    records > MOST_RECORDS ||
    wordIds > MOST_KEPT_WORD_IDS ||
    arenaUnits > MOST_KEPT_UNITS ||
    areWordsFull()
  )
}

/** Forgets all chunks and words. */
export function clear(): void {
  memory.fill(SLOTS, 0, (<usize>SLOT_MASK + 1) << 2)
  clearWords()
  records = 0
  arenaUnits = 0
  wordIds = 0
}

@inline
export function isChunk(record: u32, p: usize, units: u32): bool {
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

/** Notes the record of chunk `i` if there is one by now. */
export function findAgain(i: u32): bool {
  const at = <usize>i << 2
  const hash = load<u32>(CHUNK_HASHES + at)
  const start = load<u32>(CHUNK_STARTS + at)
  const units = load<u32>(CHUNK_ENDS + at) - start
  if (units > LONGEST_KEPT) return false
  for (let slot = hash & FIRST_SLOTS; ; slot = (slot + 1) & SLOT_MASK) {
    const entry = load<u32>(SLOTS + (<usize>slot << 2))
    if (entry == 0) return false
    if ((entry ^ hash) >> ID_BITS != 0) continue
    const record = (entry & MOST_IDS) - 1
    if (!isChunk(record, TEXT + (<usize>start << 1), units)) continue
    store<u32>(CHUNK_RECORDS + at, record)
    return true
  }
}

/**
 * Makes records of the chunks in MISSING.
 * @returns how many are left, for the host to split: these are listed in MISSING
 */
export function addMissing(count: u32): u32 {
  let left = MISSING
  const end = MISSING + (<usize>count << 2)
  for (let p = MISSING; p < end; p += 4) {
    const i = load<u32>(p)
    if (findAgain(i)) continue
    const found = splitChunk(startOf(i), endOf(i))
    if (found > 0) {
      add(i, found)
    } else {
      store<u32>(left, i)
      left += 4
    }
  }
  return <u32>((left - MISSING) >> 2)
}

@inline
function startOf(i: u32): usize {
  return TEXT + (<usize>load<u32>(CHUNK_STARTS + (<usize>i << 2)) << 1)
}

@inline
function endOf(i: u32): usize {
  return TEXT + (<usize>load<u32>(CHUNK_ENDS + (<usize>i << 2)) << 1)
}

/** Makes the record of chunk `i`, whose words start at the STARTS, in units. */
export function add(i: u32, count: u32): void {
  const start = startOf(i)
  const end = endOf(i)
  const units = <u32>((end - start) >> 1)
  const r = RECORDS + (<usize>records << 6)
  store<u32>(CHUNK_RECORDS + (<usize>i << 2), records)
  records++
  store<u64>(r, 0, COUNTS)
  store<u8>(r, marksOf(start, end), MARK)
  addWords(r, start, end, count)
  addSymbols(r, start, end)
  if (units > LONGEST_KEPT) return
  v128.store(r, v128.and(v128.load(start), firstMask(units)))
  v128.store(r, v128.and(v128.load(start, 16), secondMask(units)), 16)
  store<u8>(r, units, UNITS)
  if (units > KEY_UNITS) {
    store<u32>(r, arenaUnits, ARENA_AT)
    memory.copy(ARENA + (<usize>arenaUnits << 1), start, <usize>units << 1)
    arenaUnits += units
  }
  const hash = load<u32>(CHUNK_HASHES + (<usize>i << 2))
  let slot = hash & FIRST_SLOTS
  while (load<u32>(SLOTS + (<usize>slot << 2)) != 0) slot = (slot + 1) & SLOT_MASK
  store<u32>(SLOTS + (<usize>slot << 2), ((hash >> ID_BITS) << ID_BITS) | records)
}

function addWords(r: usize, start: usize, end: usize, count: u32): void {
  let nonSymbols: u32 = 0
  let characters: u32 = 0
  let alphabetics: u32 = 0
  let sentences: u32 = 0
  const isInside = count <= MOST_INSIDE && end - start <= <usize>LONGEST_KEPT << 1
  for (let word: u32 = 0; word < count; word++) {
    const at = STARTS + (<usize>word << 2)
    const from = start + (<usize>load<u32>(at) << 1)
    const to = word + 1 < count ? start + (<usize>load<u32>(at, 4) << 1) : end
    const id = wordOf(from, to)
    if (isInside) store<u32>(r + (<usize>word << 2), id | ((<u32>(to - from) >> 1) << ID_UNITS_SHIFT), INSIDE)
    else store<u32>(WORD_IDS + (<usize>(wordIds + word) << 2), id)
    const info = infoOfWord(id)
    if ((info & NON_SYMBOL) != 0) {
      nonSymbols++
      characters += info >> INFO_SHIFT
    }
    if ((info & ALPHABETIC) != 0) alphabetics++
    sentences = sentenceStep(sentences, (info & ENDS_SENTENCE) != 0, (info & ALL_PUNCTUATION) != 0)
  }
  if (isInside) {
    store<u8>(r, count, INSIDE_COUNT)
  } else {
    store<u32>(r, wordIds, WORD_IDS_AT)
    store<u32>(r, count, OUTSIDE_COUNT)
    wordIds += count
  }
  store<u32>(r, sentences, SENTENCE_STEP)
  if (end - start > <usize>LONGEST_KEPT << 1) {
    addTo(LONG_SUMS, nonSymbols)
    addTo(LONG_SUMS + 4, characters)
    addTo(LONG_SUMS + 8, alphabetics)
  } else {
    store<u8>(r, nonSymbols, COUNTS)
    store<u8>(r, characters, COUNTS + 1)
    store<u8>(r, alphabetics, COUNTS + 2)
  }
}

@inline
function addTo(p: usize, count: u32): void {
  store<u32>(p, load<u32>(p) + count)
}

function sentenceStep(before: u32, endsSentence: bool, punctuation: bool): u32 {
  if (endsSentence) return before | DECIDES | LEAVES_ENDED
  if (punctuation) return before
  const opens: u32 = (before & LEAVES_ENDED) == 0 ? 0 : 1 << OPENS_SHIFT
  const afterEnd: u32 = (before & DECIDES) == 0 ? OPENS_AFTER_END : 0
  return ((before + opens) & ~LEAVES_ENDED) | DECIDES | afterEnd
}

function addSymbols(r: usize, start: usize, end: usize): void {
  let hashes: u32 = 0
  let ellipses: u32 = 0
  let dots: u32 = 0
  for (let p = start; p < end; p += 2) {
    const unit = <u32>load<u16>(p)
    dots = unit == 0x2e ? dots + 1 : 0
    hashes += <u32>(unit == 0x23)
    if (unit == 0x2026 || dots == 3) {
      ellipses++
      dots = 0
    }
  }
  if (end - start > <usize>LONGEST_KEPT << 1) {
    addTo(LONG_SUMS + 12, hashes)
    addTo(LONG_SUMS + 16, ellipses)
  } else {
    store<u8>(r, hashes, COUNTS + 3)
    store<u8>(r, ellipses, COUNTS + 4)
  }
}
