import type { TokenIds } from './define-tokenizer.ts'

/** A fresh copy in the vocabulary's width. */
export function toTokenIds(ids: Int32Array, vocabularySize: number): TokenIds {
  return vocabularySize <= 65_536 ? new Uint16Array(ids) : new Uint32Array(ids)
}

/** @throws RangeError outside [0, vocabularySize) */
export function checkId(id: number, vocabularySize: number): void {
  if (Number.isInteger(id) && id >= 0 && id < vocabularySize) return
  throw new RangeError(`token id ${id} is outside [0, ${vocabularySize})`)
}
