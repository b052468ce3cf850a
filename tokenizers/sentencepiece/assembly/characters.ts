import { ASCII_CLASSES, CLASSES, COLUMNS, JOINS, PAGES } from './layout'

/** Bytes of the character that begins with `lead`, in valid UTF-8. */
@inline
export function characterLength(lead: u32): u32 {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

/** The code point that begins at `at` with the byte `lead`, in valid UTF-8. */
@inline
export function codePoint(at: usize, lead: u32): u32 {
  if (lead < 0x80) return lead
  const second = <u32>load<u8>(at, 1) & 63
  if (lead < 0xe0) return ((lead & 31) << 6) | second
  const third = <u32>load<u8>(at, 2) & 63
  if (lead < 0xf0) return ((lead & 15) << 12) | (second << 6) | third
  return ((lead & 7) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(at, 3) & 63)
}

const LOWER_BLOCK: u32 = 0x2581

/** Set where U+2581 has been met: it is to become a space first. */
export let metLowerBlock: bool = false

export function forgetLowerBlock(): void {
  metLowerBlock = false
}

/** Row | column << 16 of a character in the join table. */
@inline
export function classOf(code: u32): u32 {
  if (code == LOWER_BLOCK) metLowerBlock = true
  const page = <usize>load<u16>(PAGES + (<usize>(code >> 8) << 1))
  return load<u32>(CLASSES + (((page << 8) | <usize>(code & 255)) << 2))
}

@inline
export function asciiClass(code: u32): u32 {
  return load<u32>(ASCII_CLASSES + (<usize>(code & 127) << 2))
}

/** 1 when text is cut between a character of this row and one of this column, else 0. */
@inline
export function cutBetween(row: u32, column: u32): u32 {
  const bit = row * COLUMNS + column
  return 1 ^ ((load<u32>(JOINS + (<usize>(bit >> 5) << 2)) >> (bit & 31)) & 1)
}

/** The end of the unit that begins at `from`, at most `end`. */
export function findEnd(from: usize, end: usize): usize {
  let lead = <u32>load<u8>(from)
  let row = classOf(codePoint(from, lead)) & 0xffff
  let at = from + characterLength(lead)
  while (at < end) {
    lead = <u32>load<u8>(at)
    const next = classOf(codePoint(at, lead))
    if (cutBetween(row, next >> 16) != 0) return at
    row = next & 0xffff
    at += characterLength(lead)
  }
  return at
}
