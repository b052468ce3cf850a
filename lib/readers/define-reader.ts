import type { InputAccess } from '../storage/stored-bytes.ts'
import type { InvalidUtf8 } from './utf8.ts'

/** One record as a reader gives it. `offset` locates it in its file: a decompressed byte offset, or a row number. */
export interface RawRecord {
  readonly kind: 'record'
  readonly offset: number
  /** Bytes of input (decompressed) that the record took, its line end included. */
  readonly bytes: number
  /** The record's value: parsed JSON for JSON formats, `{text}` for text files. `fields` and templates map it to a document. */
  readonly value: unknown
  /** Faults of UTF-8 that were replaced by U+FFFD; absent where there were none. */
  readonly invalidUtf8?: number
}

/** A record, or the rest of a file, that could not be read. It becomes one quarantine entry; reading goes on if it can. */
export interface BadRecord {
  readonly kind: 'bad'
  readonly offset: number
  readonly bytes: number
  /** A stable word for tables: `invalid-json`, `line-too-long`, `truncated`, `corrupt`, `invalid-utf8`. */
  readonly reason: string
  /** What exactly was wrong, for people. */
  readonly detail: string
}

export type ReaderItem = RawRecord | BadRecord

/** Bytes of a file after decompression, in order. `damage` in place of a chunk ends the stream: what follows is lost. */
export type Chunk = Uint8Array | { readonly damage: string; readonly detail: string }

/** Bytes; a longer record is quarantined unless a caller says otherwise. A million-word book has 6 MB. */
export const MAX_RECORD_BYTES = 64 << 20

export interface ReadOptions {
  /** Decompressed byte range [start, end) of the records to give: those whose first byte lies in it. Only where `splittable`. */
  readonly range?: { readonly start: number; readonly end: number }
  /** Bytes; a longer record is quarantined, never held in memory. */
  readonly maxRecordBytes: number
  /** In formats of text, what becomes of records that are not UTF-8. Default: refuse. */
  readonly invalidUtf8?: InvalidUtf8
  /**
   * Names of the record's keys that are asked for; all where it is undefined. A reader of columns leaves the others
   * undefined without decoding them; other readers give them.
   */
  readonly columns?: ReadonlySet<string>
}

interface ReaderFacts {
  readonly name: string
  readonly summary: string
  /** Raised when the same bytes would give other records than before. */
  readonly revision: number
  /**
   * File name endings after a compression suffix is taken off, with the dot: `.jsonl`. Where several readers claim one, the
   * content decides.
   */
  readonly extensions: readonly string[]
  /** First bytes (as Latin-1) that files of the format begin with, and others do not. */
  readonly signatures?: readonly string[]
}

/**
 * A reader turns a file's bytes into records, in batches of bounded size, so that asynchronous hops are per batch and
 * records are handled in plain loops. It never throws for bad content: damage is an item.
 */
export interface StreamReader extends ReaderFacts {
  /** True when a byte range of an uncompressed file can be read on its own. */
  readonly splittable: boolean
  /** `chunks` begins at `options.range.start - 1` (or 0), so that a reader can see whether a record starts there. */
  readonly read: (chunks: AsyncIterable<Chunk>, options: ReadOptions) => AsyncIterable<ReaderItem[]>
  readonly readFile?: undefined
}

/** A reader of a format whose parts are found by their positions. The file as a whole must not be compressed. */
export interface FileReader extends ReaderFacts {
  readonly splittable: false
  /** Leaves closing `file` to the caller. A record's `offset` is its row. */
  readonly readFile: (file: InputAccess, options: ReadOptions) => AsyncIterable<ReaderItem[]>
  readonly read?: undefined
}

export type ReaderDefinition = StreamReader | FileReader

/** Declares a reader; add one line to `registered.ts`. */
export function defineReader<R extends ReaderDefinition>(definition: R): R {
  return definition
}
