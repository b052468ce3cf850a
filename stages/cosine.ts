import { type Rational, reduced } from './rational.ts'

/** Knots of a cosine transition: between them its share goes in a straight line, at most 0.00016 of the change off. */
export const COSINE_KNOTS = 64

/** pi x 10^30. */
const PI = 3_141_592_653_589_793_238_462_643_383_280n
const SCALE = 10n ** 30n
/** Knots are rounded to 12 decimals, far above the error of the series. */
const GRID = 10n ** 12n

/**
 * (1 - cos(pi k / 64)) / 2 for knot k in [0, 64], to 12 decimals, in integers: `Math.cos` may differ in its last place
 * between runtimes, and with it a document edge.
 */
export function cosineKnot(knot: number): Rational {
  const x = (PI * BigInt(knot)) / BigInt(COSINE_KNOTS)
  // 1 - x^2/2! + x^4/4! - …: below 10^-30 after 20 terms for x <= pi.
  let term = SCALE
  let cosine = SCALE
  for (let n = 1n; n <= 20n; n++) {
    term = (-term * x * x) / (SCALE * SCALE * (2n * n - 1n) * (2n * n))
    cosine += term
  }
  const half = (SCALE - cosine) / 2n
  return reduced({ numerator: (half * GRID + SCALE / 2n) / SCALE, denominator: GRID })
}
