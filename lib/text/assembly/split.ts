/**
 * Splits a chunk into words: the same as ../split-chunk.ts, ../affixes.ts, ../url-rule.ts and the look-ups of
 * ../special-cases.ts, which say why. Characters are UTF-16 units; ranges [lo, hi) are of addresses.
 */
import { DOT, has, HYPHEN, isDigit } from './characters'
import { hashOf } from './hash'
import {
  ALPHA,
  ALPHA_LOWER,
  ALPHA_UPPER,
  BEFORE_DOT,
  CURRENCY,
  ICON,
  LAID_DOWN,
  LAID_DOWN_SLOT_MASK,
  LAID_DOWN_SLOTS,
  PAIRS,
  PREFIX,
  QUOTE,
  STARTS,
  SUFFIX,
  SUFFIX_STARTS,
} from './layout'
import { isUrl, mayHoldAddress } from './url'

const DOLLAR: u32 = 0x24
const ELLIPSIS: u32 = 0x2026

/** What is laid down, entries of 32 bytes: 12 units of key, then these bytes. */
const LENGTH: usize = 24
const KIND: usize = 25
const WORD_COUNT: usize = 26
/** Where the second and the third word start. */
const SECOND: usize = 27
const THIRD: usize = 28
/** Whether each of its units is a word where it is not looked up. */
const IS_MARKS: usize = 29
const LONGEST: u32 = 12
export const SPECIAL_CASE: u32 = 1
export const MEASURE: u32 = 2
/** The longest measure (`mbar`, `اكواب`). */
const LONGEST_MEASURE: usize = 5 << 1
/** Longer ranges are not asked whether they are letters alone, once for each affix. */
const SHORT: usize = 32 << 1

let entries: u32 = 0
let nextStart: usize = 0
/** Set where the host has to split the chunk. */
let isOdd: bool = false

/** Lays down a special case, or a measure, of the units at STARTS. */
export function layDown(kind: u32, units: u32, words: u32, second: u32, third: u32, isMarks: bool): void {
  const entry = LAID_DOWN + (<usize>entries << 5)
  memory.copy(entry, STARTS, <usize>units << 1)
  store<u8>(entry, units, LENGTH)
  store<u8>(entry, kind, KIND)
  store<u8>(entry, words, WORD_COUNT)
  store<u8>(entry, second, SECOND)
  store<u8>(entry, third, THIRD)
  store<u8>(entry, <u32>isMarks, IS_MARKS)
  entries++
  let slot = hashOf(STARTS, units) & LAID_DOWN_SLOT_MASK
  while (load<u16>(LAID_DOWN_SLOTS + (<usize>slot << 1)) != 0) slot = (slot + 1) & LAID_DOWN_SLOT_MASK
  store<u16>(LAID_DOWN_SLOTS + (<usize>slot << 1), entries)
}

/** The entry that [lo, hi) is, or 0. */
function lookUp(lo: usize, hi: usize, kind: u32): usize {
  if (hi <= lo) return 0
  const units = <u32>((hi - lo) >> 1)
  if (units > LONGEST) return 0
  let slot = hashOf(lo, units) & LAID_DOWN_SLOT_MASK
  let number = <u32>load<u16>(LAID_DOWN_SLOTS + (<usize>slot << 1))
  while (number != 0) {
    const entry = LAID_DOWN + (<usize>(number - 1) << 5)
    if (load<u8>(entry, LENGTH) == units && load<u8>(entry, KIND) == kind && equals(entry, lo, hi)) return entry
    slot = (slot + 1) & LAID_DOWN_SLOT_MASK
    number = <u32>load<u16>(LAID_DOWN_SLOTS + (<usize>slot << 1))
  }
  return 0
}

function equals(entry: usize, lo: usize, hi: usize): bool {
  for (let at = lo; at < hi; at += 2, entry += 2) if (load<u16>(at) != load<u16>(entry)) return false
  return true
}

/**
 * Where the words of [start, end) start, in units, at STARTS.
 * @returns how many there are; 0 where only the host can tell
 */
