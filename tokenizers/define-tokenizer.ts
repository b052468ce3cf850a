import type { z } from 'zod'

/** Token ids: 16 bits where the vocabulary has at most 65,536 entries, else 32. */
export type TokenIds = Uint16Array | Uint32Array

/**
 * Encodes text that is only text: `<s>`, `[INST]` or `</s>` inside a document are ordinary characters, unless the recipe
 * sets `matchSpecials`. Special tokens are added by the caller, as ids.
 */
export interface Tokenizer {
  readonly name: string
  readonly vocabularySize: number
  /** Ids of the special tokens; undefined where the vocabulary has none. */
  readonly bos: number | undefined
  readonly eos: number | undefined
  readonly pad: number | undefined
  /** SHA-256 (hex) of the vocabulary in a canonical form: equal fingerprints give equal ids. */
  readonly fingerprint: string
  /**
   * Ids of `text` (a string, or its UTF-8 bytes), without BOS or EOS. Lone surrogates and invalid UTF-8 count as U+FFFD.
   * The array is the caller's own, but its `buffer` may hold other results too: copy it (`slice`) before it is transferred.
   */
  encode(text: string | Uint8Array): TokenIds
  /** The text of `ids`; control ids give nothing. */
  decode(ids: ArrayLike<number>): string
  /** The piece of one id for people to read, e.g. `▁the`, `<0x0A>`, `</s>`. Throws RangeError outside [0, vocabularySize). */
  piece(id: number): string
  /** The id of a control piece, for templates: `[INST]`. Undefined for any other piece. */
  control?(piece: string): number | undefined
}

/** What a plan asks of a tokenizer. */
export type TokenizerFacts = Pick<Tokenizer, 'name' | 'vocabularySize' | 'bos' | 'eos' | 'pad'>

/** A tokenizer family. `load` runs once a process; its tables go to every worker (large arrays in SharedArrayBuffers). */
export interface TokenizerDefinition<Settings extends z.ZodType = z.ZodType, Tables = unknown> {
  /** The family's name in recipes: `tokenizer: {type: sentencepiece, …}`. */
  readonly type: string
  readonly summary: string
  /** Raised when the same vocabulary would give other ids than before. */
  readonly revision: number
  /** A `z.strictObject`, without the keys `type` and `matchSpecials`, which every family has. */
  readonly settings: Settings
  /** Settings that are paths of files: a relative one is relative to the recipe. */
  readonly paths?: readonly string[]
  /** Ready-made settings by name: `tokenizer: mistral-v1`. */
  readonly builtIn: Readonly<Record<string, z.output<Settings>>>
  /** The facts of a vocabulary that is known to be sound, without its tables; undefined for others. Absent: of none. */
  readonly facts?: (settings: z.output<Settings>) => Promise<TokenizerFacts | undefined>
  readonly load: (settings: z.output<Settings>) => Promise<Tables>
  readonly create: (tables: Tables) => Tokenizer
}

/** Declares a tokenizer family; add one line to `registered.ts`. */
export function defineTokenizer<Settings extends z.ZodType, Tables>(
  definition: TokenizerDefinition<Settings, Tables>,
): TokenizerDefinition<Settings, Tables> {
  return definition
}
