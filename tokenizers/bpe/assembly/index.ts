/**
 * BPE by rank over the bytes of a split pattern's matches, as a WebAssembly module: the same ids as ../rank-encoder.ts. The
 * host puts the vocabulary's image, then text, into the memory and takes ids out of it (../kernel.ts).
 */
import { addBlocks, failed, setFailed } from './blocks'
import { addLong, addShort, LONGEST_CACHED, out, setOut } from './cache'
import { IDS, PADDING, place, TEXT, TEXT_BYTES } from './layout'
import { accepted, findEnd, findOn, resume, scanned, state } from './split'
import { addWaiting, addWindow } from './units'
import { cutsAt, WINDOW } from './windows'

export { failed } from './blocks'
export { misses } from './cache'

/** A character's most bytes. */
const CHARACTER_BYTES: usize = 4

/** @returns pages of 64 KiB that the memory must have before anything else is called; 0 when it cannot be had */
export function configure(
  kindBytes: u32,
  stateBytes: u32,
  cutBytes: u32,
  pairSlots: u32,
  frequentSlots: u32,
  filterWords: u32,
  tokenSlots: u32,
  recordBytes: u32,
  slots: u32,
): u32 {
  const pages = place(
    kindBytes,
    stateBytes,
    cutBytes,
    pairSlots,
    frequentSlots,
    filterWords,
    tokenSlots,
    recordBytes,
    slots,
  )
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
/** What is left belongs to a unit whose first ids have been given. */
let continued: bool = false

/**
 * Encodes the text of `length` bytes, valid UTF-8 that ends with a whole character. Where more text follows, the last unit,
 * which may go on, is moved to the text's start.
 *
 * @returns how many ids there are
 */
export function encode(length: usize, more: bool, blockSymbols: u32): u32 {
  setFailed(false)
  setOut(IDS)
  const end = TEXT + length
  memory.fill(end, 0, PADDING)
  let at = TEXT
  if (continued) {
    const to = findOn(end, more)
    if (to == 0) {
      at = addBlocks<u32>(at, accepted, false, blockSymbols)
      return leave(at, end)
    }
    at = addBlocks<u32>(at, to, true, blockSymbols)
    continued = false
  }
  while (at < end) {
    if (end - at > WINDOW) {
      const cuts = cutsAt(at)
      if (cuts != 0) {
        at = addWindow<u32>(at, cuts)
        continue
      }
    }
    addWaiting<u32>()
    const to = findEnd(at, end, more)
    if (to == 0) {
      // A unit that fills much of the text is begun before its end is known.
      if (end - at > TEXT_BYTES / 2) {
        const from = at
        at = addBlocks<u32>(at, accepted, false, blockSymbols)
        continued = at > from
      }
      break
    }
    if (to - at > LONGEST_CACHED) addBlocks<u32>(at, to, true, blockSymbols)
    else if (to - at > 16) addLong<u32>(at, to - at)
    else addShort<u32>(at, to - at)
    at = to
    if (failed) break
  }
  addWaiting<u32>()
  return leave(at, end)
}

/** Moves what is left to the text's start. */
function leave(at: usize, end: usize): u32 {
  rest = end - at
  // A unit of which nothing is certain yet leaves no room for more.
  if (rest > TEXT_BYTES - CHARACTER_BYTES) setFailed(true)
  if (failed) {
    continued = false
    return 0
  }
  if (rest > 0) memory.copy(TEXT, at, rest)
  resume(state, scanned - (at - TEXT), accepted - (at - TEXT))
  return <u32>((out - IDS) >> 2)
}
