/** What rules see of a text's lines: the same as ../line-counts.ts and ../c4-lines.ts. */
import { clearSlots } from './grams'
import { equalUnits, hashOf } from './hash'
import { DECIDES, LEAVES_ENDED, OPENS_AFTER_END, OPENS_SHIFT } from './records'
import {
  BREAK_CHUNKS,
  BREAKS,
  CHUNK_ENDS,
  CHUNK_STARTS,
  CLASS_LIMIT,
  CLASSES,
  GRAM_SLOTS,
  KEYS,
  LINE_CHUNKS,
  LINE_LONGEST,
  LINE_MARKS,
  LINE_SENTENCES,
  MARKS,
  RESULTS,
  SENTENCES,
  SPAN_ENDS,
  SPAN_POINTS,
  SPAN_STARTS,
  TERMINAL,
  TEXT,
} from './layout'

/** Bits of LINE_MARKS beside those of its chunks. */
const HAS_PHRASE: u32 = 64
const ENDS_IN_PUNCTUATION: u32 = 128
const ENDS_LIKE_PHRASE_START: u32 = 16
const STARTS_LIKE_PHRASE_GO_ON: u32 = 32

/** Of a blank line's length in SPAN_POINTS: no other is so long. */
const BLANK: u32 = 0x80000000

@inline
function unitAt(i: u32): u32 {
  return <u32>load<u16>(TEXT + (<usize>i << 1))
}

@inline
function ofLine(array: usize, i: u32): u32 {
  return load<u32>(array + (<usize>i << 2))
}

/** Code points of units [start, end). */
@inline
function lengthOf(start: u32, end: u32, hasPairs: bool): u32 {
  return hasPairs ? pointsIn(start, end) : end - start
}

function pointsIn(start: u32, end: u32): u32 {
  let points: u32 = 0
  for (let i = start; i < end; i++) {
    if ((unitAt(i) & 0xfc00) == 0xd800 && i + 1 < end && (unitAt(i + 1) & 0xfc00) == 0xdc00) i++
    points++
  }
  return points
}

@inline
function isEllipsisEnd(start: u32, end: u32): bool {
  if (unitAt(end - 1) == 0x2026) return true
  return end - start >= 3 && unitAt(end - 1) == 0x2e && unitAt(end - 2) == 0x2e && unitAt(end - 3) == 0x2e
}

/** RESULTS: in the order of `LineCounts`. */
export function countLines(units: u32, breaks: u32, chunks: u32, hasPairs: bool): void {
  countBrokenLines(units, breaks, chunks)
  countParagraphs(breaks, chunks, hasPairs)
  // Last: `countShortLines` asks for their lengths.
  countFedLines(units, breaks, chunks, hasPairs)
}

/** RESULTS[0 … 2] */
function countBrokenLines(units: u32, breaks: u32, chunks: u32): void {
  let lines: u32 = 0
  let bullets: u32 = 0
  let ellipses: u32 = 0
  let start: u32 = 0
  let chunk: u32 = 0
  for (let i: u32 = 0; i <= breaks; i++) {
    if (i == breaks && start >= units) break
    const end = i < breaks ? ofLine(BREAK_CHUNKS, i) : chunks
    lines++
    if (chunk < end) {
      const first = unitAt(ofLine(CHUNK_STARTS, chunk))
      bullets += <u32>(first == 0x2022 || first == 0x2d)
      ellipses += <u32>isEllipsisEnd(ofLine(CHUNK_STARTS, end - 1), ofLine(CHUNK_ENDS, end - 1))
    }
    chunk = end
    if (i == breaks) break
    i = skipLineFeed(i)
    start = ofLine(BREAKS, i) + 1
  }
  store<u32>(RESULTS, lines)
  store<u32>(RESULTS, bullets, 4)
  store<u32>(RESULTS, ellipses, 8)
}

/** `\r\n` is one break: its second half. The space behind the text is no line feed. */
@inline
function skipLineFeed(i: u32): u32 {
  const at = ofLine(BREAKS, i)
  return unitAt(at) == 0x0d && unitAt(at + 1) == 0x0a ? i + 1 : i
}

let spans: u32 = 0

