/** Hashes of any range of a text's units that are not white space, from the sums before each: `prefixHashes` of its words. */
export const HASH_BASE = 0x2c9277b5

const KEPT_POWERS = 256
const POWERS = Int32Array.from({ length: KEPT_POWERS }, (_, exponent) => computePower(exponent))

/** A hash of the units [start, end) of those that are not white space, wherever they stand and are cut. */
export function hashBetween(prefixHashes: Int32Array, start: number, end: number): number {
  return ((prefixHashes[end] ?? 0) - Math.imul(prefixHashes[start] ?? 0, powerOf(end - start))) | 0
}

/** HASH_BASE ** exponent mod 2^32. */
export function powerOf(exponent: number): number {
  return exponent < KEPT_POWERS ? (POWERS[exponent] ?? 0) : computePower(exponent)
}

function computePower(exponent: number): number {
  let power = 1
  let square = HASH_BASE
  for (let rest = exponent; rest > 0; rest >>>= 1) {
    if ((rest & 1) === 1) power = Math.imul(power, square)
    square = Math.imul(square, square)
  }
  return power
}
