import type { Document } from '../documents/document.ts'
import { classPattern, DECIMAL } from './character-classes.ts'
import {
  ENDS_IN_PUNCTUATION,
  ENDS_LIKE_PHRASE_START,
  HAS_BRACKET,
  HAS_CURLY_BRACKET,
  HAS_JAVASCRIPT,
  HAS_PHRASE,
  STARTS_LIKE_PHRASE_GO_ON,
} from './chunk-marks.ts'
import { roomFor } from './int32-list.ts'
import { endsWithDots, lines } from './lines.ts'
import { countSentences } from './sentences.ts'
import { splitWords } from './split-words.ts'
import { codePointLength, emptyWords, type Words } from './word-arrays.ts'
import { words } from './words.ts'

/** What C4's rules of a line see of it; white space at its ends is cut off first. */
export interface Line {
  /** Where it stands in the text; both 0 where it is empty. */
  readonly start: number
  readonly end: number
  /** The line without its citations, where that was asked for and it has some. */
  readonly cited: string | undefined
  /** White-space-separated words before citations were removed, and the longest of them in code points. */
  readonly words: number
  readonly longestWord: number
  readonly endsInPunctuation: boolean
  readonly loremIpsum: boolean
  readonly javascript: boolean
  readonly curlyBracket: boolean
  readonly policy: boolean
  /** Sentences, counted only when asked where it was edited. */
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

/** What a line's chunks come to, by line. The arrays are reused by the next text. */
export interface LineFacts {
  /** Chunks before the end of each; a line's own begin where those of the one before end. */
  ends: Int32Array
  longest: Int32Array
  /** Marks of its chunks, HAS_PHRASE and ENDS_IN_PUNCTUATION. */
  marks: Int32Array
  sentences: Int32Array
}

/** Visits a document's lines (`splitlines`) in order. The line given is overwritten by the next one. */
export function forEachLine(document: Document, removeCitations: boolean, visit: (line: Line) => void): void {
  const text = words(document)
  const { kernel } = text
  const count = kernel === undefined ? readLines(document, plainFacts) : kernel.readLines(text)
  const facts = kernel === undefined ? plainFacts : kernel.views.lines
  current = text
  for (let i = 0, first = 0; i < count; i++) {
    const end = facts.ends[i] ?? 0
    setLine(document.text, text, facts, i, first, end, removeCitations)
    visit(line)
    first = end
  }
}

const line = {
  start: 0,
  end: 0,
  cited: undefined as string | undefined,
  words: 0,
  longestWord: 0,
  endsInPunctuation: false,
  loremIpsum: false,
  javascript: false,
  curlyBracket: false,
  policy: false,
  uneditedSentences: 0,
  sentences: () => (line.cited === undefined ? line.uneditedSentences : sentencesOf(line.cited)),
}

/** The line of chunks [first, end). Its characters become a string only where a rule must search them. */
function setLine(
  source: string,
  text: Words,
  facts: LineFacts,
  i: number,
  first: number,
  end: number,
  removeCitations: boolean,
): void {
  const marks = facts.marks[i] ?? 0
  line.start = first < end ? (text.chunkStarts[first] ?? 0) : 0
  line.end = first < end ? (text.chunkEnds[end - 1] ?? 0) : 0
  line.cited = undefined
  line.words = end - first
  line.longestWord = facts.longest[i] ?? 0
  line.endsInPunctuation = (marks & ENDS_IN_PUNCTUATION) !== 0
  line.loremIpsum = false
  line.javascript = false
  line.curlyBracket = (marks & HAS_CURLY_BRACKET) !== 0
  line.policy = false
  line.uneditedSentences = facts.sentences[i] ?? 0
  const mayBeCited = removeCitations && (marks & HAS_BRACKET) !== 0
  if (mayBeCited || (marks & (HAS_PHRASE | HAS_JAVASCRIPT)) !== 0)
    search(source.slice(line.start, line.end), marks, mayBeCited)
}

/** Sets what depends on the line's characters. */
function search(unedited: string, marks: number, mayBeCited: boolean): void {
  if (mayBeCited) {
    const cited = unedited.replace(CITATION, '')
    if (cited !== unedited) {
      line.cited = cited
      line.endsInPunctuation = hasPunctuationAtEnd(cited)
      line.curlyBracket = cited.includes('{')
    }
  }
  if (line.cited === undefined && (marks & (HAS_PHRASE | HAS_JAVASCRIPT)) === 0) return
  const lower = (line.cited ?? unedited).toLowerCase()
  line.loremIpsum = lower.includes('lorem ipsum')
  line.javascript = lower.includes('javascript')
  line.policy = POLICY.some((name) => lower.includes(name))
}

const plainFacts: LineFacts = {
  ends: new Int32Array(256),
  longest: new Int32Array(256),
  marks: new Int32Array(256),
  sentences: new Int32Array(256),
}

/** The kernel's plain twin. Returns how many lines there are. */
export function readLines(document: Document, into: LineFacts): number {
  const text = words(document)
  const { chunks } = lines(document)
  into.ends = roomFor(into.ends, chunks.length)
  into.longest = roomFor(into.longest, chunks.length)
  into.marks = roomFor(into.marks, chunks.length)
  into.sentences = roomFor(into.sentences, chunks.length)
  for (let i = 0, first = 0; i < chunks.length; i++) {
    const end = chunks.items[i] ?? 0
    const start = first < end ? (text.chunkStarts[first] ?? 0) : 0
    const stop = first < end ? (text.chunkEnds[end - 1] ?? 0) : 0
    const { marks, longest } = look(text, first, end)
    into.ends[i] = end
    into.longest[i] = longest
    into.marks[i] = endsInPunctuation(text.units, start, stop) ? marks | ENDS_IN_PUNCTUATION : marks
    into.sentences[i] = countSentences(text, { first, end, start, stop })
    first = end
  }
  return chunks.length
}

/** Marks of a line's chunks, whether two stand together as in a phrase of the rules, and their greatest length. */
function look(text: Words, first: number, end: number): { marks: number; longest: number } {
  let marks = 0
  let longest = 0
  let before = 0
  for (let chunk = first; chunk < end; chunk++) {
    const mark = text.chunkMarks[chunk] ?? 0
    if ((mark & STARTS_LIKE_PHRASE_GO_ON) !== 0 && (before & ENDS_LIKE_PHRASE_START) !== 0)
      marks |= HAS_PHRASE
    marks |= mark
    before = mark
    const start = text.chunkStarts[chunk] ?? 0
    const stop = text.chunkEnds[chunk] ?? 0
    if (stop - start > longest) longest = Math.max(longest, codePointLength(text, start, stop))
  }
  return { marks, longest }
}

/** `.`, `?`, `!`, `"` or `'` at the end of units [start, end), but not `...`; `…` is none. */
function endsInPunctuation(units: Uint16Array, start: number, end: number): boolean {
  const last = end > start ? (units[end - 1] ?? 0) : 0
  if (last === 0x2e) return !endsWithDots(units, start, end)
  return last === 0x3f || last === 0x21 || last === 0x22 || last === 0x27
}

/** The same of a line that was edited. */
function hasPunctuationAtEnd(edited: string): boolean {
  const last = edited.at(-1)
  if (last === '.') return !edited.endsWith('...')
  return last === '?' || last === '!' || last === '"' || last === "'"
}

const editedLine = emptyWords()
/** Beside which the lines are counted. */
let current: Words | undefined

function sentencesOf(edited: string): number {
  const byKernel = current?.kernel?.sentencesOf(edited, current)
  if (byKernel !== undefined) return byKernel
  const text = splitWords(edited, editedLine)
  return countSentences(text, { first: 0, end: text.chunkCount, start: 0, stop: text.length })
}
