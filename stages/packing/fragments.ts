import { type Key64, keyedHash } from '../../lib/kernels/keyed-hash.ts'
import type { Packing } from '../define-packing.ts'

/** Pieces of documents before they have a place, in mix order. Each a Uint32Array of length `count`. */
export interface Fragments {
  readonly count: number
  readonly document: Uint32Array
  readonly from: Uint32Array
  readonly length: Uint32Array
}

/**
 * Fragments of each document as `cut` gives them: it is called with a document's tokens, and calls `add` for each piece from
 * the document's start on, end to end. It is called twice a document.
 */
export function cutDocuments(
  lengths: Uint32Array,
  cut: (tokens: number, add: (length: number) => void) => void,
): Fragments {
  let count = 0
  const counting = (): void => {
    count++
  }
  for (let d = 0; d < lengths.length; d++) cut(lengths[d] ?? 0, counting)
  const document = new Uint32Array(count)
  const from = new Uint32Array(count)
  const length = new Uint32Array(count)
  let at = 0
  let of = 0
  let done = 0
  const adding = (tokens: number): void => {
    document[at] = of
    from[at] = done
    length[at] = tokens
    done += tokens
    at++
  }
  for (; of < lengths.length; of++) {
    done = 0
    cut(lengths[of] ?? 0, adding)
  }
  return { count, document, from, length }
}

/**
 * A keyed permutation of 0..count-1: the rank of each by the first 32 bits of hash(seed, 'sequence order', number), ties
 * by number.
 */
export function keyedRanks(count: number, seed: string): Uint32Array {
  const hash = keyedHash(seed, 'sequence order')
  const words = new Uint32Array(4)
  const key: Key64 = { high: 0, low: 0 }
  const keys = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    words[0] = i
    hash(words, 0, key)
    keys[i] = key.high
  }
  const byNumber = Uint32Array.from(keys, (_, i) => i)
  const order = sortByHalf(keys, 16, sortByHalf(keys, 0, byNumber))
  const rank = new Uint32Array(count)
  for (let i = 0; i < count; i++) rank[order[i] ?? 0] = i
  return rank
}

/** `order` sorted by 16 bits of each one's key, equal ones left in order: a radix sort's pass. */
function sortByHalf(keys: Uint32Array, shift: number, order: Uint32Array): Uint32Array {
  const slot = new Uint32Array(0x10001)
  for (let i = 0; i < keys.length; i++) {
    const after = (((keys[i] ?? 0) >>> shift) & 0xffff) + 1
    slot[after] = (slot[after] ?? 0) + 1
  }
  for (let digit = 1; digit < slot.length; digit++) slot[digit] = (slot[digit] ?? 0) + (slot[digit - 1] ?? 0)
  const sorted = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) {
    const number = order[i] ?? 0
    const digit = ((keys[number] ?? 0) >>> shift) & 0xffff
    const at = slot[digit] ?? 0
    sorted[at] = number
    slot[digit] = at + 1
  }
  return sorted
}

/** Puts fragments, taken in mix order, one after the other into their sequences; bin b is sequence `rank[b]`. */
export function layOut(fragments: Fragments, bin: Uint32Array, rank: Uint32Array): Packing {
  const { count: pieces } = fragments
  const sequences = rank.length
  const slot = new Uint32Array(sequences + 1)
  for (let i = 0; i < pieces; i++) {
    const after = (rank[bin[i] ?? 0] ?? 0) + 1
    slot[after] = (slot[after] ?? 0) + 1
  }
  for (let s = 1; s <= sequences; s++) slot[s] = (slot[s] ?? 0) + (slot[s - 1] ?? 0)
  const filled = new Uint32Array(sequences)
  const document = new Uint32Array(pieces)
  const documentStart = new Uint32Array(pieces)
  const sequence = new Uint32Array(pieces)
  const start = new Uint32Array(pieces)
  const length = new Uint32Array(pieces)
  for (let i = 0; i < pieces; i++) {
    const target = rank[bin[i] ?? 0] ?? 0
    const at = slot[target] ?? 0
    const tokens = fragments.length[i] ?? 0
    document[at] = fragments.document[i] ?? 0
    documentStart[at] = fragments.from[i] ?? 0
    sequence[at] = target
    start[at] = filled[target] ?? 0
    length[at] = tokens
    slot[target] = at + 1
    filled[target] = (filled[target] ?? 0) + tokens
  }
  return { sequences, pieces, document, documentStart, sequence, start, length }
}
