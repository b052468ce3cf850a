/** Cuts of some bytes of text at once, as a bit mask, by an automaton that goes on from match to match (../cut-automaton.ts). */
import { ASCII_KINDS, CUTS } from './layout'

/** Bytes that a window looks at: two less than bits, as a cut is known up to two characters later. */
export const WINDOW: usize = 62

/** `at` is where a match begins; bit i is set when a match ends with byte i. Where not all is ASCII, of the part before. */
@inline
export function cutsAt(at: usize): u64 {
  let entry: usize = 64
  let mask: u64 = 0
  for (let i: usize = 0; i < WINDOW; i++) {
    const kind = <usize>load<u8>(ASCII_KINDS + <usize>load<u8>(at + i))
    entry = <usize>load<u16>(CUTS + (entry & ~63) + (kind << 1))
    mask |= <u64>(entry & 3) << i
  }
  // A first character has nothing before it, so the two lowest bits are not in use.
  return mask >> 2
}
