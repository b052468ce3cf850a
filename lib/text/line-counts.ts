import { type Document, defineView } from '../documents/document.ts'
import { classesOf, TERMINAL } from './character-classes.ts'
import { repeatedLines, repeatedParagraphs, repetition } from './duplicates.ts'
import { endsWithDots, firstChunk, lines, newlineLines, type Spans } from './lines.ts'
import { codePointLength, type Words } from './word-arrays.ts'
import { words } from './words.ts'

/** What rules count of a document's lines; characters are code points. The kernel gives them in this order. */
export interface LineCounts {
  /** Lines (`splitlines`), and how many, white space aside, start with `•` or `-`, or end in `…` or `...`. */
  readonly lines: number
  readonly bullets: number
  readonly ellipsisEnds: number
  /** Paragraphs; those that stood before, and their characters. */
  readonly paragraphs: number
  readonly repeatedParagraphs: number
  readonly repeatedParagraphCharacters: number
  /** Non-empty ranges between line feeds, likewise. */
  readonly newlineLines: number
  readonly repeatedLines: number
  readonly repeatedLineCharacters: number
  readonly lineFeeds: number
  /** Of those ranges the ones that are not blank, how many of them end in a mark, the characters of those that stood before. */
  readonly filledLines: number
  readonly punctuatedLines: number
  readonly repeatedFilledCharacters: number
}

/** By the kernel where it has split the text. */
export const lineCounts: (document: Document) => LineCounts = (document) => {
  current = document
  return view(document)
}

let current: Document
const view = defineView(() => {
  const text = words(current)
  const { kernel } = text
  return kernel === undefined ? countLines(current) : kernel.countLines(text)
})

/** Lines between line feeds, not blank, that are at most so long. */
export function countShortLines(document: Document, longest: number): number {
  const text = words(document)
  const { kernel } = text
  if (kernel !== undefined) return kernel.countShortLines(text, longest)
  let count = 0
  forEachFilled(text, newlineLines(document), (_, length) => {
    if (length <= longest) count++
  })
  return count
}

/** The plain twin. */
export function countLines(document: Document): LineCounts {
  const text = words(document)
  const all = lines(document)
  const spans = newlineLines(document)
  const repeated = repeatedLines(document)
  const { elements, characters } = repetition(text, spans, repeated)
  const paragraphs = repeatedParagraphs(text)
  let filledLines = 0
  let punctuatedLines = 0
  let repeatedFilledCharacters = 0
  forEachFilled(text, spans, (line, length) => {
    filledLines++
    if (endsInPunctuation(text.units, spans.starts.items[line] ?? 0, spans.ends.items[line] ?? 0))
      punctuatedLines++
    if (repeated[line] === 1) repeatedFilledCharacters += length
  })
  return {
    lines: all.starts.length,
    bullets: countBullets(text, all),
    ellipsisEnds: countEllipsisEnds(text, all),
    paragraphs: paragraphs.paragraphs,
    repeatedParagraphs: paragraphs.elements,
    repeatedParagraphCharacters: paragraphs.characters,
    newlineLines: spans.starts.length,
    repeatedLines: elements,
    repeatedLineCharacters: characters,
    lineFeeds: countLineFeeds(text),
    filledLines,
    punctuatedLines,
    repeatedFilledCharacters,
  }
}

function forEachFilled(text: Words, spans: Spans, visit: (line: number, length: number) => void): void {
  const { starts, ends, chunks } = spans
  for (let line = 0; line < starts.length; line++) {
    if (firstChunk(spans, line) === chunks.items[line]) continue
    visit(line, codePointLength(text, starts.items[line] ?? 0, ends.items[line] ?? 0))
  }
}

function endsInPunctuation(units: Uint16Array, start: number, end: number): boolean {
  const last = units[end - 1] ?? 0
  const before = end - 2 >= start ? (units[end - 2] ?? 0) : 0
  const isPair = (last & 0xfc00) === 0xdc00 && (before & 0xfc00) === 0xd800
  const codePoint = isPair ? ((before - 0xd800) << 10) + (last - 0xdc00) + 0x10000 : last
  return (classesOf(codePoint) & TERMINAL) !== 0
}

function countLineFeeds({ units, breaks }: Words): number {
  let count = 0
  for (let i = 0; i < breaks.length; i++) if (units[breaks.items[i] ?? 0] === 0x0a) count++
  return count
}

function countBullets({ units, chunkStarts }: Words, spans: Spans): number {
  let count = 0
  for (let line = 0; line < spans.starts.length; line++) {
    const chunk = firstChunk(spans, line)
    if (chunk === spans.chunks.items[line]) continue
    const first = units[chunkStarts[chunk] ?? 0]
    if (first === 0x2022 || first === 0x2d) count++
  }
  return count
}

function countEllipsisEnds({ units, chunkStarts, chunkEnds }: Words, spans: Spans): number {
  let count = 0
  for (let line = 0; line < spans.starts.length; line++) {
    const end = spans.chunks.items[line] ?? 0
    if (firstChunk(spans, line) === end) continue
    const stop = chunkEnds[end - 1] ?? 0
    if (units[stop - 1] === 0x2026 || endsWithDots(units, chunkStarts[end - 1] ?? 0, stop)) count++
  }
  return count
}
