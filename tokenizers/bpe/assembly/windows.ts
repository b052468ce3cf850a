/** Cuts of some bytes of text at once, as a bit mask, by an automaton that goes on from match to match (../cut-automaton.ts). */
import { ASCII_KINDS, CUTS } from './layout'

/** Bytes that a window looks at: two less than bits, as a cut is known up to two characters later. */
export const WINDOW: usize = 62
/** Bytes of each of a window's two parts, where it has two: the second begins in the first, at one of 16 places. */
const PART: usize = 34
const FIRST_PLACE: usize = 14

/** `at` is where a match begins; bit i is set when a match ends with byte i. Where not all is ASCII, of the part before. */
@inline
export function cutsAt(at: usize): u64 {
  const second = secondPart(at)
  return second == 0 ? onePart(at) : twoParts(at, second)
}

@inline
function onePart(at: usize): u64 {
  let entry: usize = 64
  let mask: u64 = 0
  for (let i: usize = 0; i < WINDOW; i++) {
    entry = next(entry, at + i)
    mask |= <u64>(entry & 3) << i
  }
  // A first character has nothing before it, so the two lowest bits are not in use.
  return mask >> 2
}

/** An automaton waits for each of its loads before the next: two of them, side by side, take the time of one. */
@inline
function twoParts(at: usize, second: usize): u64 {
  let entry: usize = 64
  let other: usize = 64
  let mask: u64 = 0
  let later: u64 = 0
  for (let i: usize = 0; i < PART; i++) {
    entry = next(entry, at + i)
    other = next(other, at + second + i)
    mask |= <u64>(entry & 3) << i
    later |= <u64>(other & 3) << i
  }
  mask >>= 2
  // Whether a match begins with the second part, only the first one knows.
  const through = <u64>1 << (second - 1)
  return (mask & through) == 0 ? mask : (mask & (through | (through - 1))) | ((later >> 2) << second)
}

@inline
function next(entry: usize, at: usize): usize {
  const kind = <usize>load<u8>(ASCII_KINDS + <usize>load<u8>(at))
  return <usize>load<u16>(CUTS + (entry & ~63) + (kind << 1))
}

/** A place in the first part where a match is likely to begin, the last of a few: at a blank after a small letter; or 0. */
@inline
function secondPart(at: usize): usize {
  const letters = i8x16.sub(v128.load(at, FIRST_PLACE - 1), i8x16.splat(0x61))
  const small = i8x16.lt_u(letters, i8x16.splat(26))
  const places = i8x16.bitmask(v128.and(small, i8x16.eq(v128.load(at, FIRST_PLACE), i8x16.splat(0x20))))
  return places == 0 ? 0 : FIRST_PLACE + 31 - <usize>clz(places)
}
