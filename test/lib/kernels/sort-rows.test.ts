import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sortedOrder, sortRows } from '../../../lib/kernels/sort-rows.ts'

/** Words that share digits, sit at the ends of the range, or are anything. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff),
  fc.nat(3),
  fc.integer({ min: 0, max: 0xffffffff }),
)

const table = fc
  .integer({ min: 2, max: 6 })
  .chain((width) =>
    fc
      .array(fc.array(word, { minLength: width, maxLength: width }), { maxLength: 60 })
      .map((rows) => ({ width, rows })),
  )

function keyOf([high = 0, low = 0]: readonly number[]): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}

/** The twin: a stable sort by the 64-bit key. */
function sortedByBigInt(rows: readonly number[][]): number[][] {
  return rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0))
}

describe('sortRows', () => {
  test('is the stable sort by an unsigned 64-bit key', () => {
    fc.assert(
      fc.property(table, ({ width, rows }) => {
        const before = Uint32Array.from(rows.flat())
        const sorted = sortRows(before, width)
        expect([...sorted]).toEqual(sortedByBigInt(rows).flat())
        expect([...before]).toEqual(rows.flat())
      }),
      { numRuns: 300 },
    )
  })

  test('many rows with few keys keep their order among equals', () => {
    const count = 5000
    const rows = Uint32Array.from({ length: count * 3 }, (_, at) =>
      at % 3 === 2 ? Math.floor(at / 3) : ((Math.floor(at / 3) * 7919) % 5) * 0x33333333,
    )
    const sorted = sortRows(rows, 3)
    for (let row = 1; row < count; row++) {
      const [one, other] = [row - 1, row].map((at) => [...sorted.subarray(at * 3, at * 3 + 3)])
      const [a, b] = [keyOf(one!), keyOf(other!)]
      expect(a < b || (a === b && one![2]! < other![2]!)).toBe(true)
    }
  })
})

test('sortedOrder is a permutation that sorts', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { maxLength: 80 }), (keys) => {
      const order = [...sortedOrder(keys.length, (row, half) => keys[row]![half])]
      expect(order.toSorted((a, b) => a - b)).toEqual(keys.map((_, row) => row))
      for (let at = 1; at < order.length; at++) {
        const [a, b] = [keyOf(keys[order[at - 1]!]!), keyOf(keys[order[at]!]!)]
        expect(a < b || (a === b && order[at - 1]! < order[at]!)).toBe(true)
      }
    }),
  )
})
