/** The table of chunks, and that of their words: the same as ../chunk-table.ts, ../chunk-marks.ts and ../span-table.ts. */
import { equalUnits, firstMask, KEY_UNITS, maskAt, secondMask } from './hash'
import {
  ARENA,
  CHUNK_ENDS,
  CHUNK_HASHES,
  CHUNK_RECORDS,
  CHUNK_STARTS,
  CLASS_LIMIT,
  CLASSES,
  IDS,
  INFO,
  LAST_TEXTS,
  LETTER,
  LONG_SUMS,
  MISSING,
  PUNCTUATION,
  RECORDS,
  SENTENCE_END,
  SLOT_MASK,
  SLOTS,
  STARTS,
  SYMBOL,
  TEXT,
  WORD_ARENA,
  WORD_IDS,
  WORD_KEYS,
  WORD_SLOT_MASK,
  WORD_SLOTS,
  WORDS,
} from './layout'
import { splitChunk } from './split'

/** A slot: the hash's upper bits and, in ID_BITS, record + 1; 0 for free. */
export const ID_BITS: u32 = 21
export const MOST_IDS: u32 = (1 << ID_BITS) - 1
/** Looking starts at an even slot, so that two are seen at once. */
export const FIRST_SLOTS: u32 = SLOT_MASK & ~1
/** A record: 16 units of key, then these, by byte. */
const ARENA_AT: usize = 32
export const FIRST_ID: usize = 36
export const WORD_COUNT: usize = 40
export const WORD_IDS_AT: usize = 44
export const SENTENCE_STEP: usize = 48
const UNITS: usize = 52
export const MARK: usize = 53
/** Words that are not symbols alone, their code points, words that hold a letter, `#`, ellipses. */
export const COUNTS: usize = 56
/** Longer chunks get a record that none finds again; their counts go to LONG_SUMS. */
const LONGEST_KEPT: u32 = 128

/** A word's slot: likewise, its id + 1 in WORD_BITS. */
const WORD_BITS: u32 = 22
const MOST_WORD_IDS: u32 = (1 << WORD_BITS) - 1

/** A word's key: 8 units, then these, by byte. */
const WORD_ARENA_AT: usize = 16
const WORD_UNITS: usize = 20
const WORD_INFO: usize = 24

const BASE: u64 = 0xd6e8feb86659fd93
export const INFO_SHIFT: u32 = 4
const NON_SYMBOL: u32 = 1
const ALPHABETIC: u32 = 2
const ALL_PUNCTUATION: u32 = 4
const ENDS_SENTENCE: u32 = 8

export const OPENS_AFTER_END: u32 = 1
export const LEAVES_ENDED: u32 = 2
export const DECIDES: u32 = 4
export const OPENS_SHIFT: u32 = 3

/** What is kept at most before a text of 2 ** 19 units is read, which has no more than there is room for beside it. */
const MOST_RECORDS: u32 = 3 << 18
const MOST_KEPT_WORD_IDS: u32 = 1 << 21
const MOST_KEPT_WORDS: u32 = 1 << 20
const MOST_KEPT_UNITS: u32 = 1 << 23
const MOST_WORD_UNITS: u32 = 1 << 22

let records: u32 = 0
let arenaUnits: u32 = 0
let wordIds: u32 = 0
let words: u32 = 0
let wordUnits: u32 = 0
const FEWEST_WORD_SLOTS: u32 = 1 << 14
let wordMask: u32 = FEWEST_WORD_SLOTS - 1

/** Whether it is time to {@link clear}. */
export function isFull(): bool {
  return (
    records > MOST_RECORDS ||
    wordIds > MOST_KEPT_WORD_IDS ||
    words > MOST_KEPT_WORDS ||
    arenaUnits > MOST_KEPT_UNITS ||
    wordUnits > MOST_WORD_UNITS
  )
}

