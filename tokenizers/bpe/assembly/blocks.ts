/** Units that are merged, not looked up: one block of symbols, or a row of blocks that overlap. */
import { out, setOut } from './cache'
import { BLOCK, blockAt, idAt, startAt } from './merge'

/**
 * Encodes as much of [from, to) as `limit` symbols of the block hold; says how far that was by `setBlockEnd`, and returns how
 * many ids there are.
 */
type EncodeBlock = (block: usize, from: usize, to: usize, limit: u32) => u32

let encodeBlock: EncodeBlock = encodeNothing
/** Byte at which the last block ended. */
let blockEnd: usize = 0
/** Set when a unit of several blocks could not be put together: the text is to be encoded in another way. */
export let failed: bool = false

function encodeNothing(_block: usize, _from: usize, _to: usize, _limit: u32): u32 {
  return 0
}

export function setEncodeBlock(encode: EncodeBlock): void {
  encodeBlock = encode
}

export function setBlockEnd(at: usize): void {
  blockEnd = at
}

export function setFailed(yes: bool): void {
  failed = yes
}

/** Appends the ids of a unit that one block holds; returns how many. */
export function addBlock<Id>(from: usize, to: usize): u32 {
  const block = blockAt<Id>(0)
  const count = encodeBlock(block, from, to, BLOCK)
  addIds<Id>(block, count)
  return count
}

@inline
function addIds<Id>(block: usize, count: u32): void {
  const bytes = <usize>count * sizeof<Id>()
  for (let i: usize = 0; i < bytes; i += 16) v128.store(out + i, v128.load(block + i))
  setOut(out + bytes)
}

/**
 * A unit of any length, block by block. Two encoded texts, one after the other, are what the joined text gives if the last
 * id of the first and the first of the second are what their own joined text gives: within the text of those two, the same
 * merges are made in the same order as in the whole. And any ids side by side in an encoded text are such a pair. So a block
 * counts up to the start of some id in it, if the next block, which begins there, begins with that same id.
 *
 * @param whole the unit ends at `to`; else it goes on, and what may depend on that is left
 * @returns how far it came
 */
export function addBlocks<Id>(from: usize, to: usize, whole: bool, blockSymbols: u32): usize {
  let which: u32 = 0
  let at = from
  let count = encodeBlock(blockAt<Id>(0), at, to, blockSymbols)
  while (true) {
    const block = blockAt<Id>(which)
    const reached = blockEnd
    if (reached == to) {
      if (!whole) return at
      addIds<Id>(block, count)
      return to
    }
    let next: u32 = 0
    let nextCount: u32 = 0
    // The next block begins 1/8 before this one's end, or earlier.
    let overlap = ((reached - at) >> 3) | 1
    for (; overlap < reached - at; overlap <<= 1) {
      next = count - 1
      while (next > 0 && reached - (at + startAt<Id>(block, next)) < overlap) next--
      if (next == 0) break
      const start = at + startAt<Id>(block, next)
      nextCount = encodeBlock(blockAt<Id>(which ^ 1), start, to, blockSymbols)
      if (!whole && blockEnd == to) return at
      if (idAt<Id>(blockAt<Id>(which ^ 1), 0) == idAt<Id>(block, next)) break
      next = 0
    }
    if (next == 0) {
      failed = true
      return to
    }
    at += startAt<Id>(block, next)
    addIds<Id>(block, next)
    which ^= 1
    count = nextCount
  }
}
