import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addKept, type KeptByKey, keptByKey, membersWith } from '../../../filters/dedup/kept-by-key.ts'

const found = (table: KeptByKey, keys: readonly number[]): number[] => {
  const members: number[] = []
  membersWith(table, Uint32Array.from(keys), keys.length / 2, members)
  return members
}

test('holds what a Map of lists would, newest first, also where keys share a chain and there is room for fewer', () => {
  // Few distinct halves: keys that differ in one half only, and share a chain.
  const half = fc.constantFrom(0, 1, 32, 64, 0xffffffe0, 0xffffffff)
  const wide = fc.integer({ min: 0, max: 0xffffffff })
  const key = fc.tuple(fc.oneof(half, wide), fc.oneof(half, wide))
  const member = fc.array(key, { maxLength: 4 })
  const room = fc.integer({ min: 0, max: 100 })
  fc.assert(
    fc.property(fc.array(member, { maxLength: 80 }), fc.array(key), room, (added, others, expected) => {
      const table = keptByKey(expected)
      const model = new Map<string, number[]>()
      for (const [member, keys] of added.entries()) {
        addKept(table, Uint32Array.from(keys.flat()), keys.length, member)
        for (const [high, low] of keys)
          model.set(`${high}:${low}`, [member, ...(model.get(`${high}:${low}`) ?? [])])
      }
      for (const keys of [...added, others]) {
        const members = keys.flatMap(([high, low]) => model.get(`${high}:${low}`) ?? [])
        expect(found(table, keys.flat())).toEqual(members)
      }
    }),
  )
})

test('keys that share their chain are found after room was made', () => {
  const table = keptByKey(1)
  const keys = Array.from({ length: 200 }, (_, at) => [at % 3, 4096 * Math.floor(at / 3)])
  for (const [member, key] of keys.entries()) addKept(table, Uint32Array.from(key), 1, member)
  expect(keys.map((key) => found(table, key))).toEqual(keys.map((_, member) => [member]))
})
