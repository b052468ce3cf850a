/** The table of words: the same as ../span-table.ts, and what ../chunk-table.ts has of each. */
import { equalUnits, firstMask, hashOf } from './hash'
import {
  CLASS_LIMIT,
  CLASSES,
  IDS,
  INFO,
  LETTER,
  PUNCTUATION,
  SENTENCE_END,
  STARTS,
  SYMBOL,
  WORD_ARENA,
  WORD_KEYS,
  WORD_SLOT_MASK,
  WORD_SLOTS,
  WORDS,
} from './layout'

/** A slot: the hash's upper bits and, in WORD_BITS, id + 1; 0 for free. */
const WORD_BITS: u32 = 22
const MOST_WORD_IDS: u32 = (1 << WORD_BITS) - 1

/** A key: 8 units, then these, by byte. */
const WORD_ARENA_AT: usize = 16
const WORD_UNITS: usize = 20
const WORD_INFO: usize = 24

export const INFO_SHIFT: u32 = 4
export const NON_SYMBOL: u32 = 1
export const ALPHABETIC: u32 = 2
export const ALL_PUNCTUATION: u32 = 4
export const ENDS_SENTENCE: u32 = 8

/** What is kept at most before a text is read. */
const MOST_KEPT_WORDS: u32 = 1 << 20
const MOST_KEPT_UNITS: u32 = 1 << 22
const FEWEST_SLOTS: u32 = 1 << 14

let words: u32 = 0
let wordUnits: u32 = 0
let wordMask: u32 = FEWEST_SLOTS - 1

export function areWordsFull(): bool {
  return words > MOST_KEPT_WORDS || wordUnits > MOST_KEPT_UNITS
}

export function clearWords(): void {
  wordMask = FEWEST_SLOTS - 1
  memory.fill(WORD_SLOTS, 0, <usize>FEWEST_SLOTS << 2)
  words = 0
  wordUnits = 0
}

@inline
export function infoOfWord(id: u32): u32 {
  return load<u32>(WORD_KEYS + (<usize>id << 5), WORD_INFO)
}

@inline
export function unitsOfWord(id: u32): u32 {
  return load<u32>(WORDS + (<usize>id << 3))
}

/** @returns the slot that holds the word, or is free for it */
function wordSlot(start: usize, units: u32, hash: u32): usize {
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
    const hash = load<u32>(WORDS + (<usize>id << 3), 4)
    let slot = hash & wordMask
    while (load<u32>(WORD_SLOTS + (<usize>slot << 2)) != 0) slot = (slot + 1) & wordMask
    store<u32>(WORD_SLOTS + (<usize>slot << 2), ((hash >> WORD_BITS) << WORD_BITS) | (id + 1))
  }
}

export function wordOf(start: usize, end: usize): u32 {
  const units = <u32>((end - start) >> 1)
  const hash = hashOf(start, units)
  const slot = wordSlot(start, units, hash)
  const known = load<u32>(slot)
  if (known != 0) return (known & MOST_WORD_IDS) - 1
  const id = words
  words++
  store<u32>(slot, ((hash >> WORD_BITS) << WORD_BITS) | words)
  const info = infoOf(start, end)
  const key = WORD_KEYS + (<usize>id << 5)
  v128.store(key, v128.and(v128.load(start), firstMask(min(units, 8))))
  store<u32>(key, units, WORD_UNITS)
  store<u32>(key, info, WORD_INFO)
  store<u32>(WORDS + (<usize>id << 3), units)
  store<u32>(WORDS + (<usize>id << 3), hash, 4)
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
  return <i32>(load<u32>(wordSlot(STARTS, units, hashOf(STARTS, units))) & MOST_WORD_IDS) - 1
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
