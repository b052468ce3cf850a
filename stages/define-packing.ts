import type { z } from 'zod'

/**
 * Where every piece of a shard's documents lies in its sequences. Piece `i` is tokens
 * [documentStart[i], documentStart[i] + length[i]) of document `document[i]`, at [start[i], start[i] + length[i]) of
 * sequence `sequence[i]`. Pieces are ordered by (sequence, start), and lie in a sequence without gaps from 0 on.
 */
export interface Packing {
  readonly sequences: number
  readonly pieces: number
  /** Each a Uint32Array of length `pieces`. */
  readonly document: Uint32Array
  readonly documentStart: Uint32Array
  readonly sequence: Uint32Array
  readonly start: Uint32Array
  readonly length: Uint32Array
}

export interface PackingRequest {
  /** Tokens of each document, specials included, in mix order. */
  readonly lengths: Uint32Array
  /** Tokens a sequence. */
  readonly sequenceLength: number
  /** Keys the shuffle of finished sequences, where a method needs one: the same key, the same order. */
  readonly seed: string
}

/**
 * A way to lay documents into fixed-length sequences. `pack` is pure. It places every token once, but where a setting says
 * that documents longer than a sequence are truncated: of such a document it places one full sequence, its beginning.
 */
export interface PackingDefinition<Settings = unknown> {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same lengths would be packed otherwise than before. */
  readonly revision: number
  readonly settings: z.ZodType<Settings>
  /** Throws RECIPE_INVALID for a sequence length that the method cannot have. */
  readonly pack: (request: PackingRequest, settings: Settings) => Packing
}

/** Declares a packing; add one line to `registered.ts`. */
export function definePacking<Settings>(
  definition: PackingDefinition<Settings>,
): PackingDefinition<Settings> {
  return definition
}
