import { type WebAssemblyMemory, type WebAssemblyModule, webAssembly } from '../kernels/web-assembly.ts'
import { MEASURES } from './affixes.ts'
import type { LineFacts } from './c4-lines.ts'
import { CLASSES } from './character-classes.ts'
import { codePointsOf } from './chunk-table.ts'
import { int32List, roomFor } from './int32-list.ts'
import type { LineCounts } from './line-counts.ts'
import { specialCases, splitChunk } from './special-cases.ts'
import { unitsOf } from './units-of.ts'
import type { Words } from './word-arrays.ts'
import { KERNEL_MODULE } from './words-kernel-module.ts'

/** Addresses of `assembly/layout.ts`, in bytes, and two lengths. */
type Constant =
  | (
      | 'BREAK_CHUNKS'
      | 'BREAKS'
      | 'CHUNK_ENDS'
      | 'CHUNK_HASHES'
      | 'CHUNK_STARTS'
      | 'CLASSES'
      | 'IDS'
      | 'INFO'
      | 'KINDS'
    )
  | (
      | 'LINE_CHUNKS'
      | 'LINE_LONGEST'
      | 'LINE_MARKS'
      | 'LINE_SENTENCES'
      | 'MARKS'
      | 'MISSING'
      | 'PAIRS'
      | 'RESULTS'
    )
  | ('SENTENCES' | 'STARTS' | 'TEXT' | 'WORD_ENDS' | 'MOST_UNITS' | 'MOST_WORDS')

/** What `assembly/index.ts` exports. */
interface KernelExports extends Readonly<Record<Constant, { readonly value: number }>> {
  readonly memory: WebAssemblyMemory
  configure(): number
  layDown(kind: number, units: number, words: number, second: number, third: number, isMarks: number): void
  isFull(): number
  clear(): void
  scan(from: number, to: number, first: number): number
  find(first: number, end: number): number
  addMissing(count: number): number
  findAgain(chunk: number): number
  add(chunk: number, words: number): void
  idOf(units: number): number
  holds(units: number, words: number): number
  emit(chunks: number): number
  countSentences(first: number, end: number, from: number, to: number): number
  countLines(units: number, breaks: number, chunks: number, hasPairs: number): void
  countShortLines(longest: number): number
  readLines(units: number, breaks: number, chunks: number, hasPairs: number): number
  measurePoints(words: number): void
  topGrams(words: number, greatest: number, hasPairs: number): void
  repeatedGrams(words: number, least: number, greatest: number, hasPairs: number): void
}

const SPECIAL_CASE = 1
const MEASURE = 2
/** Of longer texts (in UTF-16 units) one after another the kernel keeps nothing. */
export const MOST_SMALL_UNITS: number = 1 << 20
/** Behind a text, what a look at 16 units at once may read. */
const SLACK = 16

/** The large arrays of {@link Words}, in the kernel's memory. */
export interface KernelViews {
  readonly units: Uint16Array<ArrayBuffer>
  readonly chunkStarts: Int32Array<ArrayBuffer>
  readonly chunkEnds: Int32Array<ArrayBuffer>
  readonly chunkHashes: Int32Array<ArrayBuffer>
  readonly wordEnds: Int32Array<ArrayBuffer>
  readonly chunkMarks: Uint8Array<ArrayBuffer>
  readonly chunkSentences: Int32Array<ArrayBuffer>
  readonly breaks: Int32Array<ArrayBuffer>
  readonly breakChunks: Int32Array<ArrayBuffer>
  readonly ids: Int32Array<ArrayBuffer>
  readonly info: Int32Array<ArrayBuffer>
  /** Of the text whose lines were read last, until another call. */
  readonly lines: LineFacts
}

/** What a text came to, overwritten by the next. */
export interface Split {
  chunks: number
  breaks: number
  words: number
  marks: number
  /** In the order of the counts of a record. */
  readonly sums: Int32Array
}

/**
 * Words and their sequences as `split-words.ts`, `n-grams.ts` and `repeated-grams.ts` find them, its plain twins: the table of
 * chunks and all that is read word by word lie in a WebAssembly memory of one size for good, of which systems give what is
 * used. New chunks that are odd (with surrogates, addresses, or what a special case may stand over) are split by the twin's
 * code.
 */
