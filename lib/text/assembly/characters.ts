/** What the rules ask of a unit. */
import { CLASSES } from './layout'

export const DOT: u32 = 0x2e
export const HYPHEN: u32 = 0x2d

@inline
export function has(c: u32, classes: u32): bool {
  return (load<u32>(CLASSES + (<usize>c << 2)) & classes) != 0
}

@inline
export function isDigit(c: u32): bool {
  return c - 0x30 < 10
}
