/**
 * Byte-pair encoding of one block of symbols: merge the adjacent pair of lowest rank, the leftmost among equals, until none
 * merges. A block's scratch:
 *
 *     symbols u16 | starts u16 (byte of the block where the symbol begins) | values u32 (rank << 16 | merged of the pair
 *     with the next symbol) | next u16 | previous u16 | heap u32 (rank << 16 | symbol)
 */
import {
  BLOCK,
  BLOCK_BYTES,
  BLOCKS,
  BYTE_IDS,
  CHARACTER_IDS,
  PAGES,
  PAIR_MASK,
  PAIRS,
} from './layout'
import { characterLength, codePoint } from './characters'

/** Symbols up to which scanning for the lowest rank beats a heap. */
const SHORT: u32 = 48
const NONE: u32 = 0xffffffff
const STARTS: usize = BLOCK * 2
const VALUES: usize = BLOCK * 4
const NEXT: usize = BLOCK * 8
const PREVIOUS: usize = BLOCK * 10
const HEAP: usize = BLOCK * 12

/** Byte at which the last block ended. */
export let blockEnd: usize = 0

@inline
function pairValue(left: u32, right: u32): u32 {
  const key = (left << 16) | right
  let slot = (key * 0x9e3779b1) >> 8
  while (true) {
    const at = PAIRS + (<usize>(slot & PAIR_MASK) << 3)
    const value = load<u32>(at, 4)
    if (load<u32>(at) == key || value == NONE) return value
    slot++
  }
}

/** The scratch of block 0 or 1. */
@inline
export function blockAt(which: u32): usize {
  return BLOCKS + <usize>which * BLOCK_BYTES
}

@inline
export function idAt(block: usize, i: u32): u32 {
  return load<u16>(block + (<usize>i << 1))
}

/** Bytes from the block's start to where id `i` begins. */
@inline
export function startAt(block: usize, i: u32): u32 {
  return load<u16>(block + (<usize>i << 1), STARTS)
}

/** Encodes as much of [from, to) as a block holds, up to `blockEnd`; returns how many ids that are. */
/** Encodes as much of [from, to) as a block of `limit` symbols holds, up to `blockEnd`; returns how many ids that is. */
export function encodeBlock(block: usize, from: usize, to: usize, limit: u32 = BLOCK): u32 {
  let count: u32 = 0
  let at = from
  // A character is four symbols at most.
  while (at < to && count <= limit - 4) {
    const lead = <u32>load<u8>(at)
    const length = characterLength(lead)
    const code = codePoint(at, lead)
    const page = <usize>load<u16>(PAGES + (<usize>(code >> 8) << 1))
    const id = <u32>load<u16>(CHARACTER_IDS + (((page << 8) | <usize>(code & 255)) << 1))
    if (id != 0) {
      put(block, count++, id, at - from)
    } else {
      for (let i: u32 = 0; i < length; i++) {
        const byte = <usize>load<u8>(at + i)
        put(block, count++, load<u16>(BYTE_IDS + (byte << 1)), at - from)
      }
    }
    at += length
  }
  blockEnd = at
  return count <= SHORT ? mergeShort(block, count) : mergeLong(block, count)
}

@inline
function put(block: usize, i: u32, id: u32, start: usize): void {
  store<u16>(block + (<usize>i << 1), id)
  store<u16>(block + (<usize>i << 1), <u32>start, STARTS)
}

@inline
function valueAt(block: usize, i: u32): u32 {
  return load<u32>(block + (<usize>i << 2), VALUES)
}

@inline
function setValue(block: usize, i: u32, value: u32): void {
  store<u32>(block + (<usize>i << 2), value, VALUES)
}

