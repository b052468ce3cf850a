import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatQuantity, maxQuantity, parseQuantity } from '../../../lib/recipe/quantity.ts'

describe('parseQuantity', () => {
  test.each([
    ['1T', 1_000_000_000_000],
    ['0.95T', 950_000_000_000],
    ['100M', 100_000_000],
    ['2.5K', 2500],
    ['1_000', 1000],
    ['1_179_648', 1_179_648],
    ['0', 0],
    ['007', 7],
    [' 5B ', 5_000_000_000],
    ['1.000', 1],
    ['0.000000000001T', 1],
    ['0.001K', 1],
    ['9007199254.740991M', maxQuantity],
    [`0.001${'0'.repeat(100_000)}K`, 1],
    [2048, 2048],
    [1e9, 1_000_000_000],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toEqual({ value })
  })

  test.each([
    '',
    'T',
    '.5T',
    '1.',
    '1Q',
    '1t',
    '1 T',
    '-1',
    '+1',
    '1e9',
    '1__000',
    '_1',
    '1_',
    '0x10',
    '١',
    'NaN',
    '1.5T5',
    null,
    undefined,
    true,
    [],
    {},
    ['1T'],
  ])('%j is not a quantity', (input) => {
    expect(parseQuantity(input).problem).toMatch(/^is not a quantity/)
  })

  test.each(['1.5', '0.0005K', 0.5, -1, Number.NaN, '0.0000000000001T'])(
    '%j is not a whole number',
    (input) => {
      expect(parseQuantity(input).problem).toMatch(/^is not a whole number/)
    },
  )

  test.each(['9007199254740992', '9007.199254740992T', '9'.repeat(100_000), '99999999T', 2 ** 53, Infinity])(
    'the limit is 2^53 - 1',
    (input) => {
      expect(parseQuantity(input).problem).toMatch(/^is too large/)
    },
  )

  test('shifts digits exactly, as big integers do', () => {
    const exponent = fc.constantFrom(
      ['K', 3] as const,
      ['M', 6] as const,
      ['B', 9] as const,
      ['T', 12] as const,
    )
    fc.assert(
      fc.property(fc.nat(9000), fc.nat(999), exponent, (whole, thousandths, [suffix, digits]) => {
        const text = `${whole}.${String(thousandths).padStart(3, '0')}${suffix}`
        const exact = (BigInt(whole) * 1000n + BigInt(thousandths)) * 10n ** BigInt(digits - 3)
        expect(parseQuantity(text)).toEqual({ value: Number(exact) })
      }),
    )
  })
})

describe('formatQuantity', () => {
  test.each([
    [0, '0'],
    [7, '7'],
    [2048, '2048'],
    [1000, '1K'],
    [2500, '2.5K'],
    [1_010, '1.01K'],
    [10_240, '10.24K'],
    [16_384, '16_384'],
    [1_179_648, '1_179_648'],
    [100_000_000, '100M'],
    [950_000_000_000, '950B'],
    [2_000_000_000_000, '2T'],
    [1_100_000_000_000, '1.1T'],
    [maxQuantity, '9_007_199_254_740_991'],
  ])('%d is %s', (value, text) => {
    expect(formatQuantity(value)).toBe(text)
  })

  test('is read back as the same number', () => {
    const round = fc.tuple(fc.nat(90_000), fc.nat(11)).map(([digits, zeros]) => digits * 10 ** zeros)
    fc.assert(
      fc.property(fc.oneof(round, fc.nat(), fc.maxSafeNat()), (value) => {
        expect(parseQuantity(formatQuantity(value))).toEqual({ value })
      }),
    )
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('%d is refused', (value) => {
    expect(() => formatQuantity(value)).toThrow(RangeError)
  })
})
