import type { z } from 'zod'
import type { Document } from '../../lib/documents/document.ts'

/**
 * A way to find duplicates. Each document gets a *sketch* of fixed size; from the sketch alone come its *keys*, and
 * two documents are candidates when they share a key. `compare` then verifies a candidate pair on both sketches.
 */
export interface DedupMethod {
  /** 32-bit words a sketch. */
  readonly sketchWords: number
  /** The most keys a document can have. */
  readonly maxKeys: number
  /** Writes the document's sketch into `into[at]…into[at + sketchWords - 1]`. Linear in the text, in bounded memory. */
  sketch(document: Document, into: Uint32Array, at: number): void
  /**
   * Writes the keys of the sketch at `sketches[at]` into `into` from `intoAt` on, two words a key (high, low), uniformly
   * distributed; returns how many. 0 means that this method never takes the document for a duplicate.
   */
  keys(sketches: Uint32Array, at: number, into: Uint32Array, intoAt: number): number
  /** Similarity in [0, 1] of two candidates if it passes the method's threshold, else null. Symmetric. */
  compare(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number): number | null
}

export interface DedupDefinition<Settings extends z.ZodType = z.ZodType> {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same text would get another sketch, key or verdict than before. */
  readonly revision: number
  /** What a sketch is made of; a document without it has no keys. */
  readonly reads: 'text' | 'url'
  /**
   * Methods run, and give evidence, by rising place, whatever the recipe's order: where several find a duplicate, the
   * plainest reason is the one recorded.
   */
  readonly place: number
  readonly settings: Settings
  /** True when a sketch may depend on the runtime's Unicode tables. */
  readonly unicode: boolean
  readonly create: (settings: z.output<Settings>) => DedupMethod
}

/** Declares a dedup method; add one line to `registered.ts`. */
export function defineDedup<Settings extends z.ZodType>(
  definition: DedupDefinition<Settings>,
): DedupDefinition<Settings> {
  return definition
}
