import { type WebAssemblyMemory, webAssembly } from '../kernels/web-assembly.ts'
import { MEASURES } from './affixes.ts'
import type { LineFacts } from './c4-lines.ts'
import { CLASSES } from './character-classes.ts'
import { codePointsOf } from './chunk-table.ts'
import { int32List, roomFor } from './int32-list.ts'
import type { LineCounts } from './line-counts.ts'
import { specialCases, splitChunk } from './special-cases.ts'
import { unitsOf } from './units-of.ts'
import type { Words } from './words.ts'
import { KERNEL_MODULE } from './words-kernel-module.ts'

/** What `assembly/index.ts` exports. */
interface KernelExports {
  readonly memory: WebAssemblyMemory
  configure(): number
  layDown(kind: number, units: number, words: number, second: number, third: number): void
  isFull(): number
  clear(): void
  scan(units: number): number
  find(chunks: number): number
  addMissing(count: number): number
  findAgain(chunk: number): number
  add(chunk: number, words: number): void
  idOf(units: number): number
  holds(units: number, words: number): number
  emit(chunks: number): number
  countLines(units: number, breaks: number, chunks: number, hasPairs: number): void
  countShortLines(longest: number): number
  readLines(units: number, breaks: number, chunks: number, hasPairs: number): number
  measure(words: number, hasPairs: number): void
  topGrams(words: number, greatest: number): void
  repeatedGrams(words: number, least: number, greatest: number): void
}

/** As in `assembly/layout.ts`. */
const MOST_UNITS = 1 << 19
const KINDS = 0x10000
const RESULTS = 0x21000
const TEXT = 0x100000
const CHUNK_STARTS = 0x320000
const CHUNK_ENDS = 0x430000
const CHUNK_HASHES = 0x540000
const WORD_ENDS = 0x760000
const SENTENCES = 0x870000
const MARKS = 0x980000
const MISSING = 0xa00000
const BREAKS = 0xb00000
const BREAK_CHUNKS = 0xd00000
const IDS = 0xf00000
const STARTS = 0x1950000
const PAIRS = 0x30000
const INFO = 0xaed0000
const MOST_WORDS = 3 << 19
const LINE_CHUNKS = 0x1950000
const LINE_LONGEST = 0x1b60000
const LINE_MARKS = 0x1d70000
const LINE_SENTENCES = 0x1f80000
const CHARACTER_CLASSES = 0xc5e0000
const SPECIAL_CASE = 1
const MEASURE = 2
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
 * Words and their sequences as `words.ts`, `n-grams.ts` and `repeated-grams.ts` find them, its plain twins: the table of
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

