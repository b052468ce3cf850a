import type { Merger } from './merge.ts'

/** Symbols of a block: what is merged at once. */
export const BLOCK_SYMBOLS = 1 << 10

/** Puts some more of a unit's symbols at `at`, at most BLOCK_SYMBOLS; returns how many, 0 at the unit's end. */
export type NextSymbols = (into: Int32Array, at: number) => number

/**
 * A unit of any length, block by block, in memory that does not grow with it. Two encoded texts, one after the other, are what
 * the joined text gives if the last id of the first and the first of the second are what their own joined text gives: within
 * the text of those two, the same merges are made in the same order as in the whole. And any ids side by side in an encoded
 * text are such a pair. So a block counts up to the start of some id in it, if the next block, which begins there, begins with
 * an id of the same symbols, and so with the same id.
 *
 *     aaaaa of tokens aa and aaaa, in blocks of 4 symbols:  aaaa, no id to begin at but the first: nothing is told
 *     ababab of the token ab, in blocks of 4 symbols:  ab|ab and, from the second ab on, ab|ab  ->  ab|ab|ab
 *
 * @param add takes ids, valid during the call
 * @param most symbols of a block, at most BLOCK_SYMBOLS
 * @returns whether all was added; blocks tell nothing where none begins as the one before has it
 */
export function mergeBlocks(
  merger: Merger,
  next: NextSymbols,
  add: (ids: Int32Array) => void,
  most: number = BLOCK_SYMBOLS,
): boolean {
  // Of the unit from the current block's first on.
  const symbols = new Int32Array(3 * BLOCK_SYMBOLS)
  let filled = 0

  function encode(from: number): Block {
    while (filled < from + most) {
      const added = next(symbols, filled)
      if (added === 0) break
      filled += added
    }
    const length = Math.min(most, filled - from)
    merger.reserve(length).set(symbols.subarray(from, from + length))
    const count = merger.merge(length)
    return { length, ids: merger.symbols().slice(0, count), starts: merger.starts().slice(0, count) }
  }

  for (let block = encode(0); ; ) {
    if (block.length < most) {
      add(block.ids)
      return true
    }
    const met = meet(block, encode)
    if (met === undefined) return false
    add(block.ids.subarray(0, met.index))
    symbols.copyWithin(0, met.start, filled)
    filled -= met.start
    block = met.next
  }
}

/** Ids of a block, and which of its symbols is the first of each. */
interface Block {
  readonly length: number
  readonly ids: Int32Array
  readonly starts: Int32Array
}

/** The id of the block at which the next one begins, so that it begins with the same id: 1/8 before the block's end, or earlier. */
function meet(
  block: Block,
  encode: (start: number) => Block,
): { index: number; start: number; next: Block } | undefined {
  const { length, ids, starts } = block
  for (let overlap = (length >> 3) | 1; overlap < length; overlap *= 2) {
    let index = ids.length - 1
    while (index > 0 && length - (starts[index] ?? 0) < overlap) index--
    if (index === 0) return undefined
    const start = starts[index] ?? 0
    const next = encode(start)
    const end = (starts[index + 1] ?? length) - start
    if ((next.starts[1] ?? next.length) === end) return { index, start, next }
  }
  return undefined
}
