/** The URL rule: the same as ../url-rule.ts. Ranges [lo, hi) are of addresses of units. */
import { DOT, has, HYPHEN, isDigit } from './characters'
import { ALPHA_LOWER, DECIMAL, WORD_CHARACTER } from './layout'

/** Whether [lo, hi) is a URL, of a host by name. */
export function isUrl(lo: usize, hi: usize): bool {
  if (!holds(DOT, lo, hi)) return false
  if (isHostToEnd(lo, hi)) return true
  const afterScheme = schemeEnd(lo, hi)
  if (afterScheme != 0 && isHostToEnd(afterScheme, hi)) return true
  for (let at = lo + 2; at < hi; at += 2) if (load<u16>(at) == 0x40 && isHostToEnd(at + 2, hi)) return true
  return false
}

/** Whether a host may be four numbers, of which the twin tells whether they are an address. */
export function mayHoldAddress(lo: usize, hi: usize): bool {
  if (!holds(DOT, lo, hi)) return false
  if (mayBeAddress(lo, hi)) return true
  const afterScheme = schemeEnd(lo, hi)
  if (afterScheme != 0 && mayBeAddress(afterScheme, hi)) return true
  for (let at = lo + 2; at < hi; at += 2) if (load<u16>(at) == 0x40 && mayBeAddress(at + 2, hi)) return true
  return false
}

function holds(c: u32, lo: usize, hi: usize): bool {
  for (let at = lo; at < hi; at += 2) if (load<u16>(at) == c) return true
  return false
}

function schemeEnd(lo: usize, hi: usize): usize {
  let at = lo
  while (at < hi && isSchemeCharacter(<u32>load<u16>(at))) at += 2
  if (at - lo < 4 || at + 6 > hi) return 0
  return load<u16>(at) == 0x3a && load<u16>(at, 2) == 0x2f && load<u16>(at, 4) == 0x2f ? at + 6 : 0
}

@inline
function isSchemeCharacter(c: u32): bool {
  return has(c, WORD_CHARACTER) || c == 0x2b || c == HYPHEN || c == DOT
}

function isHostToEnd(from: usize, hi: usize): bool {
  let end = labelEnd(from, hi)
  while (end != 0 && end < hi && load<u16>(end) == DOT) {
    if (isTopLevelToEnd(end + 2, hi)) return true
    end = labelEnd(end + 2, hi)
  }
  return false
}

/** Four numbers with full stops between them. */
function mayBeAddress(from: usize, hi: usize): bool {
  let at = from
  for (let dots = 0; dots < 3; dots++) {
    const start = at
    while (at < hi && at - start <= 6 && has(<u32>load<u16>(at), DECIMAL)) at += 2
    if (at == start || at >= hi || load<u16>(at) != DOT) return false
    at += 2
  }
  return at < hi && has(<u32>load<u16>(at), DECIMAL)
}

function labelEnd(start: usize, hi: usize): usize {
  let end = start
  while (end < hi && end - start <= 128 && isLabelCharacter(<u32>load<u16>(end))) end += 2
  const length = end - start
  if (length == 0 || length > 128) return 0
  return isJoiner(<u32>load<u16>(start)) || isJoiner(<u32>load<u16>(end - 2)) ? 0 : end
}

@inline
function isJoiner(c: u32): bool {
  return c == HYPHEN || c == 0x5f
}

@inline
function isLabelCharacter(c: u32): bool {
  return c >= 0xa1 || ((c | 0x20) - 0x61) < 26 || isDigit(c) || isJoiner(c)
}

function isTopLevelToEnd(start: usize, hi: usize): bool {
  let end = start
  while (end < hi && end - start <= 126 && has(<u32>load<u16>(end), ALPHA_LOWER)) end += 2
  const length = end - start
  return length >= 4 && length <= 126 && isPortAndPath(end, hi)
}

function isPortAndPath(from: usize, hi: usize): bool {
  if (startsPathOrEnds(from, hi)) return true
  if (load<u16>(from) != 0x3a) return false
  let end = from + 2
  while (end < hi && end - from <= 10 && has(<u32>load<u16>(end), DECIMAL)) end += 2
  return end - from >= 6 && startsPathOrEnds(end, hi)
}

@inline
function startsPathOrEnds(at: usize, hi: usize): bool {
  if (at >= hi) return true
  const c = load<u16>(at)
  return c == 0x2f || c == 0x3f || c == 0x23
}
