import { findPair, type PairTable } from './pair-table.ts'

/**
 * Byte-pair encoding of one unit: merge the adjacent pair of lowest rank, the leftmost among equals, until none merges.
 *
 *     l o w e r   with ranks lo 0, er 1, low 2   ->  lo w e r  ->  lo w er  ->  low er
 */
export interface Merger {
  /** Room for at least `length` symbols; what it held is lost. */
  readonly reserve: (length: number) => Int32Array
  /** The array that the last `reserve` gave. */
  readonly symbols: () => Int32Array
  /** After `merge`: which of the symbols before it was the first of each that remains. */
  readonly starts: () => Int32Array
  /** Merges its first `length` symbols in place; returns how many remain. */
  readonly merge: (length: number) => number
  /** The two symbols that the last merge of all joined. */
  readonly lastPair: () => readonly [left: number, right: number]
}

/** Symbols up to which a scan for the lowest rank beats a heap. */
const SHORT = 40
const NO_RANK = 0x7fffffff
/** Symbols above which the arrays are given back after use (32 bytes a symbol while merging). */
const RETAINED = 1 << 16
/** A heap key is rank * 2^32 + position: exact in a double while ranks stay below 2^21. */
const POSITIONS = 2 ** 32

export function createMerger(table: PairTable): Merger {
  let symbols = new Int32Array(256)
  let starts = new Int32Array(256)
  const ranks = new Int32Array(SHORT)
  const merged = new Int32Array(SHORT)
  const last = new Int32Array(2)

  /** Notes in slot `i` what symbols i and i + 1 merge into. */
  function look(i: number): void {
    const at = findPair(table, symbols[i] ?? 0, symbols[i + 1] ?? 0)
    ranks[i] = at < 0 ? NO_RANK : (table[at + 3] ?? 0)
    merged[i] = at < 0 ? 0 : (table[at + 2] ?? 0)
  }

  /** O(n^2) with a tiny constant: nearly all units are shorter than ten symbols. */
  function mergeShort(length: number): number {
    let pairs = length - 1
    for (let i = 0; i < length; i++) starts[i] = i
    for (let i = 0; i < pairs; i++) look(i)
    for (;;) {
      let best = 0
      let bestRank = NO_RANK
      for (let i = 0; i < pairs; i++) {
        const rank = ranks[i] ?? NO_RANK
        if (rank < bestRank) {
          bestRank = rank
          best = i
        }
      }
      if (bestRank === NO_RANK) return pairs + 1
      last[0] = symbols[best] ?? 0
      last[1] = symbols[best + 1] ?? 0
      symbols[best] = merged[best] ?? 0
      pairs--
      for (let i = best + 1; i <= pairs; i++) {
        symbols[i] = symbols[i + 1] ?? 0
        starts[i] = starts[i + 1] ?? 0
      }
      for (let i = best + 1; i < pairs; i++) {
        ranks[i] = ranks[i + 1] ?? 0
        merged[i] = merged[i + 1] ?? 0
      }
      if (best > 0) look(best - 1)
      if (best < pairs) look(best)
    }
  }

  return {
    reserve(length) {
      const kept = symbols.length
      if (length > kept) symbols = new Int32Array(Math.max(length, 2 * kept))
      else if (kept > RETAINED && length <= RETAINED) symbols = new Int32Array(RETAINED)
      return symbols
    },
    symbols: () => symbols,
    starts: () => starts,
    merge(length) {
      if (starts.length !== symbols.length) starts = new Int32Array(symbols.length)
      starts[0] = 0
      if (length < 2) return length
      return length <= SHORT ? mergeShort(length) : mergeLong(table, symbols, starts, length, last)
    },
    lastPair: () => [last[0] ?? 0, last[1] ?? 0],
  }
}

/**
 * O(n log n): a linked list of symbols, and a heap of the pairs that could merge. A pair whose symbols have changed since
 * it was pushed is recognised when it surfaces: its rank is no longer that of the symbols there.
 */
function mergeLong(
  table: PairTable,
  symbols: Int32Array,
  starts: Int32Array,
  length: number,
  last: Int32Array,
): number {
  const next = new Int32Array(length)
  const previous = new Int32Array(length)
  const heap = createHeap(length)
  for (let i = 0; i < length; i++) {
    next[i] = i + 1
    previous[i] = i - 1
    const at = i + 1 < length ? findPair(table, symbols[i] ?? 0, symbols[i + 1] ?? 0) : -1
    if (at >= 0) heap.append((table[at + 3] ?? 0) * POSITIONS + i)
  }
  heap.order()
  const push = (left: number, right: number): void => {
    const at = findPair(table, symbols[left] ?? 0, symbols[right] ?? 0)
    if (at >= 0) heap.push((table[at + 3] ?? 0) * POSITIONS + left)
  }
  for (let key = heap.pop(); key >= 0; key = heap.pop()) {
    const rank = Math.floor(key / POSITIONS)
    const left = key - rank * POSITIONS
    const right = next[left] ?? length
    // A symbol that was merged into its left neighbour is -1, which is in no pair.
    if (right >= length) continue
    const at = findPair(table, symbols[left] ?? 0, symbols[right] ?? 0)
    if (at < 0 || table[at + 3] !== rank) continue
    const after = next[right] ?? length
    last[0] = symbols[left] ?? 0
    last[1] = symbols[right] ?? 0
    symbols[left] = table[at + 2] ?? 0
    symbols[right] = DEAD
    next[left] = after
    if (after < length) {
      previous[after] = left
      push(left, after)
    }
    if (left > 0) push(previous[left] ?? 0, left)
  }
  let kept = 0
  for (let i = 0; i < length; i = next[i] ?? length) {
    starts[kept] = i
    symbols[kept++] = symbols[i] ?? 0
  }
  return kept
}

/** A symbol that is part of its left neighbour now. Below every id, and unlike an empty slot of the pair table. */
const DEAD = -2

/** A binary min-heap of non-negative doubles. */
interface Heap {
  /** Adds without ordering: call `order` once after the last. */
  readonly append: (key: number) => void
  readonly order: () => void
  readonly push: (key: number) => void
  /** The least key, or -1 when empty. */
  readonly pop: () => number
}

function createHeap(expected: number): Heap {
  let keys = new Float64Array(expected + 16)
  let size = 0

  function append(key: number): void {
    if (size === keys.length) {
      const grown = new Float64Array(2 * size)
      grown.set(keys)
      keys = grown
    }
    keys[size++] = key
  }

  /** Puts `key` at `hole` or below it. */
  function sink(start: number, key: number): void {
    let hole = start
    for (let child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && (keys[child + 1] ?? 0) < (keys[child] ?? 0)) child++
      const least = keys[child] ?? 0
      if (key <= least) break
      keys[hole] = least
      hole = child
    }
    keys[hole] = key
  }

  return {
    append,
    order() {
      for (let i = (size >> 1) - 1; i >= 0; i--) sink(i, keys[i] ?? 0)
    },
    push(key) {
      append(key)
      let hole = size - 1
      while (hole > 0) {
        const parent = (hole - 1) >> 1
        const above = keys[parent] ?? 0
        if (above <= key) break
        keys[hole] = above
        hole = parent
      }
      keys[hole] = key
    },
    pop() {
      if (size === 0) return -1
      const least = keys[0] ?? 0
      size--
      if (size > 0) sink(0, keys[size] ?? 0)
      return least
    },
  }
}
