import { type Int32List, int32List } from './int32-list.ts'
import { type SpanTable, spanTable } from './span-table.ts'
import type { WordsKernel } from './words-kernel.ts'

/**
 * A text's English words as datatrove 0.10.1 counts them: the tokens of spaCy's blank English pipeline, stripped, the
 * empty ones left out. `Don't e-mail!` → `Do|n't|e|-|mail|!`. Words are ids: equal words have equal ids within one
 * text; ids of two texts must not be compared. All arrays are reused by the next text.
 */
export interface Words {
  /** The text as UTF-16 at [0, length); a space follows, and room for `SLACK`. */
  units: Uint16Array
  length: number
  /** Length of the text in code points; equals `length` where `hasPairs` is false. */
  codePoints: number
  /** True when a surrogate pair is in the text: only then do units and code points differ. */
  hasPairs: boolean
  /** Runs without white space: chunk i is units [chunkStarts[i], chunkEnds[i]). */
  chunkCount: number
  chunkStarts: Int32Array
  chunkEnds: Int32Array
  chunkHashes: Int32Array
  /** Words of chunk i: [wordEnds[i - 1], wordEnds[i]) of `ids`. */
  wordEnds: Int32Array
  chunkMarks: Uint8Array
  /** See `SENTENCES` of the chunk table. */
  chunkSentences: Int32Array
  /** Line breaks of any kind, by unit, and how many chunks stand before each. */
  readonly breaks: Int32List
  readonly breakChunks: Int32List
  /** Sums over all words; see the fields of the same names in the chunk table. */
  readonly sums: WordSums
  /** Ids of the words in order at [0, ids.length). */
  readonly ids: Int32List
  /** By word id: see `INFO_SHIFT` and the bits beside it; the words' units. */
  info: Int32Array
  /** The words, where no kernel has them. */
  wordSpans: SpanTable
  /**
   * By units that are not white space, [0, n] of them: the sum of those before, each times HASH_BASE ** (how many
   * follow it), mod 2^32, from which `hashBetween` has the hash of any range.
   */
  prefixHashes: Int32Array
  /** Whose memory the arrays are in: it finds sequences of words, and leaves `prefixHashes` alone. */
  readonly kernel?: WordsKernel
}

export interface WordSums {
  nonSymbols: number
  characters: number
  alphabetics: number
  hashes: number
  ellipses: number
}

const NONE = spanTable()

export function emptyWords(): Words {
  return {
    units: new Uint16Array(1 << 12),
    length: 0,
    codePoints: 0,
    hasPairs: false,
    chunkCount: 0,
    chunkStarts: new Int32Array(1 << 10),
    chunkEnds: new Int32Array(1 << 10),
    chunkHashes: new Int32Array(1 << 10),
    wordEnds: new Int32Array(1 << 10),
    chunkMarks: new Uint8Array(1 << 10),
    chunkSentences: new Int32Array(1 << 10),
    breaks: int32List(1 << 8),
    breakChunks: int32List(1 << 8),
    sums: { nonSymbols: 0, characters: 0, alphabetics: 0, hashes: 0, ellipses: 0 },
    ids: int32List(1 << 10),
    info: new Int32Array(0),
    wordSpans: NONE,
    prefixHashes: new Int32Array(1 << 12),
  }
}

/** Length in code points of units [start, end) of a text. */
export function codePointLength(text: Words, start: number, end: number): number {
  if (!text.hasPairs) return end - start
  let length = 0
  for (let i = start; i < end; i++) {
    const high = ((text.units[i] ?? 0) & 0xfc00) === 0xd800
    if (high && i + 1 < end && ((text.units[i + 1] ?? 0) & 0xfc00) === 0xdc00) i++
    length++
  }
  return length
}