export interface WordsKernel {
  readonly views: KernelViews
  /** Whether the text fits in. */
  fits(text: string): boolean
  /** Splits a text that fits in. */
  split(text: string): Split
  /** Sentences of a line without breaks beside the text, the one split last; undefined where there is no room for it. */
  sentencesOf(line: string, text: Words): number | undefined
  /** Id of a word, or -1 where no text has held it. */
  idOf(word: Uint16Array): number
  /** Whether it is one of the `words` words of the text split last. */
  holds(word: Uint16Array, words: number): boolean
  /** Of the text split last: see `line-counts.ts`; facts of its lines go to `views.lines`. */
  countLines(text: Words): LineCounts
  countShortLines(text: Words, longest: number): number
  readLines(text: Words): number
  /** Likewise: see `topGramCharacters` and `repeatedGramCharacters`. */
  topGrams(words: number, hasPairs: boolean, greatest: number): number[]
  repeatedGrams(words: number, hasPairs: boolean, least: number, greatest: number): number[]
}

/** Once a thread: what is compiled of it while it runs is every kernel's. */
let compiled: WebAssemblyModule | undefined

/** A kernel of its own; undefined where the runtime lacks WebAssembly with SIMD, or the memory. `kinds`: by UTF-16 unit. */
export function createWordsKernel(kinds: Uint8Array): WordsKernel | undefined {
  const binary = Buffer.from(KERNEL_MODULE, 'base64')
  if (compiled === undefined && !webAssembly.validate(binary)) return undefined
  compiled ??= new webAssembly.Module(binary)
  const instance = new webAssembly.Instance(compiled, {})
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module is the project's own
  const kernel = instance.exports as KernelExports
  if (kernel.configure() === 0) return undefined
  // All memory there will ever be: these views stay.
  const { buffer } = kernel.memory
  const mostUnits = kernel.MOST_UNITS.value
  new Uint8Array(buffer, kernel.KINDS.value).set(kinds)
  const ofChunks = (at: number) => new Int32Array(buffer, at, mostUnits / 2)
  const ofUnits = (at: number) => new Int32Array(buffer, at, mostUnits)
  const ofLines = (at: number) => new Int32Array(buffer, at, mostUnits + 1)
  const views: KernelViews = {
    units: new Uint16Array(buffer, kernel.TEXT.value, mostUnits + SLACK),
    chunkStarts: ofChunks(kernel.CHUNK_STARTS.value),
    chunkEnds: ofChunks(kernel.CHUNK_ENDS.value),
    chunkHashes: ofChunks(kernel.CHUNK_HASHES.value),
    wordEnds: ofChunks(kernel.WORD_ENDS.value),
    chunkMarks: new Uint8Array(buffer, kernel.MARKS.value, mostUnits / 2),
    chunkSentences: ofChunks(kernel.SENTENCES.value),
    breaks: ofUnits(kernel.BREAKS.value),
    breakChunks: ofUnits(kernel.BREAK_CHUNKS.value),
    ids: ofUnits(kernel.IDS.value),
    info: new Int32Array(buffer, kernel.INFO.value, kernel.MOST_WORDS.value),
    lines: {
      ends: ofLines(kernel.LINE_CHUNKS.value),
      longest: ofLines(kernel.LINE_LONGEST.value),
      marks: ofLines(kernel.LINE_MARKS.value),
      sentences: ofLines(kernel.LINE_SENTENCES.value),
    },
  }
  const bytes = Buffer.from(buffer, kernel.TEXT.value, mostUnits * 2)
  const results = new Int32Array(buffer, kernel.RESULTS.value, 16)
  const missing = ofChunks(kernel.MISSING.value)
  const scratch = new Uint16Array(buffer, kernel.STARTS.value, mostUnits)
  layTables(kernel)
  const splitOdd = oddSplitter(kernel, views)
  const split: Split = { chunks: 0, breaks: 0, words: 0, marks: 0, sums: results.subarray(4, 9) }
  let measured = false
  let linesCounted = false

  const findChunks = (first: number, end: number) => {
    const odd = kernel.addMissing(kernel.find(first, end))
    for (let i = 0; i < odd; i++) splitOdd(missing[i] ?? 0)
  }

  const countLines = ({ length, breaks, chunkCount, hasPairs }: Words) => {
    kernel.countLines(length, breaks.length, chunkCount, hasPairs ? 1 : 0)
    linesCounted = true
  }

  const measurePoints = (words: number, hasPairs: boolean) => {
    if (hasPairs && !measured) kernel.measurePoints(words)
    measured = hasPairs
  }

  return {
    views,
    fits: (text) => text.length <= mostUnits,
    split: (text) => {
      if (text.length > MOST_SMALL_UNITS || kernel.isFull() !== 0) kernel.clear()
      bytes.write(text, 'utf16le')
      split.chunks = kernel.scan(0, text.length, 0)
      split.breaks = results[0] ?? 0
      findChunks(0, split.chunks)
      split.words = kernel.emit(split.chunks)
      split.marks = results[0] ?? 0
      measured = false
      linesCounted = false
      return split
    },
    sentencesOf: (line, { length, chunkCount }) => {
      const from = length + SLACK
      const to = from + line.length
      if (to > mostUnits || kernel.isFull() !== 0) return undefined
      bytes.write(line, from * 2, 'utf16le')
      const end = kernel.scan(from, to, chunkCount)
      findChunks(chunkCount, end)
      return kernel.countSentences(chunkCount, end, from, to)
    },
    idOf: (word) => {
      if (word.length > mostUnits) return -1
      scratch.set(word)
      return kernel.idOf(word.length)
    },
    holds: (word, words) => {
      if (word.length > mostUnits) return false
      scratch.set(word)
      return kernel.holds(word.length, words) !== 0
    },
    countLines: (text) => {
      countLines(text)
      return {
        lines: results[0] ?? 0,
        bullets: results[1] ?? 0,
        ellipsisEnds: results[2] ?? 0,
        paragraphs: results[3] ?? 0,
        repeatedParagraphs: results[4] ?? 0,
        repeatedParagraphCharacters: results[5] ?? 0,
        newlineLines: results[6] ?? 0,
        repeatedLines: results[7] ?? 0,
        repeatedLineCharacters: results[8] ?? 0,
        lineFeeds: results[9] ?? 0,
        filledLines: results[10] ?? 0,
        punctuatedLines: results[11] ?? 0,
        repeatedFilledCharacters: results[12] ?? 0,
      }
    },
    countShortLines: (text, longest) => {
      if (!linesCounted) countLines(text)
      return kernel.countShortLines(longest)
    },
    readLines: ({ length, breaks, chunkCount, hasPairs }) =>
      kernel.readLines(length, breaks.length, chunkCount, hasPairs ? 1 : 0),
    topGrams: (words, hasPairs, greatest) => {
      measurePoints(words, hasPairs)
      kernel.topGrams(words, greatest, hasPairs ? 1 : 0)
      return [0, 0, ...results.subarray(2, greatest + 1)]
    },
    repeatedGrams: (words, hasPairs, least, greatest) => {
      measurePoints(words, hasPairs)
      kernel.repeatedGrams(words, least, greatest, hasPairs ? 1 : 0)
      return [...results.subarray(0, greatest - least + 1)]
    },
  }
}

