/** Cuts of 64 bytes of text at once, as a bit mask: bit i is set when a unit ends with byte i. */
import { asciiClass, characterLength, classOf, codePoint, cutBetween } from './characters'
import { BYTE_CUTS } from './layout'

@inline
function cut(at: usize, i: usize): u64 {
  return <u64>load<u8>(BYTE_CUTS + <usize>load<u16>(at + i)) << i
}

@inline
function cuts8(at: usize): u64 {
  return (
    cut(at, 0) | cut(at, 1) | cut(at, 2) | cut(at, 3) | cut(at, 4) | cut(at, 5) | cut(at, 6) | cut(at, 7)
  )
}

@inline
function bits(a: i32, b: i32, c: i32, d: i32): u64 {
  return (<u64>a) | (<u64>b << 16) | (<u64>c << 32) | (<u64>d << 48)
}

/** `at` is the start of a character. Bits whose pair reaches past the text's end mean nothing. */
@inline
export function cutsAt(at: usize): u64 {
  const a = v128.load(at)
  const b = v128.load(at, 16)
  const c = v128.load(at, 32)
  const d = v128.load(at, 48)
  let mask =
    cuts8(at) |
    (cuts8(at + 8) << 8) |
    (cuts8(at + 16) << 16) |
    (cuts8(at + 24) << 24) |
    (cuts8(at + 32) << 32) |
    (cuts8(at + 40) << 40) |
    (cuts8(at + 48) << 48) |
    (cuts8(at + 56) << 56)
  if (v128.any_true(v128.and(v128.or(v128.or(a, b), v128.or(c, d)), i8x16.splat(-128)))) {
    // First bytes of characters of several bytes, 0xc0 to 0xff: as signed numbers -64 to -1.
    const least = i8x16.splat(-65)
    const leads = bits(
      i8x16.bitmask(v128.and(i8x16.gt_s(a, least), a)),
      i8x16.bitmask(v128.and(i8x16.gt_s(b, least), b)),
      i8x16.bitmask(v128.and(i8x16.gt_s(c, least), c)),
      i8x16.bitmask(v128.and(i8x16.gt_s(d, least), d)),
    )
    mask |= wideCuts(at, leads)
  }
  return mask
}

/** The cuts beside characters of several bytes; those between ASCII characters are found by `cutsAt`. */
function wideCuts(at: usize, leads: u64): u64 {
  let mask: u64 = 0
  let row: u32 = 0
  let last: u32 = 0
  for (let left = leads; left != 0; left &= left - 1) {
    const i = <u32>ctz(left)
    const from = at + i
    const lead = <u32>load<u8>(from)
    const code = codePoint(from, lead)
    const own = classOf(code)
    if (i > 0) {
      const before = last == i ? row : asciiClass(load<u8>(from - 1)) & 0xffff
      mask |= <u64>cutBetween(before, own >> 16) << (i - 1)
    }
    row = own & 0xffff
    last = i + characterLength(lead)
    const next = <u32>load<u8>(at + last)
    if (next < 0x80 && last <= 64) mask |= <u64>cutBetween(row, asciiClass(next) >> 16) << (last - 1)
  }
  return mask
}