/** A kernel of its own; undefined where the runtime lacks WebAssembly with SIMD, or the memory. `kinds`: by UTF-16 unit. */
export function createWordsKernel(kinds: Uint8Array): WordsKernel | undefined {
  const binary = Buffer.from(KERNEL_MODULE, 'base64')
  if (!webAssembly.validate(binary)) return undefined
  const instance = new webAssembly.Instance(new webAssembly.Module(binary), {})
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module is the project's own
  const kernel = instance.exports as KernelExports
  if (kernel.configure() === 0) return undefined
  // All memory there will ever be: these views stay.
  const { buffer } = kernel.memory
  new Uint8Array(buffer, KINDS).set(kinds)
  const ofChunks = (at: number) => new Int32Array(buffer, at, MOST_UNITS / 2)
  const ofUnits = (at: number) => new Int32Array(buffer, at, MOST_UNITS)
  const ofLines = (at: number) => new Int32Array(buffer, at, MOST_UNITS + 1)
  const views: KernelViews = {
    units: new Uint16Array(buffer, TEXT, MOST_UNITS + SLACK),
    chunkStarts: ofChunks(CHUNK_STARTS),
    chunkEnds: ofChunks(CHUNK_ENDS),
    chunkHashes: ofChunks(CHUNK_HASHES),
    wordEnds: ofChunks(WORD_ENDS),
    chunkMarks: new Uint8Array(buffer, MARKS, MOST_UNITS / 2),
    chunkSentences: ofChunks(SENTENCES),
    breaks: ofUnits(BREAKS),
    breakChunks: ofUnits(BREAK_CHUNKS),
    ids: ofUnits(IDS),
    info: new Int32Array(buffer, INFO, MOST_WORDS),
    lines: {
      ends: ofLines(LINE_CHUNKS),
      longest: ofLines(LINE_LONGEST),
      marks: ofLines(LINE_MARKS),
      sentences: ofLines(LINE_SENTENCES),
    },
  }
  const bytes = Buffer.from(buffer, TEXT, MOST_UNITS * 2)
  const results = new Int32Array(buffer, RESULTS, 16)
  const missing = ofChunks(MISSING)
  const scratch = new Uint16Array(buffer, STARTS, MOST_UNITS)
  layTables(kernel)
  const splitOdd = oddSplitter(kernel, views)
  const split: Split = { chunks: 0, breaks: 0, words: 0, marks: 0, sums: results.subarray(4, 9) }
  let measured = false
  let linesCounted = false

  const countLines = ({ length, breaks, chunkCount, hasPairs }: Words) => {
    kernel.countLines(length, breaks.length, chunkCount, hasPairs ? 1 : 0)
    linesCounted = true
  }

  const measure = (words: number, hasPairs: boolean) => {
    if (!measured) kernel.measure(words, hasPairs ? 1 : 0)
    measured = true
  }

  return {
    views,
    fits: (text) => text.length <= MOST_UNITS,
    split: (text) => {
      if (kernel.isFull() !== 0) kernel.clear()
      bytes.write(text, 'utf16le')
      split.chunks = kernel.scan(text.length)
      split.breaks = results[0] ?? 0
      const odd = kernel.addMissing(kernel.find(split.chunks))
      for (let i = 0; i < odd; i++) splitOdd(missing[i] ?? 0)
      split.words = kernel.emit(split.chunks)
      split.marks = results[0] ?? 0
      measured = false
      linesCounted = false
      return split
    },
    idOf: (word) => {
      if (word.length > MOST_UNITS) return -1
      scratch.set(word)
      return kernel.idOf(word.length)
    },
    holds: (word, words) => {
      if (word.length > MOST_UNITS) return false
      scratch.set(word)
      return kernel.holds(word.length, words) !== 0
    },
    countLines: (text) => {
      countLines(text)
      const at = (place: number) => results[place] ?? 0
      return {
        lines: at(0),
        bullets: at(1),
        ellipsisEnds: at(2),
        paragraphs: at(3),
        repeatedParagraphs: at(4),
        repeatedParagraphCharacters: at(5),
        newlineLines: at(6),
        repeatedLines: at(7),
        repeatedLineCharacters: at(8),
        lineFeeds: at(9),
        filledLines: at(10),
        punctuatedLines: at(11),
        repeatedFilledCharacters: at(12),
      }
    },
    countShortLines: (text, longest) => {
      if (!linesCounted) countLines(text)
      return kernel.countShortLines(longest)
    },
    readLines: ({ length, breaks, chunkCount, hasPairs }) =>
      kernel.readLines(length, breaks.length, chunkCount, hasPairs ? 1 : 0),
    topGrams: (words, hasPairs, greatest) => {
      measure(words, hasPairs)
      kernel.topGrams(words, greatest)
      return [0, 0, ...results.subarray(2, greatest + 1)]
    },
    repeatedGrams: (words, hasPairs, least, greatest) => {
      measure(words, hasPairs)
      kernel.repeatedGrams(words, least, greatest)
      return [...results.subarray(0, greatest - least + 1)]
    },
  }
}

/** The rules' tables. */
function layTables(kernel: KernelExports): void {
  const { buffer } = kernel.memory
  const { cases, pairs } = specialCases()
  new Uint32Array(buffer, CHARACTER_CLASSES, CLASSES.length).set(CLASSES)
  new Uint8Array(buffer, PAIRS, pairs.length).set(pairs)
  const units = new Uint16Array(buffer, STARTS, MOST_UNITS)
  for (const { points, starts } of cases) {
    units.set(points)
    kernel.layDown(SPECIAL_CASE, points.length, starts.length, starts[1] ?? 0, starts[2] ?? 0)
  }
  for (const measure of MEASURES) {
    units.set(unitsOf(measure))
    kernel.layDown(MEASURE, measure.length, 1, 0, 0)
  }
}

/** Makes the record of a chunk by the twin's code. */
function oddSplitter(kernel: KernelExports, { units, chunkStarts, chunkEnds }: KernelViews) {
  const into = new Int32Array(kernel.memory.buffer, STARTS, MOST_UNITS)
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
