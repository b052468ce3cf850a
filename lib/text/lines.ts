import { type Document, defineView } from '../documents/document.ts'
import { type Int32List, int32List, push, roomFor } from './int32-list.ts'
import { WHITE } from './split-words.ts'
import type { Words } from './word-arrays.ts'
import { words } from './words.ts'

/** Ranges of UTF-16 units [starts[i], ends[i]), in order. The arrays are reused by the next text. */
export interface Spans {
  readonly starts: Int32List
  readonly ends: Int32List
  /** Chunks before the end of each; a span's own begin where those before the last one end, as spans leave none out. */
  readonly chunks: Int32List
}

export function emptySpans(): Spans {
  return { starts: int32List(256), ends: int32List(256), chunks: int32List(256) }
}

export function clearSpans(spans: Spans): void {
  for (const list of [spans.starts, spans.ends, spans.chunks]) {
    list.length = 0
    list.items = roomFor(list.items, 256)
  }
}

export function addSpanTo(spans: Spans, start: number, end: number, chunks: number): void {
  push(spans.starts, start)
  push(spans.ends, end)
  push(spans.chunks, chunks)
}

/** The first chunk of a span; the chunks go on to `chunks[i]`. */
export function firstChunk({ chunks }: Spans, i: number): number {
  return i === 0 ? 0 : (chunks.items[i - 1] ?? 0)
}

/**
 * A document's lines as Python's `splitlines` gives them: ten line breaks, `\r\n` is one, no empty line after a final
 * break. `a\r\n\u2028b\n` → `a`, ``, `b`.
 */
export const lines: (document: Document) => Spans = defineLineView((text, into) => {
  const { units, length, breaks, breakChunks } = text
  let start = 0
  for (let i = 0; i < breaks.length; i++) {
    const at = breaks.items[i] ?? 0
    addSpanTo(into, start, at, breakChunks.items[i] ?? 0)
    if (units[at] === 0x0d && units[at + 1] === 0x0a) i++
    start = (breaks.items[i] ?? 0) + 1
  }
  if (start < length) addSpanTo(into, start, length, text.chunkCount)
})

/** A document's non-empty ranges between line feeds: `\na\n\n b\r\n` → `a`, ` b\r`. */
export const newlineLines: (document: Document) => Spans = defineLineView((text, into) => {
  const { units, length, breaks, breakChunks } = text
  let start = 0
  for (let i = 0; i < breaks.length; i++) {
    const at = breaks.items[i] ?? 0
    if (units[at] !== 0x0a) continue
    if (at > start) addSpanTo(into, start, at, breakChunks.items[i] ?? 0)
    start = at + 1
  }
  if (start < length) addSpanTo(into, start, length, text.chunkCount)
})

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
