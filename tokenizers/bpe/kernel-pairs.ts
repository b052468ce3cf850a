import type { PairTable } from './pair-table.ts'

/** Ids of a pair are 21 bits each; one more stands for none. */
export const MAX_ID = 0x1f_fffe
/** Of the look-ups that find a pair, two of three find one of these, in English and by Tekken; 128 KB. */
const FREQUENT_PAIRS = 1 << 13
/** Slots of a bucket: 32 bytes. */
const BUCKET = 4

/** Pairs as the kernel looks for them (`assembly/merge.ts`). */
export interface KernelPairs {
  /**
   * All: little-endian 64-bit numbers left << 42 | right << 21 | merged + 1, in buckets of four, 0 when empty. A bucket is
   * filled from its first slot on, and where it is full, the next one. A pair's rank is its merged id's.
   */
  readonly pairs: Uint32Array
  /** The same of those that merge into the lowest ids, as far as each has room in its own bucket. */
  readonly frequent: Uint32Array
  /** Two bits of a word by the hash of each of the others. */
  readonly filter: Uint32Array
}

/** @param table of pairs whose ids are at most MAX_ID, their ranks in the order of the ids */
export function buildKernelPairs(table: PairTable): KernelPairs {
  const slots = table.length / 4
  const pairs = new Uint32Array(2 * slots)
  const frequent = new Uint32Array(4 * Math.min(FREQUENT_PAIRS, slots / 2))
  // No part of the image is less than 64 bytes.
  const filter = new Uint32Array(Math.max(16, slots / 8))
  const last = lastFrequent(table)
  for (let from = 0; from < table.length; from += 4) {
    const left = table[from] ?? -1
    if (left < 0) continue
    const right = table[from + 1] ?? 0
    const merged = table[from + 2] ?? 0
    const entry = [(right << 21) | (merged + 1), (left << 10) | (right >>> 11)]
    const hash = pairHash(left, right)
    const bucket = hash >>> 8
    pairs.set(entry, emptySlot(pairs, bucket, slots))
    const near = merged <= last ? emptySlot(frequent, bucket, BUCKET) : NO_SLOT
    if (near !== NO_SLOT) frequent.set(entry, near)
    else {
      const word = bucket & (filter.length - 1)
      filter[word] = (filter[word] ?? 0) | (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31))
    }
  }
  return { pairs, frequent, filter }
}

const NO_SLOT = -1

/** Where the first empty slot from the bucket's first on begins, of so many; or NO_SLOT. */
function emptySlot(table: Uint32Array, bucket: number, slots: number): number {
  for (let i = 0; i < slots; i++) {
    const at = (2 * (BUCKET * bucket + i)) & (table.length - 1)
    if (table[at] === 0) return at
  }
  return NO_SLOT
}

/** The merged id up to which pairs are frequent. */
function lastFrequent(table: PairTable): number {
  const merged = table.filter((_, at) => at % 4 === 2 && (table[at - 2] ?? -1) >= 0).toSorted()
  return merged[FREQUENT_PAIRS - 1] ?? MAX_ID
}

/** Bits 32 to 63 of (left << 32 | right) * 0x9e3779b97f4a7c15. */
function pairHash(left: number, right: number): number {
  const low = multiplyHigh(right, 0x7f4a7c15)
  return (low + Math.imul(right, 0x9e3779b9) + Math.imul(left, 0x7f4a7c15)) >>> 0
}

/** The upper 32 bits of a product of two numbers below 2^32. */
function multiplyHigh(a: number, b: number): number {
  const low = (a & 0xffff) * b
  return Math.floor(((a >>> 16) * b + Math.floor(low / 0x10000)) / 0x10000)
}