@inline
function addSpan(start: u32, end: u32, points: u32): void {
  const at = <usize>spans << 2
  store<u32>(SPAN_STARTS + at, start)
  store<u32>(SPAN_ENDS + at, end)
  store<u32>(SPAN_POINTS + at, points)
  spans++
}

/** RESULTS[3 … 5] */
function countParagraphs(breaks: u32, chunks: u32, hasPairs: bool): void {
  spans = 0
  let start: u32 = chunks == 0 ? 0 : ofLine(CHUNK_STARTS, 0)
  const end: u32 = chunks == 0 ? 0 : ofLine(CHUNK_ENDS, chunks - 1)
  for (let i: u32 = 0; i + 1 < breaks; i++) {
    const at = ofLine(BREAKS, i)
    if (at < start || at >= end || unitAt(at) != 0x0a || unitAt(at + 1) != 0x0a) continue
    addSpan(start, at, 0)
    while (unitAt(ofLine(BREAKS, i) + 1) == 0x0a) i++
    start = ofLine(BREAKS, i) + 1
  }
  addSpan(start, end, 0)
  let repeated: u32 = 0
  let points: u32 = 0
  const mask = clearSlots(spans)
  for (let i: u32 = 0; i < spans; i++) {
    if (!isKnown(i, mask)) continue
    repeated++
    points += lengthOf(ofLine(SPAN_STARTS, i), ofLine(SPAN_ENDS, i), hasPairs)
  }
  store<u32>(RESULTS, spans, 12)
  store<u32>(RESULTS, repeated, 16)
  store<u32>(RESULTS, points, 20)
}

/** RESULTS[6 … 12] */
function countFedLines(units: u32, breaks: u32, chunks: u32, hasPairs: bool): void {
  let feeds: u32 = 0
  let filled: u32 = 0
  let punctuated: u32 = 0
  let start: u32 = 0
  let chunk: u32 = 0
  spans = 0
  for (let i: u32 = 0; i <= breaks; i++) {
    let end = units
    let next = chunks
    if (i < breaks) {
      end = ofLine(BREAKS, i)
      if (unitAt(end) != 0x0a) continue
      feeds++
      next = ofLine(BREAK_CHUNKS, i)
    }
    if (end > start) {
      const isFilled = next > chunk
      const points = lengthOf(start, end, hasPairs)
      addSpan(start, end, isFilled ? points : points | BLANK)
      filled += <u32>isFilled
      punctuated += <u32>(isFilled && isTerminal(start, end))
    }
    start = end + 1
    chunk = next
  }
  let repeated: u32 = 0
  let characters: u32 = 0
  let filledCharacters: u32 = 0
  const mask = clearSlots(spans)
  for (let i: u32 = 0; i < spans; i++) {
    if (!isKnown(i, mask)) continue
    const points = ofLine(SPAN_POINTS, i)
    repeated++
    characters += points & ~BLANK
    if (points < BLANK) filledCharacters += points
  }
  store<u32>(RESULTS, spans, 24)
  store<u32>(RESULTS, repeated, 28)
  store<u32>(RESULTS, characters, 32)
  store<u32>(RESULTS, feeds, 36)
  store<u32>(RESULTS, filled, 40)
  store<u32>(RESULTS, punctuated, 44)
  store<u32>(RESULTS, filledCharacters, 48)
}

/** After `countLines`: lines between line feeds, not blank, of at most so many code points. */
export function countShortLines(longest: u32): u32 {
  let short: u32 = 0
  for (let i: u32 = 0; i < spans; i++) short += <u32>(ofLine(SPAN_POINTS, i) <= longest)
  return short
}

@inline
function isTerminal(start: u32, end: u32): bool {
  let c = unitAt(end - 1)
  if ((c & 0xfc00) == 0xdc00 && end - start > 1 && (unitAt(end - 2) & 0xfc00) == 0xd800) {
    c = ((unitAt(end - 2) - 0xd800) << 10) + (c - 0xdc00) + 0x10000
  }
  return c < CLASS_LIMIT && (load<u32>(CLASSES + (<usize>c << 2)) & TERMINAL) != 0
}

