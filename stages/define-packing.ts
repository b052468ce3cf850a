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

/** A way to lay documents into fixed-length sequences. `pack` is pure, and loses no token. */
export interface PackingDefinition {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same lengths would be packed otherwise than before. */
  readonly revision: number
  readonly pack: (request: PackingRequest) => Packing
}

/** Declares a packing; add one line to `registered.ts`. */
export function definePacking(definition: PackingDefinition): PackingDefinition {
  return definition
}
