import { checkId } from '../token-ids.ts'
import { createMerger } from './merge.ts'
import type { RankTables } from './rank-tables.ts'
import { byteString } from './shared-memory.ts'
import { createTextBytes, TEXT_START } from './text-bytes.ts'
import { createUnitEncoder } from './unit-encoder.ts'

/** The end of the split pattern's match at `from`; every character is in some match. `from` < `end`. */
export type FindMatchEnd = (bytes: Uint8Array, from: number, end: number) => number

/** Ids of a text, its matches merged one by one: a view, valid until the next call. */
export function createRankEncoder(
  tables: RankTables,
  findEnd: FindMatchEnd,
): (text: string | Uint8Array) => Int32Array {
  const text = createTextBytes()
  const merger = createMerger(tables.pairs)
  const whole = new Map(tables.unreachable)
  const longestWhole = tables.unreachable.reduce((longest, [token]) => Math.max(longest, token.length), 0)
  const units = createUnitEncoder({
    merger,
    whole(bytes, from, to) {
      if (to - from > longestWhole) return undefined
      return whole.get(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1'))
    },
    symbolize(bytes, from, to) {
      const symbols = merger.reserve(to - from)
      for (let i = from; i < to; i++) symbols[i - from] = tables.byteIds[bytes[i] ?? 0] ?? 0
      return to - from
    },
  })
  return (input) => {
    text.load(input)
    const { bytes, end } = text
    units.start(bytes)
    for (let at = TEXT_START; at < end; ) {
      const to = findEnd(bytes, at, end)
      units.add(at, to)
      at = to
    }
    return units.ids()
  }
}

/** Bytes that are not UTF-8 come out as U+FFFD, ids of special tokens as nothing. */
export function createRankDecoder(
  { tokens, firstId, rankCount }: RankTables,
  vocabularySize: number,
): (ids: ArrayLike<number>) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const isToken = (id: number): boolean => id >= firstId && id < firstId + rankCount
  return (ids) => {
    let length = 0
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? -1
      checkId(id, vocabularySize)
      if (isToken(id)) length += byteString(tokens, id - firstId).length
    }
    const bytes = new Uint8Array(length)
    let end = 0
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? 0
      if (!isToken(id)) continue
      const token = byteString(tokens, id - firstId)
      bytes.set(token, end)
      end += token.length
    }
    return decoder.decode(bytes)
  }
}

/** A token as text, or its bytes as `<0xE2><0x96>` where they are not whole characters. */
export function readablePiece({ tokens, firstId }: RankTables, id: number): string {
  const token = byteString(tokens, id - firstId)
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(token)
  if (Buffer.from(text).equals(token)) return text
  return Array.from(token, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('')
}
