import type { TokenIds, Tokenizer } from '../../tokenizers/define-tokenizer.ts'
import type { WrittenFile } from '../storage/output-file.ts'

/** What a format's writer knows of the shard it writes. */
export interface ShardTarget {
  /** Absolute path without extension; the format adds its own: `…/00000.bin`. */
  readonly base: string
  readonly vocabularySize: number
  readonly tokenizer: Pick<Tokenizer, 'name' | 'bos' | 'eos' | 'pad'>
  /** Tokens a sequence. Document formats may ignore it. */
  readonly sequenceLength: number
}

/** One packed sequence: `tokens` has `sequenceLength` entries; the real ones come first, padding after. */
export interface Sequence {
  readonly tokens: TokenIds
  /** Lengths in tokens of the document pieces, in order; their sum is the number of real tokens. */
  readonly pieceLengths: readonly number[]
}

/** Writes are awaited (back-pressure). `close` syncs and renames; after `abort` nothing is left behind. */
export interface ShardWriter<Item> {
  write(item: Item): Promise<void> | void
  close(): Promise<WrittenFile[]>
  abort(): Promise<void>
}

/** Counts that a reader of a finished shard finds, for `verify` and `inspect`. */
export interface ShardCounts {
  /** Documents of a document format, sequences of a sequence format. */
  readonly items: number
  /** Real tokens, padding not included. */
  readonly tokens: number
  readonly padding: number
}

/** A finished shard, opened for random access. Throws MillraceError OUTPUT_DAMAGED where bytes contradict each other. */
export interface ShardReader {
  readonly counts: ShardCounts
  /** Header facts for people, e.g. `{version: 1, dtype: 'uint16'}`. */
  readonly header: Readonly<Record<string, unknown>>
  /** Item `index` in [0, counts.items): the tokens, and the lengths of the pieces in them (one for a document). */
  item(index: number): Promise<Sequence>
  /** Item and offset in it of the shard's token `position`: the N-th id as stored, padding included. */
  locate(position: number): { item: number; offset: number }
  close(): Promise<void>
}

interface FormatBase {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same tokens would give other bytes than before. */
  readonly revision: number
  /** Extensions of the files of a shard, the one with the tokens first: `.bin`, `.idx`. */
  readonly extensions: readonly string[]
  /** `base` as in ShardTarget. */
  readonly open: (base: string) => Promise<ShardReader>
}

/** Carries a shard's documents, specials included, in mix order. */
export interface DocumentFormat extends FormatBase {
  readonly kind: 'documents'
  readonly create: (target: ShardTarget) => Promise<ShardWriter<TokenIds>>
}

/** Carries a shard's packed sequences. */
export interface SequenceFormat extends FormatBase {
  readonly kind: 'sequences'
  readonly create: (target: ShardTarget) => Promise<ShardWriter<Sequence>>
}

export type FormatDefinition = DocumentFormat | SequenceFormat
