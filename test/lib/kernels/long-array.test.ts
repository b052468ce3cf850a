import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { longArray } from '../../../lib/kernels/long-array.ts'

test('keeps numbers of 32 bits and more, at places beyond 2^32', () => {
  const values = fc.array(fc.tuple(fc.nat(2 ** 20), fc.maxSafeNat()), { maxLength: 50 })
  for (const [most, base] of [
    [2 ** 32, 0],
    [2 ** 53, 0],
    [2 ** 53, 2 ** 33],
  ] as const) {
    fc.assert(
      fc.property(values, (pairs) => {
        const array = longArray(most, 1 << 10)
        const twin = new Map<number, number>()
        for (const [place, value] of pairs) {
          array.set(base + place, value % most)
          twin.set(base + place, value % most)
        }
        for (const [place] of pairs) {
          expect(array.get(base + place)).toBe(twin.get(base + place))
          expect(array.get(base + place + 1)).toBe(twin.get(base + place + 1) ?? 0)
        }
      }),
      { numRuns: 30 },
    )
  }
})