/** O(n^2) with a tiny constant. */
function mergeShort(block: usize, length: u32): u32 {
  if (length < 2) return length
  let pairs = length - 1
  for (let i: u32 = 0; i < pairs; i++) setValue(block, i, pairValue(idAt(block, i), idAt(block, i + 1)))
  while (true) {
    let best: u32 = 0
    let bestRank: u32 = 0xffff
    for (let i: u32 = 0; i < pairs; i++) {
      const rank = valueAt(block, i) >> 16
      if (rank < bestRank) {
        bestRank = rank
        best = i
      }
    }
    if (bestRank == 0xffff) return pairs + 1
    store<u16>(block + (<usize>best << 1), valueAt(block, best))
    pairs--
    for (let i = best + 1; i <= pairs; i++) {
      const from = block + (<usize>i << 1)
      store<u16>(from, load<u16>(from, 2))
      store<u16>(from, load<u16>(from, STARTS + 2), STARTS)
      setValue(block, i, valueAt(block, i + 1))
    }
    if (best > 0) setValue(block, best - 1, pairValue(idAt(block, best - 1), idAt(block, best)))
    if (best < pairs) setValue(block, best, pairValue(idAt(block, best), idAt(block, best + 1)))
  }
}

/**
 * O(n log n): a linked list of symbols, and a heap of the pairs that could merge. An entry whose pair has changed since it
 * was pushed has another rank than the pair, and is passed over.
 */
function mergeLong(block: usize, length: u32): u32 {
  const heap = block + HEAP
  let size: u32 = 0
  for (let i: u32 = 0; i < length; i++) {
    store<u16>(block + (<usize>i << 1), i + 1, NEXT)
    store<u16>(block + (<usize>i << 1), i - 1, PREVIOUS)
    const value = i + 1 < length ? pairValue(idAt(block, i), idAt(block, i + 1)) : NONE
    setValue(block, i, value)
    if (value != NONE) {
      store<u32>(heap + (<usize>size << 2), (value & 0xffff0000) | i)
      size++
    }
  }
  for (let i = <i32>(size >> 1) - 1; i >= 0; i--) sink(heap, i, load<u32>(heap + (<usize>i << 2)), size)
  while (size > 0) {
    const top = load<u32>(heap)
    size--
    if (size > 0) sink(heap, 0, load<u32>(heap + (<usize>size << 2)), size)
    const left = top & 0xffff
    const value = valueAt(block, left)
    // A symbol that went into its left neighbour has the value NONE, and no pair has the rank 0xffff.
    if (value >> 16 != top >> 16) continue
    const right = <u32>load<u16>(block + (<usize>left << 1), NEXT)
    const after = <u32>load<u16>(block + (<usize>right << 1), NEXT)
    store<u16>(block + (<usize>left << 1), value)
    setValue(block, right, NONE)
    store<u16>(block + (<usize>left << 1), after, NEXT)
    if (after < length) {
      store<u16>(block + (<usize>after << 1), left, PREVIOUS)
      const joined = pairValue(idAt(block, left), idAt(block, after))
      setValue(block, left, joined)
      if (joined != NONE) push(heap, size++, (joined & 0xffff0000) | left)
    } else {
      setValue(block, left, NONE)
    }
    if (left > 0) {
      const before = <u32>load<u16>(block + (<usize>left << 1), PREVIOUS)
      const joined = pairValue(idAt(block, before), idAt(block, left))
      setValue(block, before, joined)
      if (joined != NONE) push(heap, size++, (joined & 0xffff0000) | before)
    }
  }
  let kept: u32 = 0
  for (let i: u32 = 0; i < length; i = load<u16>(block + (<usize>i << 1), NEXT)) {
    put(block, kept++, idAt(block, i), startAt(block, i))
  }
  return kept
}

/** Puts `key` at `start` or below it. */
function sink(heap: usize, start: u32, key: u32, size: u32): void {
  let hole = start
  for (let child: u32 = 2 * hole + 1; child < size; child = 2 * hole + 1) {
    let least = load<u32>(heap + (<usize>child << 2))
    if (child + 1 < size) {
      const other = load<u32>(heap + (<usize>child << 2), 4)
      if (other < least) {
        least = other
        child++
      }
    }
    if (key <= least) break
    store<u32>(heap + (<usize>hole << 2), least)
    hole = child
  }
  store<u32>(heap + (<usize>hole << 2), key)
}

function push(heap: usize, end: u32, key: u32): void {
  let hole = end
  while (hole > 0) {
    const parent = (hole - 1) >> 1
    const above = load<u32>(heap + (<usize>parent << 2))
    if (above <= key) break
    store<u32>(heap + (<usize>hole << 2), above)
    hole = parent
  }
  store<u32>(heap + (<usize>hole << 2), key)
}
