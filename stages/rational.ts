/**
 * Exact fractions, for cumulative positions: 1T tokens at a share of 84.5/100.3 must give the same document edge on
 * every machine and however the run is cut, which sums of doubles do not.
 */

/** numerator / denominator, denominator > 0; in lowest terms only where `reduced` made it. */
export interface Rational {
  readonly numerator: bigint
  readonly denominator: bigint
}

export const ZERO: Rational = { numerator: 0n, denominator: 1n }
export const ONE: Rational = { numerator: 1n, denominator: 1n }

/** Denominators below this stay as they come: products of them are cheaper than finding common divisors. */
const SMALL = 1n << 128n

export function rational(numerator: bigint, denominator = 1n): Rational {
  return denominator < SMALL ? { numerator, denominator } : reduced({ numerator, denominator })
}

/** In lowest terms: equal values are equal numbers. */
export function reduced({ numerator, denominator }: Rational): Rational {
  const divisor = greatestCommonDivisor(numerator < 0n ? -numerator : numerator, denominator)
  return { numerator: numerator / divisor, denominator: denominator / divisor }
}

/**
 * The decimal that a finite number >= 0 is written as (its shortest form), not its binary value: 0.1 → 1/10.
 * Worked example: 2.5e-7 → digits 25, exponent -7 - 1 → 25 / 10^8 → 1/4000000.
 */
export function decimal(value: number): Rational {
  const [mantissa = '0', exponent = '0'] = String(value).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const digits = BigInt(whole + fraction)
  const power = Number(exponent) - fraction.length
  return reduced(rational(digits * 10n ** BigInt(Math.max(0, power)), 10n ** BigInt(Math.max(0, -power))))
}

export function add(a: Rational, b: Rational): Rational {
  if (a.denominator === b.denominator) return rational(a.numerator + b.numerator, a.denominator)
  // Where one is a multiple of the other, it is enough: sums of many pieces keep their denominator.
  const [larger, smaller] = a.denominator > b.denominator ? [a, b] : [b, a]
  const factor = larger.denominator / smaller.denominator
  if (factor * smaller.denominator === larger.denominator)
    return rational(larger.numerator + smaller.numerator * factor, larger.denominator)
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator)
}

/** The least number that all denominators divide. */
export function commonDenominator(values: readonly Rational[]): bigint {
  return values.reduce(
    (common, { denominator }) =>
      common % denominator === 0n
        ? common
        : (common / greatestCommonDivisor(common, denominator)) * denominator,
    1n,
  )
}

/** a - b. */
export function subtract(a: Rational, b: Rational): Rational {
  return add(a, { numerator: -b.numerator, denominator: b.denominator })
}

/** Below 0, 0 or above 0 as a is below, equal to or above b. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The greatest integer <= a, for a >= 0. */
export function floor(a: Rational): bigint {
  return a.numerator / a.denominator
}

/** The value to within a few units of a double's last place, of any size that a double can hold. */
export function toNumber(a: Rational): number {
  if (a.numerator < 0n) return -toNumber({ numerator: -a.numerator, denominator: a.denominator })
  // 64 bits of quotient, whatever the size of the fraction: a share of 1e-30 keeps its digits too.
  const shift = Math.max(0, 64 + bits(a.denominator) - bits(a.numerator))
  // Divided in two steps, as 2^shift may be beyond a double.
  return (
    Number((a.numerator << BigInt(shift)) / a.denominator) / 2 ** (shift >> 1) / 2 ** (shift - (shift >> 1))
  )
}

function bits(value: bigint): number {
  return value.toString(16).length * 4
}

/** Largest integer up to which doubles are exact. */
const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Euclid's, without the powers of two, of which shares on a grid are mostly made; in doubles as soon as they are exact: a step
 * then costs a tenth.
 */
function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return a + b || 1n
  const twos = (a | b) & -(a | b)
  return twos * oddDivisor(a / (a & -a), b / (b & -b))
}

function oddDivisor(a: bigint, b: bigint): bigint {
  let larger = a
  let smaller = b
  while (smaller > 0n && (larger > MOST_EXACT || smaller > MOST_EXACT)) {
    const rest = larger % smaller
    larger = smaller
    smaller = rest
  }
  if (smaller === 0n) return larger
  let [left, right] = [Number(larger), Number(smaller)]
  while (right !== 0) [left, right] = [right, left % right]
  return BigInt(left)
}
