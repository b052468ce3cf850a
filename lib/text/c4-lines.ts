import type { Document } from '../documents/document.ts'
import { classPattern, DECIMAL } from './character-classes.ts'
import {
  ENDS_LIKE_PHRASE_START,
  HAS_BRACKET,
  HAS_CURLY_BRACKET,
  HAS_JAVASCRIPT,
  STARTS_LIKE_PHRASE_GO_ON,
} from './chunk-marks.ts'
import { endsWithDots, firstChunk, lines } from './lines.ts'
import { countSentences } from './sentences.ts'
import { codePointLength, emptyWords, splitWords, type Words, words } from './words.ts'

/** What C4's rules of a line see of it; white space at its ends is cut off first. */
export interface Line {
  /** The line, citations removed where that was asked for. */
  readonly text: () => string
  /** White-space-separated words before citations were removed, and the longest of them in code points. */
  readonly words: number
  readonly longestWord: number
  readonly endsInPunctuation: boolean
  readonly loremIpsum: boolean
  readonly javascript: boolean
  readonly curlyBracket: boolean
  readonly policy: boolean
  /** Sentences, counted only when asked. */
  readonly sentences: () => number
}

const POLICY = [
  'terms of use',
  'privacy policy',
  'cookie policy',
  'uses cookies',
  'use of cookies',
  'use cookies',
]

/** `[1]`, `[]`, `[edit]`, `[citation needed]`; digits of any script. */
const CITATION = new RegExp(`\\[[${classPattern(DECIMAL)}]*\\]|\\[edit\\]|\\[citation needed\\]`, 'gu')

/** Visits a document's lines (`splitlines`) in order. The line given is overwritten by the next one. */
export function forEachLine(document: Document, removeCitations: boolean, visit: (line: Line) => void): void {
  const text = words(document)
  const spans = lines(document)
  const { chunks } = spans
  for (let i = 0; i < chunks.length; i++) {
    visit(readLine(document.text, text, firstChunk(spans, i), chunks.items[i] ?? 0, removeCitations))
  }
}

/** The line of chunks [first, end). Its characters become a string only where a rule must search them, or it is kept. */
function readLine(source: string, text: Words, first: number, end: number, removeCitations: boolean): Line {
  const start = first < end ? (text.chunkStarts[first] ?? 0) : 0
  const stop = first < end ? (text.chunkEnds[end - 1] ?? 0) : 0
  const { marks, longest, phrase } = look(text, first, end)
  const cited =
    removeCitations && (marks & HAS_BRACKET) !== 0 ? withoutCitations(source.slice(start, stop)) : undefined
  const line: Line = {
    text: () => cited ?? source.slice(start, stop),
    words: end - first,
    longestWord: longest,
    endsInPunctuation:
      cited === undefined ? endsInPunctuation(text.units, start, stop) : hasPunctuationAtEnd(cited),
    loremIpsum: false,
    javascript: false,
    curlyBracket: (marks & HAS_CURLY_BRACKET) !== 0 && (cited?.includes('{') ?? true),
    policy: false,
    sentences: () =>
      cited === undefined ? countSentences(text, { first, end, start, stop }) : sentencesOf(cited),
  }
  if (cited === undefined && !phrase && (marks & HAS_JAVASCRIPT) === 0) return line
  const lower = line.text().toLowerCase()
  return {
    ...line,
    loremIpsum: lower.includes('lorem ipsum'),
    javascript: lower.includes('javascript'),
    policy: POLICY.some((name) => lower.includes(name)),
  }
}

/** Undefined where it has none. */
function withoutCitations(line: string): string | undefined {
  const edited = line.replace(CITATION, '')
  return edited === line ? undefined : edited
}

/** Marks of a line's chunks, their greatest length, and whether two stand together as in a phrase of the rules. */
function look(text: Words, first: number, end: number): { marks: number; longest: number; phrase: boolean } {
  let marks = 0
  let longest = 0
  let phrase = false
  let before = 0
  for (let chunk = first; chunk < end; chunk++) {
    const mark = text.chunkMarks[chunk] ?? 0
    if ((mark & STARTS_LIKE_PHRASE_GO_ON) !== 0 && (before & ENDS_LIKE_PHRASE_START) !== 0) phrase = true
    marks |= mark
    before = mark
    const start = text.chunkStarts[chunk] ?? 0
    const stop = text.chunkEnds[chunk] ?? 0
    if (stop - start > longest) longest = Math.max(longest, codePointLength(text, start, stop))
  }
  return { marks, longest, phrase }
}

/** `.`, `?`, `!`, `"` or `'` at the end of units [start, end), but not `...`; `…` is none. */
function endsInPunctuation(units: Uint16Array, start: number, end: number): boolean {
  const last = end > start ? (units[end - 1] ?? 0) : 0
  if (last === 0x2e) return !endsWithDots(units, start, end)
  return last === 0x3f || last === 0x21 || last === 0x22 || last === 0x27
}

/** The same of a line that was edited. */
function hasPunctuationAtEnd(line: string): boolean {
  const last = line.at(-1)
  if (last === '.') return !line.endsWith('...')
  return last === '?' || last === '!' || last === '"' || last === "'"
}

const editedLine = emptyWords()

function sentencesOf(line: string): number {
  const text = splitWords(line, editedLine)
  return countSentences(text, { first: 0, end: text.chunkCount, start: 0, stop: text.length })
}