export function splitChunk(start: usize, end: usize): u32 {
  if (hasSurrogate(start, end)) return 0
  isOdd = false
  nextStart = STARTS
  let suffixes = SUFFIX_STARTS
  let lo = start
  let hi = end
  let special = lookUp(lo, hi, SPECIAL_CASE)
  while (special == 0 && lo < hi) {
    if (hi - lo <= SHORT && areLetters(lo, hi)) {
      push(lo, start)
      lo = hi
      break
    }
    const prefix = prefixLength(lo, hi)
    if (prefix > 0 && lookUp(lo + prefix, hi, SPECIAL_CASE) != 0) {
      push(lo, start)
      lo += prefix
      special = lookUp(lo, hi, SPECIAL_CASE)
      break
    }
    const suffix = suffixLength(lo + prefix, hi)
    if (prefix == 0 && suffix == 0) break
    const cutSuffixOnly = suffix > 0 && lookUp(lo, hi - suffix, SPECIAL_CASE) != 0
    if (prefix > 0 && !cutSuffixOnly) {
      push(lo, start)
      lo += prefix
    }
    if (suffix > 0) {
      hi -= suffix
      store<u32>(suffixes, <u32>((hi - start) >> 1))
      suffixes += 4
    }
    special = lookUp(lo, hi, SPECIAL_CASE)
  }
  if (special != 0) {
    const words = <u32>load<u8>(special, WORD_COUNT)
    push(lo, start)
    if (words > 1) push(lo + (<usize>load<u8>(special, SECOND) << 1), start)
    if (words > 2) push(lo + (<usize>load<u8>(special, THIRD) << 1), start)
  } else if (lo < hi) {
    splitCore(lo, hi, start)
  }
  while (suffixes > SUFFIX_STARTS) {
    suffixes -= 4
    store<u32>(nextStart, load<u32>(suffixes))
    nextStart += 4
  }
  const words = <u32>((nextStart - STARTS) >> 2)
  return isOdd ? 0 : joinWords(start, end, words)
}

function hasSurrogate(start: usize, end: usize): bool {
  for (let at = start; at < end; at += 2) if ((load<u16>(at) & 0xf800) == 0xd800) return true
  return false
}

@inline
function push(at: usize, start: usize): void {
  store<u32>(nextStart, <u32>((at - start) >> 1))
  nextStart += 4
}

function areLetters(lo: usize, hi: usize): bool {
  for (let at = hi - 2; at >= lo; at -= 2) if (((<u32>load<u16>(at) | 0x20) - 0x61) >= 26) return false
  return true
}

/**
 * The second pass, where one special case at most stands over the words found, and is of marks that are a word each (`):`)
 * or has the words that are there already.
 * @returns how many words; 0 where more is to be seen to
 */
function joinWords(start: usize, end: usize, words: u32): u32 {
  const last = STARTS + (<usize>(words - 1) << 2)
  let found: usize = 0
  let from: usize = 0
  let to: usize = 0
  for (let word = STARTS; word < last; word += 4) {
    const at = load<u32>(word)
    const next = load<u32>(word, 4)
    const lo = start + (<usize>at << 1)
    const first = <u32>load<u16>(lo)
    const second = <u32>load<u16>(start + (<usize>next << 1))
    if (load<u8>(PAIRS + <usize>((((first * 0x25 + next - at) * 0x101) ^ second) & 0xffff)) == 0) continue
    for (let stop = word + 8; stop <= last + 4; stop += 4) {
      const hi = stop <= last ? start + (<usize>load<u32>(stop) << 1) : end
      // None is longer: a chunk may be a whole text.
      if (hi - lo > <usize>LONGEST << 1) break
      const special = lookUp(lo, hi, SPECIAL_CASE)
      if (special == 0) continue
      if (load<u8>(special, IS_MARKS) != 0 && <usize>load<u8>(special, LENGTH) != (stop - word) >> 2) continue
      if (found != 0) return 0
      found = special
      from = word
      to = stop
    }
  }
  if (found == 0 || isSplitAs(found, from, to)) return words
  if (load<u8>(found, IS_MARKS) == 0) return 0
  const joined = <usize>load<u8>(found, WORD_COUNT)
  const at = load<u32>(from)
  if (joined > 1) store<u32>(from, at + <u32>load<u8>(found, SECOND), 4)
  if (joined > 2) store<u32>(from, at + <u32>load<u8>(found, THIRD), 8)
  memory.copy(from + (joined << 2), to, last + 4 - to)
  return words + <u32>joined - <u32>((to - from) >> 2)
}

/** Whether the words whose starts are at [from, to) are those of the special case. */
function isSplitAs(special: usize, from: usize, to: usize): bool {
  const words = <usize>load<u8>(special, WORD_COUNT)
  if ((to - from) >> 2 != words) return false
  const at = load<u32>(from)
  if (words > 1 && load<u32>(from, 4) - at != <u32>load<u8>(special, SECOND)) return false
  return words < 3 || load<u32>(from, 8) - at == <u32>load<u8>(special, THIRD)
}

function prefixLength(lo: usize, hi: usize): usize {
  const c = <u32>load<u16>(lo)
  if (has(c, PREFIX)) return 2
  const next = lo + 2 < hi ? <u32>load<u16>(lo, 2) : 0
  if (c == 0x2b) return isDigit(next) ? 0 : 2
  if (c == DOT) return next == DOT ? dotsFrom(lo, hi) : 0
  if (next == DOLLAR && (c == 0x43 || c == 0x41)) return 4
  return c == 0x55 && next == 0x53 && lo + 4 < hi && load<u16>(lo, 4) == DOLLAR ? 6 : 0
}

function dotsFrom(lo: usize, hi: usize): usize {
  let end = lo
  while (end < hi && load<u16>(end) == DOT) end += 2
  return end - lo
}