/** Forgets all chunks and words. */
export function clear(): void {
  memory.fill(SLOTS, 0, (<usize>SLOT_MASK + 1) << 2)
  wordMask = FEWEST_WORD_SLOTS - 1
  memory.fill(WORD_SLOTS, 0, <usize>FEWEST_WORD_SLOTS << 2)
  memory.fill(LAST_TEXTS, 0, <usize>words << 2)
  records = 0
  arenaUnits = 0
  wordIds = 0
  words = 0
  wordUnits = 0
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
  store<u32>(r, count, WORD_COUNT)
  store<u32>(r, wordIds, WORD_IDS_AT)
  store<u8>(r, marksOf(start, end), MARK)
  store<u64>(r, 0, COUNTS)
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
  for (let word: u32 = 0; word < count; word++) {
    const at = STARTS + (<usize>word << 2)
    const from = start + (<usize>load<u32>(at) << 1)
    const to = word + 1 < count ? start + (<usize>load<u32>(at, 4) << 1) : end
    const id = wordOf(from, to)
    if (word == 0) store<u32>(r, id, FIRST_ID)
    store<u32>(WORD_IDS + (<usize>(wordIds + word) << 2), id)
    const info = load<u32>(WORD_KEYS + (<usize>id << 5), WORD_INFO)
    if ((info & NON_SYMBOL) != 0) {
      nonSymbols++
      characters += info >> INFO_SHIFT
    }
    if ((info & ALPHABETIC) != 0) alphabetics++
    sentences = sentenceStep(sentences, (info & ENDS_SENTENCE) != 0, (info & ALL_PUNCTUATION) != 0)
  }
  if (count > 1) wordIds += count
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

// ---- words

/** The sum that equal words share: each unit times BASE ** (how many follow it). */
@inline
function sumOf(start: usize, end: usize): u64 {
  let sum: u64 = 0
  for (let p = start; p < end; p += 2) sum = sum * BASE + <u64>load<u16>(p)
  return sum
}

@inline
function mixed(sum: u64): u32 {
  return <u32>(((sum ^ (sum >> 32)) * 0x9e3779b97f4a7c15) >> 32)
}

/** @returns the slot that holds the word, or is free for it */
function wordSlot(start: usize, end: usize, sum: u64): usize {
  const units = <u32>((end - start) >> 1)
  const hash = mixed(sum)
  let slot = hash & wordMask
  let at = WORD_SLOTS + (<usize>slot << 2)
  let entry = load<u32>(at)
  while (entry != 0) {
    if ((entry ^ hash) >> WORD_BITS == 0 && isWord((entry & MOST_WORD_IDS) - 1, start, units)) break
    slot = (slot + 1) & wordMask
    at = WORD_SLOTS + (<usize>slot << 2)
    entry = load<u32>(at)
  }
  return at
}

@inline
function isWord(id: u32, start: usize, units: u32): bool {
  const key = WORD_KEYS + (<usize>id << 5)
  const different = v128.xor(v128.and(v128.load(start), firstMask(min(units, 8))), v128.load(key))
  if (v128.any_true(different) || load<u32>(key, WORD_UNITS) != units) return false
  return units <= 8 || equalUnits(WORD_ARENA + (<usize>load<u32>(key, WORD_ARENA_AT) << 1), start, units)
}

/** Doubles the table when it is half full: it is small while few words are known. */
function widenWords(): void {
  wordMask = (wordMask << 1) | 1
  memory.fill(WORD_SLOTS, 0, (<usize>wordMask + 1) << 2)
  for (let id: u32 = 0; id < words; id++) {
    const hash = mixed(load<u64>(WORDS + (<usize>id << 4), 8))
    let slot = hash & wordMask
    while (load<u32>(WORD_SLOTS + (<usize>slot << 2)) != 0) slot = (slot + 1) & wordMask
    store<u32>(WORD_SLOTS + (<usize>slot << 2), ((hash >> WORD_BITS) << WORD_BITS) | (id + 1))
  }
}

function wordOf(start: usize, end: usize): u32 {
  const sum = sumOf(start, end)
  const slot = wordSlot(start, end, sum)
  const known = load<u32>(slot)
  if (known != 0) return (known & MOST_WORD_IDS) - 1
  const id = words
  words++
  store<u32>(slot, ((mixed(sum) >> WORD_BITS) << WORD_BITS) | words)
  const units = <u32>((end - start) >> 1)
  const info = infoOf(start, end)
  const key = WORD_KEYS + (<usize>id << 5)
  v128.store(key, v128.and(v128.load(start), firstMask(min(units, 8))))
  store<u32>(key, units, WORD_UNITS)
  store<u32>(key, info, WORD_INFO)
  store<u32>(WORDS + (<usize>id << 4), units)
  store<u64>(WORDS + (<usize>id << 4), sum, 8)
  store<u32>(INFO + (<usize>id << 2), info)
  if (units > 8) {
    store<u32>(key, wordUnits, WORD_ARENA_AT)
    memory.copy(WORD_ARENA + (<usize>wordUnits << 1), start, end - start)
    wordUnits += units
  }
  if (words << 1 > wordMask && wordMask < WORD_SLOT_MASK) widenWords()
  return id
}

/** Id of the word of `units` at STARTS, or -1 where no text has held it. */
export function idOf(units: u32): i32 {
  const end = STARTS + (<usize>units << 1)
  return <i32>(load<u32>(wordSlot(STARTS, end, sumOf(STARTS, end))) & MOST_WORD_IDS) - 1
}

/** Whether the word of `units` at STARTS is one of the text's. */
export function holds(units: u32, words: u32): bool {
  const id = idOf(units)
  if (id < 0) return false
  const wanted = i32x4.splat(id)
  const end = IDS + (<usize>words << 2)
  let p = IDS
  for (; p + 32 <= end; p += 32) {
    const found = v128.or(i32x4.eq(v128.load(p), wanted), i32x4.eq(v128.load(p, 16), wanted))
    if (v128.any_true(found)) return true
  }
  for (; p < end; p += 4) if (load<i32>(p) == id) return true
  return false
}

function infoOf(start: usize, end: usize): u32 {
  let any: u32 = 0
  let all: u32 = 0xffffffff
  let points: u32 = 0
  for (let p = start; p < end; p += 2) {
    let c = <u32>load<u16>(p)
    if ((c & 0xfc00) == 0xd800 && p + 2 < end && ((<u32>load<u16>(p, 2)) & 0xfc00) == 0xdc00) {
      c = ((c - 0xd800) << 10) + (<u32>load<u16>(p, 2) - 0xdc00) + 0x10000
      p += 2
    }
    const classes = c < CLASS_LIMIT ? load<u32>(CLASSES + (<usize>c << 2)) : 0
    any |= classes
    all &= classes
    points++
  }
  let info = points << INFO_SHIFT
  if ((all & SYMBOL) == 0) info |= NON_SYMBOL
  if ((any & LETTER) != 0) info |= ALPHABETIC
  if ((all & PUNCTUATION) != 0) info |= ALL_PUNCTUATION
  if (points == 1 && (any & SENTENCE_END) != 0) info |= ENDS_SENTENCE
  return info
}

// ---- marks

function marksOf(start: usize, end: usize): u32 {
  let marks: u32 = 0
  for (let p = start; p < end; p += 2) {
    const c = <u32>load<u16>(p)
    if (c == 0x5b) marks |= 2
    else if (c == 0x7b) marks |= 4
    else if ((c | 0x20) == 0x6a && standsAt('javascript', p, end)) marks |= 8
    else if ((c & 0xfc00) == 0xd800 && p + 2 < end && ((<u32>load<u16>(p, 2)) & 0xfc00) == 0xdc00) marks |= 1
  }
  if (endsPhraseStart(start, end)) marks |= 16
  return goesOn(start, end) ? marks | 32 : marks
}

function endsPhraseStart(start: usize, end: usize): bool {
  switch (lowered(<u32>load<u16>(end - 2))) {
    case 0x65:
      return endsIn('use', start, end) || endsIn('cookie', start, end)
    case 0x73:
      return endsIn('uses', start, end) || endsIn('terms', start, end)
    case 0x6d:
      return endsIn('lorem', start, end)
    case 0x79:
      return endsIn('privacy', start, end)
    default:
      return false
  }
}

function goesOn(start: usize, end: usize): bool {
  switch (lowered(<u32>load<u16>(start))) {
    case 0x6f:
      return standsAt('of', start, end)
    case 0x70:
      return standsAt('policy', start, end)
    case 0x63:
      return standsAt('cookies', start, end)
    case 0x69:
      return standsAt('ipsum', start, end)
    default:
      return false
  }
}

@inline
function endsIn(word: string, start: usize, end: usize): bool {
  const at = end - (<usize>word.length << 1)
  return at >= start && standsAt(word, at, end)
}

@inline
function standsAt(word: string, at: usize, end: usize): bool {
  return at + (<usize>word.length << 1) <= end && equalsWord(changetype<usize>(word), word.length, at)
}

function equalsWord(word: usize, length: usize, at: usize): bool {
  for (const stop = at + (length << 1); at < stop; at += 2, word += 2) {
    if (lowered(<u32>load<u16>(at)) != <u32>load<u16>(word)) return false
  }
  return true
}

/** ASCII, and the Kelvin sign. */
@inline
function lowered(c: u32): u32 {
  if (c - 0x41 < 26) return c | 0x20
  return c == 0x212a ? 0x6b : c
}
