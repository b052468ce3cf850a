import { ALPHA_LOWER, classesOf, DECIMAL, WORD_CHARACTER } from './character-classes.ts'

/**
 * spaCy's URL rule (after Diego Perini's pattern): `scheme://user@host:port/path`, where all but the host may be
 * missing. A pattern with `\S+@` in front is quadratic; here every host is read once, because a host holds no `@`:
 * the hosts that can be tried are disjoint, and the whole is linear.
 */

const COLON = 0x3a
const SLASH = 0x2f
const DOT = 0x2e
const AT = 0x40

/** True when the code points [lo, hi), which hold no white space, are a URL by the rule. */
export function isUrl(points: Int32Array, lo: number, hi: number): boolean {
  if (!hasDot(points, lo, hi)) return false
  if (isHostToEnd(points, lo, hi)) return true
  const afterScheme = schemeEnd(points, lo, hi)
  if (afterScheme !== -1 && isHostToEnd(points, afterScheme, hi)) return true
  for (let at = lo + 1; at < hi; at++) {
    if (points[at] === AT && isHostToEnd(points, at + 1, hi)) return true
  }
  return false
}

function hasDot(points: Int32Array, lo: number, hi: number): boolean {
  for (let at = lo; at < hi; at++) if (points[at] === DOT) return true
  return false
}

/** Where the host starts after `scheme://`; -1 when there is no scheme. */
function schemeEnd(points: Int32Array, lo: number, hi: number): number {
  let at = lo
  while (at < hi && isSchemeCharacter(points[at] ?? 0)) at++
  if (at - lo < 2 || at + 3 > hi) return -1
  return points[at] === COLON && points[at + 1] === SLASH && points[at + 2] === SLASH ? at + 3 : -1
}

function isSchemeCharacter(c: number): boolean {
  return (classesOf(c) & WORD_CHARACTER) !== 0 || c === 0x2b || c === 0x2d || c === DOT
}

/** True when a host, an optional port and an optional path take up all of [from, hi). */
function isHostToEnd(points: Int32Array, from: number, hi: number): boolean {
  if (isAddressToEnd(points, from, hi)) return true
  let start = from
  for (;;) {
    const end = labelEnd(points, start, hi)
    if (end === -1 || points[end] !== DOT) return false
    start = end + 1
    if (isTopLevelToEnd(points, start, hi)) return true
  }
}

/** End of a label of 1…64 characters that starts and ends with one that is not `-` or `_`; -1 when there is none. */
function labelEnd(points: Int32Array, start: number, hi: number): number {
  let end = start
  while (end < hi && end - start <= 64 && isLabelCharacter(points[end] ?? 0)) end++
  const length = end - start
  if (length === 0 || length > 64) return -1
  return isJoiner(points[start] ?? 0) || isJoiner(points[end - 1] ?? 0) ? -1 : end
}

function isJoiner(c: number): boolean {
  return c === 0x2d || c === 0x5f
}

function isLabelCharacter(c: number): boolean {
  if (c >= 0xa1) return c <= 0xffff
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || isJoiner(c)
}

/** A top-level domain of 2…63 lower-case (or caseless) letters, then the end, a port or a path. */
function isTopLevelToEnd(points: Int32Array, start: number, hi: number): boolean {
  let end = start
  while (end < hi && end - start <= 63 && (classesOf(points[end] ?? 0) & ALPHA_LOWER) !== 0) end++
  const length = end - start
  return length >= 2 && length <= 63 && isPortAndPath(points, end, hi)
}

function isPortAndPath(points: Int32Array, from: number, hi: number): boolean {
  if (startsPathOrEnds(points, from, hi)) return true
  if (points[from] !== COLON) return false
  let end = from + 1
  while (end < hi && end - from <= 5 && (classesOf(points[end] ?? 0) & DECIMAL) !== 0) end++
  return end - from >= 3 && startsPathOrEnds(points, end, hi)
}

function startsPathOrEnds(points: Int32Array, at: number, hi: number): boolean {
  const c = points[at] ?? 0
  return at >= hi || c === SLASH || c === 0x3f || c === 0x23
}

/** 15 characters of an address, 6 of a port, and the one after them: what decides the address rule. */
const ADDRESS_WINDOW = 22

/** Public IPv4 addresses, `d` standing for a decimal digit of another script, which `\d` takes and `[0-9]` does not. */
const ADDRESS = new RegExp(
  '^(?!(?:10|127)(?:\\.[\\dd]{1,3}){3})(?!(?:169\\.254|192\\.168)(?:\\.[\\dd]{1,3}){2})' +
    '(?!172\\.(?:1[6-9]|2[\\dd]|3[01])(?:\\.[\\dd]{1,3}){2})' +
    '(?:[1-9][\\dd]?|1[\\dd]{2}|2[01][\\dd]|22[0-3])(?:\\.(?:1?[\\dd]{1,2}|2[0-4][\\dd]|25[0-5])){2}' +
    '\\.(?:[1-9][\\dd]?|1[\\dd]{2}|2[0-4][\\dd]|25[0-4])(?::[\\dd]{2,5})?(?:[/?#]|$)',
)

function isAddressToEnd(points: Int32Array, from: number, hi: number): boolean {
  const first = points[from] ?? 0
  if (from >= hi || first < 0x31 || first > 0x39) return false
  let text = ''
  for (let at = from; at < hi && at < from + ADDRESS_WINDOW; at++) {
    const c = points[at] ?? 0
    const decimal = c > 0x7f && (classesOf(c) & DECIMAL) !== 0
    text += decimal ? 'd' : c < 0x80 && c !== 0x64 ? String.fromCharCode(c) : 'x'
  }
  return ADDRESS.test(text)
}
