import { grown } from './int32-list.ts'

/**
 * Gives equal character sequences equal ids 0, 1, 2, … in the order of their first appearance. Sequences are compared
 * character by character (their own copies are kept), so equality is exact whatever the hash.
 */
export interface SpanTable {
  count: number
  /** Open addressing, id + 1 or 0 for free; a power of two, at most half full. */
  slots: Int32Array
  hashes: Int32Array
  /** Where the copy of each id ends in `arena`; it starts where the one before ends. */
  ends: Int32Array
  arena: Uint16Array
}

export function spanTable(): SpanTable {
  return {
    count: 0,
    slots: new Int32Array(1 << 13),
    hashes: new Int32Array(1 << 12),
    ends: new Int32Array(1 << 12),
    arena: new Uint16Array(1 << 15),
  }
}

export const HASH_SEED = 0x2f0b4c47
export const HASH_FACTOR = 0x01000193

/** The hash of UTF-16 units [start, end): what `idOf` takes, for callers that do not compute it while scanning. */
export function hashSpan(units: Uint16Array, start: number, end: number): number {
  let hash = HASH_SEED
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (units[i] ?? 0), HASH_FACTOR)
  return hash
}

/** Id of units [start, end), or -1. `hash` is {@link hashSpan} of them. */
export function findSpan(
  table: SpanTable,
  units: Uint16Array,
  start: number,
  end: number,
  hash: number,
): number {
  const { slots, hashes } = table
  const mask = slots.length - 1
  for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
    const id = (slots[slot] ?? 0) - 1
    if (id < 0) return -1
    if (hashes[id] === hash && equals(table, id, units, start, end)) return id
  }
}

/** Adds units [start, end), which {@link findSpan} did not find, and returns their id. */
export function addSpan(
  table: SpanTable,
  units: Uint16Array,
  start: number,
  end: number,
  hash: number,
): number {
  const id = table.count++
  if (table.count * 2 > table.slots.length) widen(table)
  table.hashes = grown(table.hashes, table.count)
  table.ends = grown(table.ends, table.count)
  const from = id === 0 ? 0 : (table.ends[id - 1] ?? 0)
  const to = from + end - start
  table.arena = grown(table.arena, to)
  for (let i = start, j = from; i < end; i++, j++) table.arena[j] = units[i] ?? 0
  table.hashes[id] = hash
  table.ends[id] = to
  place(table.slots, id, hash)
  return id
}

/** Carries high bits down: a product leaves the low ones, which choose the slot, badly mixed. */
export function spread(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 8
}

function equals(table: SpanTable, id: number, units: Uint16Array, start: number, end: number): boolean {
  const { arena, ends } = table
  let at = id === 0 ? 0 : (ends[id - 1] ?? 0)
  if ((ends[id] ?? 0) - at !== end - start) return false
  for (let i = start; i < end; i++) if (units[i] !== arena[at++]) return false
  return true
}

function place(slots: Int32Array, id: number, hash: number): void {
  const mask = slots.length - 1
  let slot = spread(hash) & mask
  while (slots[slot] !== 0) slot = (slot + 1) & mask
  slots[slot] = id + 1
}

function widen(table: SpanTable): void {
  table.slots = new Int32Array(table.slots.length * 2)
  // The id being added is placed by its caller.
  for (let id = 0; id < table.count - 1; id++) place(table.slots, id, table.hashes[id] ?? 0)
}
