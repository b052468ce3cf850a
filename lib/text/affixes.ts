import {
  ALPHA,
  ALPHA_LOWER,
  ALPHA_UPPER,
  BEFORE_DOT,
  CLASSES,
  CURRENCY,
  ICON,
  PREFIX,
  QUOTE,
  SUFFIX,
} from './character-classes.ts'
import { UNITS } from './spacy-tables.ts'

/**
 * What spaCy's English rules cut off a chunk's ends (`¿`, `'s`, `km` after a digit), and where they cut inside
 * (`well|-|known`). A chunk is a range [lo, hi) of code points. The generated tables hold the rules of one character;
 * those that are longer, or look at neighbours, are written out here.
 */

const DOT = 0x2e
const ELLIPSIS = 0x2026
const DEGREE = 0xb0
const DOLLAR = 0x24
const HYPHEN = 0x2d
const EM_DASH = 0x2014

const isDigit = (c: number) => c >= 0x30 && c <= 0x39
const has = (c: number, classes: number) => ((CLASSES[c] ?? 0) & classes) !== 0

/** Units of measurement: those that a digit stands before are cut off. */
export const MEASURES: readonly string[] = UNITS.trim().split(/\s/)

/** The same by their last code point, the longest first. */
const UNITS_BY_END = groupUnits()

function groupUnits(): ReadonlyMap<number, readonly (readonly number[])[]> {
  const groups = new Map<number, number[][]>()
  for (const unit of MEASURES) {
    const points = Array.from(unit, (c) => c.codePointAt(0) ?? 0)
    const end = points.at(-1) ?? 0
    groups.set(
      end,
      [...(groups.get(end) ?? []), points].toSorted((a, b) => b.length - a.length),
    )
  }
  return groups
}

/** Length of the prefix that is cut off, in code points; 0 when there is none. The first rule that fits wins. */
export function prefixLength(points: Int32Array, lo: number, hi: number): number {
  const c = points[lo] ?? 0
  if (has(c, PREFIX)) return 1
  const next = lo + 1 < hi ? (points[lo + 1] ?? 0) : 0
  if (c === 0x2b) return isDigit(next) ? 0 : 1 // +, not before a digit
  if (c === DOT) return next === DOT ? dotsFrom(points, lo, hi) : 0
  if (next === DOLLAR && (c === 0x43 || c === 0x41)) return 2 // C$ A$
  return c === 0x55 && next === 0x53 && lo + 2 < hi && points[lo + 2] === DOLLAR ? 3 : 0 // US$
}

function dotsFrom(points: Int32Array, lo: number, hi: number): number {
  let end = lo
  while (end < hi && points[end] === DOT) end++
  return end - lo
}

/** Length of the suffix that is cut off; 0 when there is none. The longest rule wins; none looks before `lo`. */
export function suffixLength(points: Int32Array, lo: number, hi: number): number {
  if (hi <= lo) return 0
  const c = points[hi - 1] ?? 0
  const before = hi - 2 >= lo ? (points[hi - 2] ?? 0) : 0
  if (c === DOT) return fullStopLength(points, lo, hi, before)
  const measure = measureLength(points, lo, hi, c)
  if (measure > 1) return measure
  if (c === ELLIPSIS && before === ELLIPSIS) return 2
  if ((c === 0x73 || c === 0x53) && (before === 0x27 || before === 0x2019)) return 2 // 's ’S
  if (measure === 1 || has(c, SUFFIX)) return 1
  return c === 0x2b && isDigit(before) ? 1 : 0
}

function fullStopLength(points: Int32Array, lo: number, hi: number, before: number): number {
  if (before === DOT) {
    let start = hi - 2
    while (start > lo && points[start - 1] === DOT) start--
    return hi - start
  }
  if (before === 0) return 0
  if (has(before, BEFORE_DOT)) return 1
  if (hi - 3 < lo) return 0
  const third = points[hi - 3] ?? 0
  if (has(before, ALPHA_UPPER) && has(third, ALPHA_UPPER)) return 1
  return third === DEGREE && 'FfCcKk'.includes(String.fromCodePoint(before)) ? 1 : 0
}

/** Length of a currency or a unit that ends the chunk and follows a digit, the longest that fits. */
function measureLength(points: Int32Array, lo: number, hi: number, last: number): number {
  for (const unit of UNITS_BY_END.get(last) ?? []) {
    if (followsDigit(points, lo, hi - unit.length) && endsWith(points, hi, unit)) return unit.length
  }
  if (!has(last, CURRENCY)) return 0
  if (last === DOLLAR) {
    const before = points[hi - 2] ?? 0
    if (followsDigit(points, lo, hi - 3) && before === 0x53 && points[hi - 3] === 0x55) return 3
    if (followsDigit(points, lo, hi - 2) && (before === 0x43 || before === 0x41)) return 2
  }
  return followsDigit(points, lo, hi - 1) ? 1 : 0
}

function followsDigit(points: Int32Array, lo: number, at: number): boolean {
  return at > lo && isDigit(points[at - 1] ?? 0)
}

function endsWith(points: Int32Array, hi: number, unit: readonly number[]): boolean {
  const start = hi - unit.length
  return unit.every((c, i) => points[start + i] === c)
}

/** Length of the infix that starts at `at` within [lo, hi); 0 when none does. The first rule that fits wins. */
export function infixLength(points: Int32Array, lo: number, at: number, hi: number): number {
  const c = points[at] ?? 0
  if (c === ELLIPSIS || has(c, ICON)) return 1
  const before = at > lo ? (points[at - 1] ?? 0) : 0
  const next = at + 1 < hi ? (points[at + 1] ?? 0) : 0
  switch (c) {
    case DOT:
      if (next === DOT) return dotsFrom(points, at, hi)
      return has(before, ALPHA_LOWER | QUOTE) && has(next, ALPHA_UPPER | QUOTE) ? 1 : 0
    case 0x2b: // + * ^ between digits
    case 0x2a:
    case 0x5e:
      return isBetweenDigits(before, next) ? 1 : 0
    case 0x2c: // ,
      return has(before, ALPHA) && has(next, ALPHA) ? 1 : 0
    case HYPHEN:
      return isBetweenDigits(before, next) ? 1 : dashLength(points, at, hi, before, 3)
    case 0x2013: // –
    case 0x7e: // ~
      return dashLength(points, at, hi, before, 1)
    case EM_DASH:
      return dashLength(points, at, hi, before, 2)
    case 0x3a: // : < = > /
    case 0x3c:
    case 0x3d:
    case 0x3e:
    case 0x2f:
      return (has(before, ALPHA) || isDigit(before)) && has(next, ALPHA) ? 1 : 0
    default:
      return 0
  }
}

function isBetweenDigits(before: number, next: number): boolean {
  return isDigit(before) && (isDigit(next) || next === HYPHEN)
}

/** Length of a dash of up to `most` equal characters after a letter or digit and before a letter. */
function dashLength(points: Int32Array, at: number, hi: number, before: number, most: number): number {
  if (!has(before, ALPHA) && !isDigit(before)) return 0
  const c = points[at]
  let end = at + 1
  while (end < hi && end - at < most && points[end] === c) end++
  return end < hi && has(points[end] ?? 0, ALPHA) ? end - at : 0
}
