/**
 * Merging of few symbols, with 32-bit ids, without a branch that depends on them: what the symbols merge into stands in the
 * lanes of four vectors, of which the least is taken; symbols stay where they are, and a mask says which are left. Nearly all
 * units that are merged are that short.
 *
 *     positions  1 2 3 4    symbols  l o w e    lanes  lo ow we -    ->    lo . w e    low - we -    ->    low . . e    - - - -
 */
import { out, setOut } from './cache'
import { BYTE_IDS } from './layout'
import { mergedId } from './merge'

/** Bytes, and symbols. */
export const FEW: usize = 16
/** By position, from 0 to FEW + 1: u32, its symbol; at both ends NO_SYMBOL. */
const SYMBOLS: usize = 0x920
/** By position less 1: u32, what the symbol and the next one merge into; all ones for nothing. */
const MERGED: usize = 0x980
/** No pair has it: ids are less. */
const NO_SYMBOL: u32 = 0x1fffff
const NOTHING: u32 = -1

/** Appends the ids of a unit of at most FEW bytes; returns how many. */
export function addFew(from: usize, to: usize): u32 {
  const count = to - from
  store<u32>(SYMBOLS, NO_SYMBOL)
  for (let i: usize = 0; i < count; i++) {
    store<u32>(SYMBOLS + (i << 2), load<u32>(BYTE_IDS + (<usize>load<u8>(from + i) << 2)), 4)
  }
  store<u32>(SYMBOLS + (count << 2), NO_SYMBOL, 4)
  for (let i: usize = 0; i < FEW; i += 4) v128.store(MERGED + (i << 2), i32x4.splat(-1))
  for (let i: usize = 1; i < count; i++) store<u32>(MERGED + (i << 2) - 4, mergedOf(i, i + 1))
  return mergeFew(<u32>count)
}

@inline
function symbolAt(position: usize): u32 {
  return load<u32>(SYMBOLS + (position << 2))
}

@inline
function mergedOf(left: usize, right: usize): u32 {
  return mergedId(symbolAt(left), symbolAt(right))
}

function mergeFew(count: u32): u32 {
  let a = v128.load(MERGED)
  let b = v128.load(MERGED, 16)
  let c = v128.load(MERGED, 32)
  let d = v128.load(MERGED, 48)
  // Bit i is the symbol at position i.
  let left: u32 = (1 << (count + 2)) - 1
  while (true) {
    let least = i32x4.min_u(i32x4.min_u(a, b), i32x4.min_u(c, d))
    least = i32x4.min_u(least, v128.shuffle<u32>(least, least, 2, 3, 0, 1))
    least = i32x4.min_u(least, v128.shuffle<u32>(least, least, 1, 0, 3, 2))
    const merged = <u32>i32x4.extract_lane(least, 0)
    if (merged == NOTHING) break
    const lanes =
      i32x4.bitmask(i32x4.eq(a, least)) |
      (i32x4.bitmask(i32x4.eq(b, least)) << 4) |
      (i32x4.bitmask(i32x4.eq(c, least)) << 8) |
      (i32x4.bitmask(i32x4.eq(d, least)) << 12)
    const at = ctz(lanes) + 1
    const gone = at + 1 + ctz(left >> (at + 1))
    left ^= 1 << gone
    const after = at + 1 + ctz(left >> (at + 1))
    const before = 31 - clz(left & ((1 << at) - 1))
    store<u32>(SYMBOLS + (<usize>at << 2), merged)
    const withAfter = i32x4.splat(mergedId(merged, symbolAt(after)))
    const withBefore = i32x4.splat(mergedId(symbolAt(before), merged))
    const atLane = i32x4.splat(at)
    const goneLane = i32x4.splat(gone)
    const beforeLane = i32x4.splat(before)
    a = changed(a, i32x4(1, 2, 3, 4), atLane, withAfter, goneLane, beforeLane, withBefore)
    b = changed(b, i32x4(5, 6, 7, 8), atLane, withAfter, goneLane, beforeLane, withBefore)
    c = changed(c, i32x4(9, 10, 11, 12), atLane, withAfter, goneLane, beforeLane, withBefore)
    d = changed(d, i32x4(13, 14, 15, 16), atLane, withAfter, goneLane, beforeLane, withBefore)
  }
  let end = out
  for (let bits = left & ((1 << (count + 1)) - 2); bits != 0; bits &= bits - 1) {
    store<u32>(end, symbolAt(ctz(bits)))
    end += 4
  }
  const added = <u32>((end - out) >> 2)
  setOut(end)
  return added
}

@inline
function changed(
  lanes: v128,
  positions: v128,
  at: v128,
  withAfter: v128,
  gone: v128,
  before: v128,
  withBefore: v128,
): v128 {
  const right = v128.bitselect(withAfter, lanes, i32x4.eq(positions, at))
  const none = v128.or(right, i32x4.eq(positions, gone))
  return v128.bitselect(withBefore, none, i32x4.eq(positions, before))
}
