import type { TokenIds, Tokenizer } from '../../tokenizers/define-tokenizer.ts'
import type { Scratch } from '../kernels/scratch.ts'
import type { WrittenFile } from '../storage/output-file.ts'

/** What a format's writer knows of the shard it writes. */
export interface ShardTarget {
  /** Absolute path without extension; the format adds its own: `…/00000.bin`. */
  readonly base: string
  readonly vocabularySize: number
  readonly tokenizer: Pick<Tokenizer, 'name' | 'bos' | 'eos' | 'pad'>
  /** Whether the loss counts only some tokens of some source of the folder's shards; a format that has no mask is not asked. */
  readonly masked: boolean
  /** Tokens a sequence. Document formats may ignore it. */
  readonly sequenceLength: number
  /** What its large arrays are taken from; undefined: they are made anew. */
  readonly scratch?: Scratch
}

/** One packed sequence: `tokens` has `sequenceLength` entries; the real ones come first, padding after. */
export interface Sequence {
  readonly tokens: TokenIds
  /** Lengths in tokens of the document pieces, in order; their sum is the number of real tokens. */
  readonly pieceLengths: readonly number[]
  /** The loss mask: a byte for each of `tokens`, 1 where the loss counts it. Undefined: it counts all but padding. */
  readonly learned?: Uint8Array | undefined
}

/**
 * Writes are awaited (back-pressure), and the item's arrays, and the facts of a document, may change once they have been. `close` syncs and renames; after `abort` nothing is left behind.
 */
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

/** Where a document is from, for formats that say so beside its tokens. */
export interface DocumentFacts {
  /** 16 bytes; valid during the call. */
  readonly uid: Uint8Array
  /** Name of the source in the recipe. */
  readonly source: string
}

/** Facts are absent where none are known, as when files are only tokenized; `learned` as in Sequence. */
export interface DocumentWriter extends ShardWriter<TokenIds> {
  write(ids: TokenIds, facts?: DocumentFacts, learned?: Uint8Array): Promise<void> | void
}

/** What is known of shards before any is written. */
export interface PlannedShards {
  readonly vocabularySize: number
  /** Tokens asked of the largest shard; documents end where they end, so it may have somewhat more. */
  readonly shardTokens: number
  /** Shards of the segment that has most. */
  readonly segmentShards: number
  /** Whether each document begins with the tokenizer's BOS, and ends with its EOS. */
  readonly specials: { readonly bos: boolean; readonly eos: boolean }
}

/** A finished shard of a folder that a format keeps a table of. */
export interface FolderShard {
  /** As in ShardTarget. */
  readonly base: string
  /** In the order of the format's extensions. */
  readonly files: readonly WrittenFile[]
}

/** The shards of a whole build in one format, as a training launcher is told of them. */
export interface LaunchedRun {
  /** In the order of the run; `name` is that of the segment's folder. */
  readonly segments: readonly { readonly name: string; readonly shards: readonly LaunchedShard[] }[]
  /** Of all sources. */
  readonly holdout: readonly LaunchedShard[]
}

export interface LaunchedShard {
  /** Without extension, relative to the build's folder. */
  readonly base: string
  readonly tokens: number
}

interface FormatBase {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same tokens would give other bytes than before. */
  readonly revision: number
  /** Extensions of the files of a shard, the one with the tokens first: `.bin`, `.idx`. */
  readonly extensions: readonly string[]
  /** Bytes of a stored token, where that is not 2 for up to 65,536 ids and 4 for more. */
  readonly tokenBytes?: (vocabularySize: number) => 2 | 4
  /**
   * Whether its files say which tokens the loss counts; a recipe with a masked source is refused where they do not.
   * `file`: the extension of a file that only masked shards have.
   */
  readonly lossMask: boolean | { readonly file: string }
  /**
   * Tokens at the end of a file of `tokens` that the trainer's reader leaves, in sequences of `sequenceLength`. Absent: it
   * leaves none, or how many depends on more than these.
   */
  readonly tail?: (tokens: number, sequenceLength: number) => number
  /** `base` as in ShardTarget. */
  readonly open: (base: string) => Promise<ShardReader>
  /** Why such shards cannot be held, for people: asked before any work. Undefined: they can. */
  readonly refuses?: (shards: PlannedShards) => string | undefined
  /**
   * Writes what a folder of shards has once, such as an index of all of them; `folder` is absolute, `shards` in their
   * order. The same shards give the same bytes, whatever was in the folder before.
   */
  readonly finish?: (folder: string, shards: readonly FolderShard[]) => Promise<WrittenFile[]>
  /** Files that the trainers' launchers read, by name: their texts, for `launch/FORMAT/` of the build. */
  readonly launch?: (run: LaunchedRun) => Readonly<Record<string, string>>
}

/** Carries a shard's documents, specials included, in mix order. */
export interface DocumentFormat extends FormatBase {
  readonly kind: 'documents'
  readonly create: (target: ShardTarget) => Promise<DocumentWriter>
  /**
   * Opens files of other programs as a source of documents: what those may leave out is not asked for. `header` has
   * `dtype`, and `tokenizer` where the files name one. Absent: such files are no source.
   */
  readonly openInput?: (base: string) => Promise<ShardReader>
}

/** Carries a shard's packed sequences. */
export interface SequenceFormat extends FormatBase {
  readonly kind: 'sequences'
  readonly create: (target: ShardTarget) => Promise<ShardWriter<Sequence>>
}

export type FormatDefinition = DocumentFormat | SequenceFormat
