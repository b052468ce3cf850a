import { type WebAssemblyMemory, webAssembly } from '../kernels/web-assembly.ts'
import * as chunks from './chunk-table.ts'
import { KERNEL_MODULE } from './words-kernel-module.ts'

/** What `assembly/index.ts` exports. */
interface KernelExports {
  readonly memory: WebAssemblyMemory
  configure(): number
  clear(): void
  scan(units: number): number
  find(chunks: number): number
  findAgain(chunk: number): number
  setRecord(chunk: number, record: number): void
  emit(chunks: number): number
  addWord(id: number, units: number, info: number): void
  measure(words: number, hasPairs: number): void
  topGrams(words: number, greatest: number): void
  repeatedGrams(words: number, least: number, greatest: number): void
}

/** As in `assembly/layout.ts`. */
const MOST_UNITS = 1 << 19
const KINDS = 0x10000
const RESULTS = 0x21000
const TEXT = 0x100000
const DENSE = 0x210000
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
const RECORDS = 0x31b0000
const MOST_RECORDS = 3 << 18
const WORD_IDS = 0x6ac0000
const MOST_WORD_IDS = 5 << 19

/** What is kept at most before a text is read: a text adds no more than the memory has room for beside it. */
const MOST_KEPT = 1 << 19
const MOST_KEPT_WORD_IDS = 1 << 21
const MOST_KEPT_WORDS = 1 << 20
const MOST_KEPT_UNITS = 1 << 22

/** Fields of a record, in integers; SMALL, in bytes: units, marks, and from SMALL_COUNTS on the counts. */
const RECORD = 16
const FIRST_ID = 9
const WORDS = 10
const WORD_IDS_AT = 11
const SENTENCE_STEP = 12
const SMALL = 52
const SMALL_COUNTS = 56

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
 * used. New chunks are split by the twin's code.
 */
export interface WordsKernel {
  readonly views: KernelViews
  /** Whether the text fits in. */
  fits(text: string): boolean
  /** Whether it is time to {@link clear}. */
  isFull(table: chunks.ChunkTable): boolean
  /** Forgets all chunks and words: those to come are of another table. */
  clear(): void
  /** Splits a text that fits in; `table` makes the ids of words. */
  split(text: string, table: chunks.ChunkTable): Split
  /** Of the text split last: see `topGramCharacters` and `repeatedGramCharacters`. */
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
  const views: KernelViews = {
    units: new Uint16Array(buffer, TEXT, MOST_UNITS + chunks.SLACK),
    chunkStarts: ofChunks(CHUNK_STARTS),
    chunkEnds: ofChunks(CHUNK_ENDS),
    chunkHashes: ofChunks(CHUNK_HASHES),
    wordEnds: ofChunks(WORD_ENDS),
    chunkMarks: new Uint8Array(buffer, MARKS, MOST_UNITS / 2),
    chunkSentences: ofChunks(SENTENCES),
    breaks: ofUnits(BREAKS),
    breakChunks: ofUnits(BREAK_CHUNKS),
    ids: ofUnits(IDS),
  }
  const bytes = Buffer.from(buffer, TEXT, MOST_UNITS * 2)
  const results = new Int32Array(buffer, RESULTS, 16)
  const missing = ofChunks(MISSING)
  const add = recordAdder(kernel)
  const split: Split = { chunks: 0, breaks: 0, words: 0, marks: 0, sums: results.subarray(4, 9) }
  let measured = false

  const measure = (words: number, hasPairs: boolean) => {
    if (!measured) kernel.measure(words, hasPairs ? 1 : 0)
    measured = true
  }

