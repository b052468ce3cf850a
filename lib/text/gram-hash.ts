/**
 * A hash of characters that does not depend on where they are cut: the sum of each UTF-16 unit times FACTOR ** its
 * position, mod 2^32. The sum of a sequence is that of its parts, each times FACTOR ** the part's position.
 */
export const FACTOR = 0x2c9277b5

/** FACTOR * INVERSE = 1 (mod 2^32). */
export const INVERSE: number = inverseOf(FACTOR)

/** Newton's iteration doubles the number of right bits; an odd number is its own inverse in its lowest three. */
function inverseOf(odd: number): number {
  let inverse = odd
  for (let bits = 3; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}

/** base ** exponent mod 2^32. */
export function powerOf(base: number, exponent: number): number {
  let power = 1
  let square = base
  for (let rest = exponent; rest > 0; rest >>>= 1) {
    if ((rest & 1) === 1) power = Math.imul(power, square)
    square = Math.imul(square, square)
  }
  return power
}

export function sumOf(units: Uint16Array, start: number, end: number): number {
  let sum = 0
  let power = 1
  for (let i = start; i < end; i++) {
    sum = (sum + Math.imul(units[i] ?? 0, power)) | 0
    power = Math.imul(power, FACTOR)
  }
  return sum
}
