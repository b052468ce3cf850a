import { type Document, defineView } from '../documents/document.ts'
import { type Int32List, int32List, push, roomFor } from './int32-list.ts'
import { WHITE, type Words, words } from './words.ts'

/** Ranges of UTF-16 units [starts[i], ends[i]), in order. The arrays are reused by the next text. */
export interface Spans {
  readonly starts: Int32List
  readonly ends: Int32List
}

export function emptySpans(): Spans {
  return { starts: int32List(256), ends: int32List(256) }
}

export function clearSpans(spans: Spans): void {
  spans.starts.length = 0
  spans.ends.length = 0
  spans.starts.items = roomFor(spans.starts.items, 256)
  spans.ends.items = roomFor(spans.ends.items, 256)
}

export function addSpanTo(spans: Spans, start: number, end: number): void {
  push(spans.starts, start)
  push(spans.ends, end)
}

/**
 * A document's lines as Python's `splitlines` gives them: ten line breaks, `\r\n` is one, no empty line after a final
 * break. `a\r\n\u2028b\n` → `a`, ``, `b`.
 */
export const lines: (document: Document) => Spans = defineLineView((text, into) => {
  const { units, length } = text
  let start = 0
  for (let at = 0; at < length; at++) {
    const unit = units[at] ?? 0
    if (BREAKS[unit] !== 1) continue
    addSpanTo(into, start, at)
    if (unit === 0x0d && at + 1 < length && units[at + 1] === 0x0a) at++
    start = at + 1
  }
  if (start < length) addSpanTo(into, start, length)
})

/** A document's non-empty ranges between line feeds: `\na\n\n b\r\n` → `a`, ` b\r`. */
export const newlineLines: (document: Document) => Spans = defineLineView((text, into) => {
  const { units, length } = text
  let start = 0
  for (let at = 0; at < length; at++) {
    if (units[at] !== 0x0a) continue
    if (at > start) addSpanTo(into, start, at)
    start = at + 1
  }
  if (start < length) addSpanTo(into, start, length)
})

/** 1 for a line break of `splitlines`, by UTF-16 unit. */
const BREAKS = new Uint8Array(0x10000)
for (const unit of [0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029]) BREAKS[unit] = 1

function defineLineView(split: (text: Words, into: Spans) => void): (document: Document) => Spans {
  const spans = emptySpans()
  let current: Words | undefined
  const view = defineView(() => {
    clearSpans(spans)
    if (current !== undefined) split(current, spans)
    return spans
  })
  return (document) => {
    current = words(document)
    return view(document)
  }
}

/** First unit of [start, end) that is not white space; `end` when all is. */
export function skipWhite(units: Uint16Array, start: number, end: number): number {
  let at = start
  while (at < end && WHITE[units[at] ?? 0] === 1) at++
  return at
}

/** End of [start, end) without its trailing white space; `start` when all is white space. */
export function trimWhite(units: Uint16Array, start: number, end: number): number {
  let at = end
  while (at > start && WHITE[units[at - 1] ?? 0] === 1) at--
  return at
}

/** True when units [start, end) end with `...`. */
export function endsWithDots(units: Uint16Array, start: number, end: number): boolean {
  return end - start >= 3 && units[end - 1] === 0x2e && units[end - 2] === 0x2e && units[end - 3] === 0x2e
}

/** A text without the white space (Python's) at its ends. */
export function stripped(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && WHITE[text.charCodeAt(start)] === 1) start++
  while (end > start && WHITE[text.charCodeAt(end - 1)] === 1) end--
  return text.slice(start, end)
}