  return {
    views,
    fits: (text) => text.length <= MOST_UNITS,
    isFull: (table) => add.isFull() || table.words.count > MOST_KEPT_WORDS,
    clear: add.clear,
    split: (text, table) => {
      bytes.write(text, 'utf16le')
      split.chunks = kernel.scan(text.length)
      split.breaks = results[0] ?? 0
      const unknown = kernel.find(split.chunks)
      if (unknown > 0) add.all(table, views, missing, unknown)
      split.words = kernel.emit(split.chunks)
      split.marks = results[0] ?? 0
      if (unknown > 0) add.addUnkept(split.sums)
      measured = false
      return split
    },
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

/** Makes records of chunks that are new. */
function recordAdder(kernel: KernelExports) {
  const { buffer } = kernel.memory
  const records = new Int32Array(buffer, RECORDS, MOST_RECORDS * RECORD)
  const smalls = new Uint8Array(buffer, RECORDS, MOST_RECORDS * RECORD * 4)
  const wordIds = new Int32Array(buffer, WORD_IDS, MOST_WORD_IDS)
  const word = new Uint16Array(buffer, DENSE, MOST_UNITS)
  let kept = 0
  let keptWordIds = 0
  let keptUnits = 0
  let knownWords = 0
  /** Sums over the text's chunks that are not kept: theirs may not fit in a record. */
  const unkeptSums = new Int32Array(5)

  /** Tells the kernel of the words that it does not know. */
  const addWords = ({ words, info }: chunks.ChunkTable) => {
    const { arena, ends } = words
    for (
      let from = knownWords === 0 ? 0 : (ends[knownWords - 1] ?? 0);
      knownWords < words.count;
      knownWords++
    ) {
      const to = ends[knownWords] ?? 0
      for (let i = from; i < to; i++) word[i - from] = arena[i] ?? 0
      kernel.addWord(knownWords, to - from, info[knownWords] ?? 0)
      from = to
    }
  }

  /** Copies a record of the table: number `to` here, its words' ids from `wordIdsAt` on. */
  const copyRecord = (table: chunks.ChunkTable, from: number, to: number, wordIdsAt: number) => {
    const given = table.records
    const at = from * chunks.RECORD
    const count = given[at + chunks.WORDS] ?? 0
    records[to * RECORD + FIRST_ID] = given[at + chunks.FIRST_ID] ?? 0
    records[to * RECORD + WORDS] = count
    records[to * RECORD + WORD_IDS_AT] = wordIdsAt
    records[to * RECORD + SENTENCE_STEP] = given[at + chunks.SENTENCES] ?? 0
    const ids = given[at + chunks.WORD_IDS] ?? 0
    for (let i = 0; i < count; i++) wordIds[wordIdsAt + i] = table.wordIds.items[ids + i] ?? 0
    const small = to * RECORD * 4 + SMALL
    smalls[small] = given[at + chunks.UNITS] ?? 0
    smalls[small + 1] = given[at + chunks.MARKS] ?? 0
    return count
  }

  const add = (table: chunks.ChunkTable, { units, chunkStarts, chunkEnds }: KernelViews, chunk: number) => {
    const start = chunkStarts[chunk] ?? 0
    const end = chunkEnds[chunk] ?? 0
    const record = chunks.readChunk(table, units, start, end)
    const count = copyRecord(table, record, kept, keptWordIds)
    const counts = kept * RECORD * 4 + SMALL_COUNTS
    for (let i = 0; i < 5; i++) {
      smalls[counts + i] = table.records[record * chunks.RECORD + chunks.NON_SYMBOLS + i] ?? 0
    }
    kernel.setRecord(chunk, kept)
    keptWordIds += count
    keptUnits += end - start
    kept++
  }

  /** The same with a record that lasts until the next text, behind those that are kept. */
  const addForNow = (
    table: chunks.ChunkTable,
    { units, chunkStarts, chunkEnds }: KernelViews,
    chunk: number,
    number: number,
    wordIdsAt: number,
  ) => {
    const record = chunks.readChunk(table, units, chunkStarts[chunk] ?? 0, chunkEnds[chunk] ?? 0)
    const count = copyRecord(table, record, number, wordIdsAt)
    smalls.fill(0, number * RECORD * 4 + SMALL_COUNTS, (number + 1) * RECORD * 4)
    for (let i = 0; i < 5; i++) {
      const sum = table.records[record * chunks.RECORD + chunks.NON_SYMBOLS + i] ?? 0
      unkeptSums[i] = (unkeptSums[i] ?? 0) + sum
    }
    kernel.setRecord(chunk, number)
    return count
  }

  return {
    isFull: () => kept > MOST_KEPT || keptWordIds > MOST_KEPT_WORD_IDS || keptUnits > MOST_KEPT_UNITS,
    clear: () => {
      kernel.clear()
      kept = 0
      keptWordIds = 0
      keptUnits = 0
      knownWords = 0
    },
    all: (table: chunks.ChunkTable, views: KernelViews, missing: Int32Array, count: number) => {
      unkeptSums.fill(0)
      let long = 0
      for (let i = 0; i < count; i++) {
        const chunk = missing[i] ?? 0
        if ((views.chunkEnds[chunk] ?? 0) - (views.chunkStarts[chunk] ?? 0) > chunks.LONGEST_KEPT) {
          missing[long++] = chunk
        } else if (kernel.findAgain(chunk) === 0) {
          add(table, views, chunk)
        }
      }
      let wordIdsAt = keptWordIds
      for (let i = 0; i < long; i++) {
        wordIdsAt += addForNow(table, views, missing[i] ?? 0, kept + i, wordIdsAt)
      }
      chunks.forgetChunks(table)
      addWords(table)
    },
    addUnkept: (sums: Int32Array) => {
      for (let i = 0; i < 5; i++) sums[i] = (sums[i] ?? 0) + (unkeptSums[i] ?? 0)
    },
  }
}
