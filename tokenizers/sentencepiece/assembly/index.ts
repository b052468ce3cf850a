/**
 * SentencePiece BPE as a WebAssembly module: the same ids as ../encoder.ts, which says what is computed. The host puts the
 * vocabulary's image, then text, into the memory and takes ids out of it (../kernel.ts).
 */
import { addLong, LONGEST_CACHED, out, setOut } from '../../bpe/assembly/cache'
import { addBlocks, failed, setFailed } from '../../bpe/assembly/blocks'
import { addWaiting, addWindow } from '../../bpe/assembly/units'
import { findEnd, forgetLowerBlock, metLowerBlock } from './characters'
import { IDS, PADDING, place, TEXT } from './layout'
import { cutsAt } from './windows'

export { failed } from '../../bpe/assembly/blocks'
export { misses } from '../../bpe/assembly/cache'

const WINDOW: usize = 64
const LOWER_BLOCK: u32 = 0x8196e2

/** @returns pages of 64 KiB that the memory must have before anything else is called */
export function configure(classPages: u32, joinWords: u32, columns: u32, pairSlots: u32, slots: u32): u32 {
  const pages = place(classPages, joinWords, columns, pairSlots, slots)
  const missing = <i32>pages - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return 0
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
  setFailed(false)
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
    }
    if (cuts == 0) {
      addWaiting<u16>()
      const to = findEnd(at, end)
      if (metLowerBlock) {
        end = withoutLowerBlocks(at, end)
        continue
      }
      if (to == end && more) {
        at = addBlocks<u16>(at, to, false, blockSymbols)
        break
      }
      if (to - at <= LONGEST_CACHED) addLong<u16>(at, to - at)
      else addBlocks<u16>(at, to, true, blockSymbols)
      at = to
    } else {
      at = addWindow<u16>(at, cuts)
    }
    if (failed) return 0
  }
  addWaiting<u16>()
  rest = end - at
  if (rest > 0) memory.copy(TEXT, at, rest)
  return <u32>((out - IDS) >> 1)
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