/** The rules' tables. */
function layTables(kernel: KernelExports): void {
  const { buffer } = kernel.memory
  const { cases, patterns, patternsByPair } = specialCases()
  new Uint32Array(buffer, kernel.CLASSES.value, CLASSES.length).set(CLASSES)
  const pairs = new Uint8Array(buffer, kernel.PAIRS.value, patternsByPair.length)
  for (const [key, found] of patternsByPair.entries()) if (found !== undefined) pairs[key] = 1
  /** Those of which each unit is a word where they are not looked up. */
  const marks = new Set(
    patterns.flatMap(({ points, plain }) => (plain.length === points.length ? [points] : [])),
  )
  const units = new Uint16Array(buffer, kernel.STARTS.value, kernel.MOST_UNITS.value)
  for (const { points, starts } of cases) {
    units.set(points)
    const isMarks = marks.has(points) ? 1 : 0
    kernel.layDown(SPECIAL_CASE, points.length, starts.length, starts[1] ?? 0, starts[2] ?? 0, isMarks)
  }
  for (const measure of MEASURES) {
    units.set(unitsOf(measure))
    kernel.layDown(MEASURE, measure.length, 1, 0, 0, 0)
  }
}

/** Makes the record of a chunk by the twin's code. */
function oddSplitter(kernel: KernelExports, { units, chunkStarts, chunkEnds }: KernelViews) {
  const into = new Int32Array(kernel.memory.buffer, kernel.STARTS.value, kernel.MOST_UNITS.value)
  const starts = int32List()
  let points = new Int32Array(256)
  return (chunk: number) => {
    if (kernel.findAgain(chunk) !== 0) return
    const start = chunkStarts[chunk] ?? 0
    const end = chunkEnds[chunk] ?? 0
    points = roomFor(points, end - start)
    splitChunk(points, codePointsOf(units, start, end, points), starts)
    let unit = 0
    let point = 0
    for (let word = 0; word < starts.length; word++) {
      for (; point < (starts.items[word] ?? 0); point++) unit += (points[point] ?? 0) > 0xffff ? 2 : 1
      into[word] = unit
    }
    kernel.add(chunk, starts.length)
  }
}
