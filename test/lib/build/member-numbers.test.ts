import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberNumbers } from '../../../lib/build/member-numbers.ts'

test('numbers documents in their order, also beyond 2^32, and tells which there are', () => {
  const near = fc.oneof(fc.nat(300), fc.integer({ min: 2 ** 20 - 200, max: 2 ** 20 + 200 }))
  const documents = fc.array(
    fc.tuple(fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 40), near).map(([base, own]) => base + own),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(documents, (added) => {
      const numbers = memberNumbers()
      for (const document of added) numbers.add(document)
      const sorted = [...new Set(added)].toSorted((a, b) => a - b)
      expect(numbers.count()).toBe(sorted.length)
      expect([...numbers.documents()]).toEqual(sorted)
      expect(sorted.map((document) => numbers.numberOf(document))).toEqual([...sorted.keys()])
    }),
    { numRuns: 40 },
  )
})
