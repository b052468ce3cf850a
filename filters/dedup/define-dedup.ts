import type { z } from 'zod'
import type { Document } from '../../lib/documents/document.ts'
import type { Scope } from './scope.ts'

/**
 * A way to find duplicates. Each document gets a *sketch* of fixed size; from the sketch alone come its *keys*, and
 * two documents are candidates when they share a key. `compare` then verifies a candidate pair on both sketches.
 */
export interface DedupMethod {
  readonly scope?: Scope
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
  /** Compares candidates by more than their sketches, in place of `compare`. */
  readonly exact?: ExactComparison | undefined
}

export interface ExactComparison {
  /** What is compared of a document; linear, and at most in proportion to its text. */
  readonly features: (document: Document) => Uint32Array
  /** Similarity in [0, 1] if it passes the method's threshold, else null. Symmetric. */
  readonly compare: (a: Uint32Array, b: Uint32Array) => number | null
}

/**
 * A way to find repeated pieces of documents, which are cut out: a text is split into blocks, and `width` blocks in a row
 * are compared as one. How they are counted and cut is the same for all (`lib/build/blocks.ts`).
 */
export interface BlockMethod {
  readonly scope?: Scope
  /** Occurrences that stay, over the corpus. */
  readonly limit: number
  readonly width: number
  /** Letters and digits that a piece must have to be looked for, at least 1. */
  readonly minCharacters: number
  /** Characters that must be left of a document that something was cut out of; with fewer it goes. */
  readonly minRest: number
  /**
   * The ends of a text's blocks, in bytes of UTF-8: block i is [ends[i - 1], ends[i]), the first from 0. Without gaps,
   * white space belongs to the block before it; linear. What comes after `MOST_BLOCKS` is in none.
   */
  readonly split: (text: Uint8Array) => Uint32Array
}

interface Common<Settings extends z.ZodType> {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same text would get another sketch, key or verdict than before. */
  readonly revision: number
  /**
   * Methods run, and give evidence, by rising place, whatever the recipe's order: where several find a duplicate, the
   * plainest reason is the one recorded.
   */
  readonly place: number
  readonly settings: Settings
  /** True when a sketch may depend on the runtime's Unicode tables. */
  readonly unicode: boolean
}

export interface DocumentDedup<Settings extends z.ZodType = z.ZodType> extends Common<Settings> {
  readonly compares: 'documents'
  /** What a sketch is made of; a document without it has no keys. */
  readonly reads: 'text' | 'url'
  readonly create: (settings: z.output<Settings>) => DedupMethod
}

export interface BlockDedup<Settings extends z.ZodType = z.ZodType> extends Common<Settings> {
  readonly compares: 'blocks'
  readonly create: (settings: z.output<Settings>) => BlockMethod
}

export type DedupDefinition = DocumentDedup | BlockDedup

/** Declares a method that drops documents; add one line to `registered.ts`. */
export function defineDedup<Settings extends z.ZodType>(
  definition: Omit<DocumentDedup<Settings>, 'compares'>,
): DocumentDedup<Settings> {
  return { ...definition, compares: 'documents' }
}

/** Declares a method that cuts blocks out of documents; add one line to `registered.ts`. */
export function defineBlockDedup<Settings extends z.ZodType>(
  definition: Omit<BlockDedup<Settings>, 'compares'>,
): BlockDedup<Settings> {
  return { ...definition, compares: 'blocks' }
}
