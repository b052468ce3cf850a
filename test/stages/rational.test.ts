import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  add,
  commonDenominator,
  compare,
  decimal,
  floor,
  multiply,
  type Rational,
  rational,
  reduced,
  subtract,
  toNumber,
} from '../../stages/rational.ts'

test.each<[number, bigint, bigint]>([
  [0.1, 1n, 10n],
  [84.5, 169n, 2n],
  [2.5e-7, 1n, 4_000_000n],
  [1e21, 10n ** 21n, 1n],
  [1.5e22, 15n * 10n ** 21n, 1n],
  [3, 3n, 1n],
  [0, 0n, 1n],
])('decimal %d is %d/%d', (value, numerator, denominator) => {
  expect(decimal(value)).toEqual({ numerator, denominator })
})

test('a decimal goes back to the number it came from', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (value) => {
      expect(Math.abs(toNumber(decimal(value)) / value - 1)).toBeLessThan(1e-15)
    }),
  )
})

function equals(z: Rational, n: bigint, m: bigint): void {
  expect(z.numerator * m).toBe(n * z.denominator)
}

test('arithmetic agrees with cross-multiplied integers', () => {
  const part = fc.bigInt({ min: 0n, max: 10n ** 30n })
  const whole = fc.bigInt({ min: 1n, max: 10n ** 30n })
  fc.assert(
    fc.property(part, whole, whole, whole, (a, b, c, d) => {
      const x = rational(a, b)
      const y = rational(c, d)
      equals(add(x, y), a * d + c * b, b * d)
      equals(subtract(x, y), a * d - c * b, b * d)
      equals(multiply(x, y), a * c, b * d)
      expect(compare(x, y)).toBe(a * d < c * b ? -1 : a * d > c * b ? 1 : 0)
      expect(floor(x)).toBe(a / b)
    }),
  )
})

test('a common denominator is the least that all divide', () => {
  const values = [rational(1n, 6n), rational(5n, 4n), rational(1n, 3n), rational(0n, 1n)]
  expect(commonDenominator(values)).toBe(12n)
  expect(commonDenominator([])).toBe(1n)
})

test('lowest terms, also of a small number over a large one', () => {
  const large = 3n * (1n << 200n)
  expect(reduced({ numerator: 3n, denominator: large })).toEqual({ numerator: 1n, denominator: 1n << 200n })
  expect(reduced({ numerator: large, denominator: 9n })).toEqual({ numerator: 1n << 200n, denominator: 3n })
})
