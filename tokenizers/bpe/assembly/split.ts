/** Where a split pattern's match ends: an automaton over kinds of characters (../split-automaton.ts). */
import { ASCII_KINDS, KINDS, PAGES, STATES } from './layout'

/** The kind that stands for the end of the text. */
const END: usize = 31
/** The row of the state in which a match begins; row 0 leads nowhere. */
const START: u32 = 64

/** What `findEnd` knew when it came to the end of the text so far: the state, how far it read, and where the match may end. */
export let state: u32 = START
export let scanned: usize = 0
export let accepted: usize = 0

export function resume(by: u32, at: usize, end: usize): void {
  state = by
  scanned = at
  accepted = end
}

@inline
function step(row: u32, kind: usize): u32 {
  return <u32>load<u16>(STATES + <usize>row + (kind << 1))
}

/** The end of the match at `from`. @returns 0 where it depends on text after `end` */
export function findEnd(from: usize, end: usize, more: bool): usize {
  resume(START, from, from)
  return findOn(end, more)
}

/** The same, going on where it stopped. */
export function findOn(end: usize, more: bool): usize {
  let at = scanned
  let last = accepted
  let row = state
  while (at < end) {
    let next: u32
    const lead = <u32>load<u8>(at)
    let length: usize = 1
    if (lead < 0x80) {
      next = step(row, load<u8>(ASCII_KINDS + <usize>lead))
    } else {
      length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
      next = step(row, wideKind(at, lead))
    }
    last = next & 1 ? at : last
    row = next & ~1
    if (row == 0) return last
    at += length
  }
  if (more) {
    resume(row, at, last)
    return 0
  }
  return step(row, END) & 1 ? end : last
}

@inline
export function wideKind(at: usize, lead: u32): usize {
  const second = <u32>load<u8>(at, 1) & 63
  let code = ((lead & 31) << 6) | second
  if (lead >= 0xe0) {
    const third = <u32>load<u8>(at, 2) & 63
    if (lead < 0xf0) code = ((lead & 15) << 12) | (second << 6) | third
    else code = ((lead & 7) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(at, 3) & 63)
  }
  const page = <usize>load<u16>(PAGES + (<usize>(code >> 8) << 1))
  return load<u8>(KINDS + ((page << 8) | <usize>(code & 255)))
}
