import type { TokenIds } from './define-tokenizer.ts'

/** A fresh copy in the vocabulary's width; of a fresh array of that width, itself. */
export function toTokenIds(ids: Int32Array | Uint32Array, vocabularySize: number): TokenIds {
  if (vocabularySize > 65_536 && ids instanceof Uint32Array) return ids
  return vocabularySize <= 65_536 ? new Uint16Array(ids) : new Uint32Array(ids)
}

/** @throws RangeError outside [0, vocabularySize) */
export function checkId(id: number, vocabularySize: number): void {
  if (Number.isInteger(id) && id >= 0 && id < vocabularySize) return
  throw new RangeError(`token id ${id} is outside [0, ${vocabularySize})`)
}
