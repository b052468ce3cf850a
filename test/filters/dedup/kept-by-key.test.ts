import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { keptByKey } from '../../../filters/dedup/kept-by-key.ts'

test('holds what a Map of lists would, newest first, also where slots collide and grow', () => {
  // Few distinct halves: keys that differ in one half only, and share a slot.
  const half = fc.constantFrom(0, 1, 32, 64, 0xffffffe0, 0xffffffff)
  const wide = fc.integer({ min: 0, max: 0xffffffff })
  const key = fc.tuple(fc.oneof(half, wide), fc.oneof(half, wide))
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), fc.array(key, { maxLength: 20 }), (added, others) => {
      const table = keptByKey()
      const model = new Map<string, number[]>()
      for (const [member, [high, low]] of added.entries()) {
        table.add(high, low, member)
        model.set(`${high}:${low}`, [member, ...(model.get(`${high}:${low}`) ?? [])])
      }
      for (const [high, low] of [...added, ...others]) {
        const found: number[] = []
        for (let entry = table.first(high, low); entry !== -1; entry = table.next(entry))
          found.push(table.member(entry))
        expect(found).toEqual(model.get(`${high}:${low}`) ?? [])
      }
    }),
  )
})

test('keys that share their slot survive growth', () => {
  const table = keptByKey()
  const keys = Array.from({ length: 200 }, (_, at) => [at % 3, 4096 * Math.floor(at / 3)] as const)
  for (const [member, [high, low]] of keys.entries()) table.add(high, low, member)
  const found = keys.map(([high, low]) => table.member(table.first(high, low)))
  expect(found).toEqual(keys.map((_, member) => member))
  expect(keys.every(([high, low]) => table.next(table.first(high, low)) === -1)).toBe(true)
})
