import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClusterTally, type LargeComponent, mergeClusters } from '../../../lib/build/clusters.ts'
import { renderClusters } from '../../../lib/report/dedup-report.ts'

const component = (documents: number, uid: string, removed = documents - 1): LargeComponent => ({
  documents,
  removed,
  uid,
})

const tallied = (all: readonly LargeComponent[]): ReturnType<typeof mergeClusters> => {
  const tally = createClusterTally()
  for (const each of all) tally.add(each)
  return tally.result()
}

test('sizes are classed by powers of two, their upper ends inclusive', () => {
  const { sizes } = mergeClusters([tallied([2, 3, 4, 5, 8, 9].map((size) => component(size, 'x')))], 7)
  expect(sizes.map(({ components, documents }) => [components, documents])).toEqual([
    [7, 7],
    [1, 2],
    [2, 7],
    [2, 13],
    [1, 9],
  ])
  const text = renderClusters([{ methods: ['minhash'], sizes, largest: [component(9, 'x')] }]).join('\n')
  expect(text).toMatch(/ 1 +7 +7 +0\n +2 +1 +2 +1\n +3–4 +2 +7 +5\n +5–8 +2 +13 +11\n *9–16 +1 +9 +8\n/)
  expect(text).toContain('9 documents, of which 8 went; with x')
})

test('units together are the same as one, in any order', () => {
  const components = fc.uniqueArray(
    fc
      .record({
        documents: fc.integer({ min: 2, max: 40 }),
        uid: fc.string({ unit: fc.constantFrom('0', '7', 'f'), maxLength: 6 }),
      })
      .map(({ documents, uid }) => component(documents, uid)),
    { selector: ({ uid }) => uid, maxLength: 40 },
  )
  fc.assert(
    fc.property(components, fc.nat(40), (all, cut) => {
      const whole = mergeClusters([tallied(all)], 3)
      const parts = [tallied(all.slice(cut).toReversed()), tallied(all.slice(0, cut))]
      expect(mergeClusters(parts, 3)).toEqual(whole)
      const sorted = all.toSorted((a, b) => b.documents - a.documents || (a.uid < b.uid ? -1 : 1))
      expect(whole.largest).toEqual(sorted.slice(0, 10))
    }),
  )
})