/** True when an earlier span is equal to span `i`; else it is entered. */
function isKnown(i: u32, mask: u32): bool {
  const start = ofLine(SPAN_STARTS, i)
  const units = ofLine(SPAN_ENDS, i) - start
  const p = TEXT + (<usize>start << 1)
  const hash = hashOf(p, units)
  let slot = hash & mask
  let number = ofLine(GRAM_SLOTS, slot)
  while (number != 0) {
    const other = number - 1
    if (ofLine(KEYS, other) == hash) {
      const from = ofLine(SPAN_STARTS, other)
      const isAsLong = ofLine(SPAN_ENDS, other) - from == units
      if (isAsLong && equalUnits(TEXT + (<usize>from << 1), p, units)) return true
    }
    slot = (slot + 1) & mask
    number = ofLine(GRAM_SLOTS, slot)
  }
  store<u32>(GRAM_SLOTS + (<usize>slot << 2), i + 1)
  store<u32>(KEYS + (<usize>i << 2), hash)
  return false
}

// ---- C4

/**
 * By line of any line break: LINE_CHUNKS, where its chunks end, LINE_LONGEST, LINE_MARKS and LINE_SENTENCES.
 * @returns how many lines
 */
export function readLines(units: u32, breaks: u32, chunks: u32, hasPairs: bool): u32 {
  let line: usize = 0
  let start: u32 = 0
  let chunk: u32 = 0
  for (let i: u32 = 0; i <= breaks; i++) {
    if (i == breaks && start >= units) break
    const end = i < breaks ? ofLine(BREAK_CHUNKS, i) : chunks
    store<u32>(LINE_CHUNKS + line, end)
    readLine(line, chunk, end, hasPairs)
    line += 4
    chunk = end
    if (i == breaks) break
    i = skipLineFeed(i)
    start = ofLine(BREAKS, i) + 1
  }
  return <u32>(line >> 2)
}

function readLine(line: usize, first: u32, end: u32, hasPairs: bool): void {
  let marks: u32 = 0
  let longest: u32 = 0
  let before: u32 = 0
  for (let chunk = first; chunk < end; chunk++) {
    const mark = <u32>load<u8>(MARKS + chunk)
    if ((mark & STARTS_LIKE_PHRASE_GO_ON) != 0 && (before & ENDS_LIKE_PHRASE_START) != 0) marks |= HAS_PHRASE
    marks |= mark
    before = mark
    const start = ofLine(CHUNK_STARTS, chunk)
    const stop = ofLine(CHUNK_ENDS, chunk)
    if (stop - start > longest) longest = max(longest, lengthOf(start, stop, hasPairs))
  }
  const start = first < end ? ofLine(CHUNK_STARTS, first) : 0
  const stop = first < end ? ofLine(CHUNK_ENDS, end - 1) : 0
  if (first < end && endsInPunctuation(start, stop)) marks |= ENDS_IN_PUNCTUATION
  store<u32>(LINE_LONGEST + line, longest)
  store<u32>(LINE_MARKS + line, marks)
  store<u32>(LINE_SENTENCES + line, sentencesOf(first, end, start, stop))
}

/** Of chunks [first, end), which make up units [start, stop): as ../sentences.ts. */
export function sentencesOf(first: u32, end: u32, start: u32, stop: u32): u32 {
  if (first >= end) return <u32>(stop > start)
  let sentences: u32 = 1
  let ended = false
  let from = start
  for (let chunk = first; chunk < end; chunk++) {
    if (ended && isToken(from, ofLine(CHUNK_STARTS, chunk))) {
      sentences++
      ended = false
    }
    const step = ofLine(SENTENCES, chunk)
    sentences += step >> OPENS_SHIFT
    if ((step & DECIDES) != 0) {
      if (ended && (step & OPENS_AFTER_END) != 0) sentences++
      ended = (step & LEAVES_ENDED) != 0
    }
    from = ofLine(CHUNK_ENDS, chunk)
  }
  return ended && isToken(from, stop) ? sentences + 1 : sentences
}

@inline
function isToken(from: u32, to: u32): bool {
  return to - from > 1 || (to - from == 1 && unitAt(from) != 0x20)
}

function endsInPunctuation(start: u32, end: u32): bool {
  const last = unitAt(end - 1)
  if (last == 0x2e) return !isEllipsisEnd(start, end)
  return last == 0x3f || last == 0x21 || last == 0x22 || last == 0x27
}