function suffixLength(lo: usize, hi: usize): usize {
  if (hi <= lo) return 0
  const c = <u32>load<u16>(hi - 2)
  const before = hi - 4 >= lo ? <u32>load<u16>(hi - 4) : 0
  if (c == DOT) return fullStopLength(lo, hi, before)
  const measure = measureLength(lo, hi, c)
  if (measure > 2) return measure
  if (c == ELLIPSIS && before == ELLIPSIS) return 4
  if ((c == 0x73 || c == 0x53) && (before == 0x27 || before == 0x2019)) return 4
  if (measure == 2 || has(c, SUFFIX)) return 2
  return c == 0x2b && isDigit(before) ? 2 : 0
}

function fullStopLength(lo: usize, hi: usize, before: u32): usize {
  if (before == DOT) {
    let start = hi - 4
    while (start > lo && load<u16>(start - 2) == DOT) start -= 2
    return hi - start
  }
  if (before == 0) return 0
  if (has(before, BEFORE_DOT)) return 2
  if (hi - 6 < lo) return 0
  const third = <u32>load<u16>(hi - 6)
  if (has(before, ALPHA_UPPER) && has(third, ALPHA_UPPER)) return 2
  const letter = before | 0x20
  return third == 0xb0 && (letter == 0x66 || letter == 0x63 || letter == 0x6b) ? 2 : 0
}

/** No measure holds a digit, so that the last digit says which one it can be. */
function measureLength(lo: usize, hi: usize, last: u32): usize {
  let start = hi
  while (start > lo && hi - start <= LONGEST_MEASURE && !isDigit(<u32>load<u16>(start - 2))) start -= 2
  if (start > lo && hi - start <= LONGEST_MEASURE && lookUp(start, hi, MEASURE) != 0) return hi - start
  if (!has(last, CURRENCY)) return 0
  if (last == DOLLAR) {
    if (followsDigit(lo, hi - 6) && load<u16>(hi - 4) == 0x53 && load<u16>(hi - 6) == 0x55) return 6
    if (followsDigit(lo, hi - 4) && (load<u16>(hi - 4) == 0x43 || load<u16>(hi - 4) == 0x41)) return 4
  }
  return followsDigit(lo, hi - 2) ? 2 : 0
}

@inline
function followsDigit(lo: usize, at: usize): bool {
  return at > lo && isDigit(<u32>load<u16>(at - 2))
}

function splitCore(lo: usize, hi: usize, start: usize): void {
  push(lo, start)
  if (mayHoldAddress(lo, hi)) isOdd = true
  if (isUrl(lo, hi)) return
  let pending = false
  for (let at = lo; at < hi; ) {
    const infix = infixLength(lo, at, hi)
    if (infix == 0) {
      if (pending) push(at, start)
      pending = false
      at += 2
      continue
    }
    if (at > lo) {
      push(at, start)
      pending = true
    }
    at += infix
  }
}

function infixLength(lo: usize, at: usize, hi: usize): usize {
  const c = <u32>load<u16>(at)
  if (((c | 0x20) - 0x61) < 26) return 0
  if (c == ELLIPSIS || has(c, ICON)) return 2
  const before = at > lo ? <u32>load<u16>(at - 2) : 0
  const next = at + 2 < hi ? <u32>load<u16>(at, 2) : 0
  switch (c) {
    case DOT:
      if (next == DOT) return dotsFrom(at, hi)
      return has(before, ALPHA_LOWER | QUOTE) && has(next, ALPHA_UPPER | QUOTE) ? 2 : 0
    case 0x2b:
    case 0x2a:
    case 0x5e:
      return isBetweenDigits(before, next) ? 2 : 0
    case 0x2c:
      return has(before, ALPHA) && has(next, ALPHA) ? 2 : 0
    case HYPHEN:
      return isBetweenDigits(before, next) ? 2 : dashLength(at, hi, before, 6)
    case 0x2013:
    case 0x7e:
      return dashLength(at, hi, before, 2)
    case 0x2014:
      return dashLength(at, hi, before, 4)
    case 0x3a:
    case 0x3c:
    case 0x3d:
    case 0x3e:
    case 0x2f:
      return (has(before, ALPHA) || isDigit(before)) && has(next, ALPHA) ? 2 : 0
    default:
      return 0
  }
}

@inline
function isBetweenDigits(before: u32, next: u32): bool {
  return isDigit(before) && (isDigit(next) || next == HYPHEN)
}

function dashLength(at: usize, hi: usize, before: u32, most: usize): usize {
  if (!has(before, ALPHA) && !isDigit(before)) return 0
  const c = load<u16>(at)
  let end = at + 2
  while (end < hi && end - at < most && load<u16>(end) == c) end += 2
  return end < hi && has(<u32>load<u16>(end), ALPHA) ? end - at : 0
}
