/**
 * SentencePiece BPE as a WebAssembly module: the same ids as ../encoder.ts, which says what is computed. The host puts the
 * vocabulary's image, then text, into the memory and takes ids out of it (../kernel.ts).
 */
import { addIds, addLong, addShortSlowly, addUncached, hashOf, keyAt, LONGEST_CACHED, out, setOut, shortSlots, startCache } from './cache'
import { findEnd, forgetLowerBlock, metLowerBlock } from './characters'
import { IDS, PADDING, place, SHORT_SLOT, SHORT_TABLE, TEXT } from './layout'
import { blockAt, blockEnd, encodeBlock, idAt, startAt } from './merge'
import { cutsAt, zeros } from './windows'

export { misses } from './cache'

const WINDOW: usize = 64
const LOWER_BLOCK: u32 = 0x8196e2

/** Set when a unit of several blocks could not be put together: the text is to be encoded in another way. */
export let failed: bool = false

/** @returns pages of 64 KiB that the memory must have before anything else is called */
export function configure(classPages: u32, joinWords: u32, columns: u32, pairSlots: u32, slots: u32): u32 {
  const pages = place(classPages, joinWords, columns, pairSlots, slots)
  const missing = <i32>pages - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return 0
  startCache(slots)
  return pages
}

export function textAddress(): usize {
  return TEXT
}

export function idsAddress(): usize {
  return IDS
}

/** What `encode` left for the next call, at the text's start. */
export let rest: usize = 0

/**
 * Encodes the text of `length` bytes, valid UTF-8 that ends with a whole character. Where more text follows, the last unit,
 * which may go on, is moved to the text's start.
 *
 * @returns how many ids there are
 */
export function encode(length: usize, more: bool, blockSymbols: u32): u32 {
  failed = false
  setOut(IDS)
  let end = TEXT + length
  memory.fill(end, 0, PADDING)
  forgetLowerBlock()
  let at = TEXT
  while (at < end) {
    let cuts = cutsAt(at)
    if (metLowerBlock) {
      end = withoutLowerBlocks(at, end)
      continue
    }
    const left = end - at
    if (left <= WINDOW) {
      // The last bit's pair reaches past the end. More than 64 cannot be shifted by.
      cuts &= (<u64>1 << (left - 1)) - 1
      if (!more) cuts |= <u64>1 << (left - 1)
      else if (cuts == 0) break
      nuls = zeros & (~<u64>0 >> (WINDOW - left))
    } else {
      nuls = zeros
    }
    if (cuts == 0) {
      const to = findEnd(at, end)
      if (metLowerBlock) {
        end = withoutLowerBlocks(at, end)
        continue
      }
      if (to == end && more) {
        at = addBlocks(at, to, false, blockSymbols)
        break
      }
      if (to - at <= LONGEST_CACHED) addLong(at, to - at)
      else addBlocks(at, to, true, blockSymbols)
      at = to
    } else if (nuls != 0) {
      at = addCarefully(at, cuts)
    } else {
      at = addWindow(at, cuts)
    }
    if (failed) return 0
  }
  rest = end - at
  if (rest > 0) memory.copy(TEXT, at, rest)
  return <u32>((out - IDS) >> 1)
}

let nuls: u64 = 0

/** The units of a window that end within it; returns where the next one begins. */
@inline
function addWindow(start: usize, mask: u64): usize {
  let from = start
  let end = out
  const last = shortSlots - 1
  let slots = last
  for (let cuts = mask; cuts != 0; cuts &= cuts - 1) {
    const to = start + <usize>ctz(cuts) + 1
    const length = to - from
    if (length <= 16) {
      const key = keyAt(from, length)
      const hash = hashOf(key)
      const at = SHORT_TABLE + <usize>(hash & slots) * SHORT_SLOT
      const count = <u32>load<u16>(at, 30)
      if (!v128.any_true(v128.xor(v128.load(at), key)) && count <= 7) {
        // All seven, whatever the number: what is too much is written over.
        v128.store(end, v128.load(at, 16))
        end += count << 1
      } else {
        setOut(end)
        addShortSlowly(from, length, key, hash)
        end = out
        slots = shortSlots - 1
      }
    } else {
      setOut(end)
      addLong(from, length)
      end = out
      slots = shortSlots - 1
    }
    from = to
  }
  setOut(end)
  return from
}

/** The same for a window in which there are NULs: their units are not looked up. */
function addCarefully(start: usize, mask: u64): usize {
  let from = start
  for (let cuts = mask; cuts != 0; cuts &= cuts - 1) {
    const last = <usize>ctz(cuts)
    const to = start + last + 1
    const own = (~<u64>0 << (from - start)) & (~<u64>0 >> (63 - last))
    if ((nuls & own) != 0) addUncached(from, to)
    else if (to - from > 16) addLong(from, to - from)
    else {
      const key = keyAt(from, to - from)
      addShortSlowly(from, to - from, key, hashOf(key))
    }
    from = to
  }
  return from
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
function addBlocks(from: usize, to: usize, whole: bool, blockSymbols: u32): usize {
  let which: u32 = 0
  let at = from
  let count = encodeBlock(blockAt(0), at, to, blockSymbols)
  while (true) {
    const block = blockAt(which)
    const reached = blockEnd
    if (reached == to) {
      if (!whole) return at
      addIds(block, count)
      return to
    }
    let next: u32 = 0
    let nextCount: u32 = 0
    // The next block begins 1/8 before this one's end, or earlier.
    let overlap = ((reached - at) >> 3) | 1
    for (; overlap < reached - at; overlap <<= 1) {
      next = count - 1
      while (next > 0 && reached - (at + startAt(block, next)) < overlap) next--
      if (next == 0) break
      const start = at + startAt(block, next)
      nextCount = encodeBlock(blockAt(which ^ 1), start, to, blockSymbols)
      if (!whole && blockEnd == to) return at
      if (idAt(blockAt(which ^ 1), 0) == idAt(block, next)) break
      next = 0
    }
    if (next == 0) {
      failed = true
      return to
    }
    at += startAt(block, next)
    addIds(block, next)
    which ^= 1
    count = nextCount
  }
}

/** U+2581 in a text counts as a space: E2 96 81 becomes 20, in place. Returns the new end. */
function withoutLowerBlocks(from: usize, end: usize): usize {
  let write = from
  for (let read = from; read < end; ) {
    if ((load<u32>(read) & 0xffffff) == LOWER_BLOCK) {
      store<u8>(write, 0x20)
      read += 3
    } else {
      store<u8>(write, load<u8>(read))
      read++
    }
    write++
  }
  memory.fill(write, 0, end - write)
  forgetLowerBlock()
  return write
}
