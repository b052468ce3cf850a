import { sharedInt32 } from './shared-memory.ts'

/**
 * Which two adjacent symbols merge, into what, and how early: open addressing in one Int32Array, four words a slot
 *
 *     [left, right, merged, rank]     left = -1: empty
 *
 * so that a look-up touches one cache line. Lower ranks merge first. The slot count is a power of two, at most half full.
 */
export type PairTable = Int32Array

const EMPTY = -1
const WORDS = 4

/** @param pairs left, right, merged and rank of each pair, one after another; no pair twice. */
export function buildPairTable(pairs: readonly number[]): PairTable {
  const table = emptyPairTable(pairs.length / WORDS)
  for (let from = 0; from < pairs.length; from += WORDS) addPair(table, pairs, from)
  return table
}

/** A table for so many pairs. */
export function emptyPairTable(count: number): PairTable {
  let slots = 64
  while (slots < 2 * count) slots *= 2
  const table = sharedInt32(slots * WORDS)
  for (let at = 0; at < table.length; at += WORDS) table[at] = EMPTY
  return table
}

/** Adds the pair whose left, right, merged and rank are at `from`; it is not in the table yet. */
export function addPair(table: PairTable, pairs: readonly number[], from: number): void {
  let at = slotOf(pairs[from] ?? 0, pairs[from + 1] ?? 0, table.length / WORDS)
  while (table[at] !== EMPTY) at = (at + WORDS) & (table.length - 1)
  for (let word = 0; word < WORDS; word++) table[at + word] = pairs[from + word] ?? 0
}

function slotOf(left: number, right: number, slots: number): number {
  let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
  hash ^= hash >>> 15
  return (hash & (slots - 1)) * WORDS
}

/** Where the pair's four words begin, or -1 when the two do not merge. */
export function findPair(table: PairTable, left: number, right: number): number {
  const end = table.length
  let at = slotOf(left, right, end / WORDS)
  for (;;) {
    const found = table[at] ?? EMPTY
    if (found === left && table[at + 1] === right) return at
    if (found === EMPTY) return -1
    at = (at + WORDS) & (end - 1)
  }
}
