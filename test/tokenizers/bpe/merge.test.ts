import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMerger } from '../../../tokenizers/bpe/merge.ts'
import { mergeBlocks } from '../../../tokenizers/bpe/merge-blocks.ts'
import { buildPairTable, findPair } from '../../../tokenizers/bpe/pair-table.ts'

interface Rule {
  readonly pair: readonly [left: number, right: number]
  readonly merged: number
  readonly rank: number
}

/** Any rules over 12 symbols, equal ranks included. */
const rules: fc.Arbitrary<Rule[]> = fc.uniqueArray(
  fc.record({
    pair: fc.tuple(fc.nat(11), fc.nat(11)),
    merged: fc.nat(11),
    rank: fc.nat(8),
  }),
  { selector: ({ pair }) => pair.join(), maxLength: 60, size: 'max' },
)

function tableOf(list: readonly Rule[]): Int32Array {
  return buildPairTable(list.flatMap(({ pair, merged, rank }) => [...pair, merged, rank]))
}

function reference(list: readonly Rule[], symbols: readonly number[]): number[] {
  const ruleOf = new Map(list.map((rule) => [rule.pair.join(), rule]))
  const left = [...symbols]
  for (;;) {
    const found = left.slice(1).map((right, i) => ruleOf.get([left[i], right].join()))
    const best = Math.min(...found.map((rule) => rule?.rank ?? Number.POSITIVE_INFINITY))
    const at = found.findIndex((rule) => rule?.rank === best)
    if (at < 0) return left
    left.splice(at, 2, found[at]!.merged)
  }
}

// 40 symbols and fewer are merged by scanning, more with a heap.
test.each([
  [0, 40],
  [41, 300],
])('lengths %i to %i: equals the rescan of everything after each merge', (minLength, maxLength) => {
  fc.assert(
    fc.property(rules, fc.array(fc.nat(11), { minLength, maxLength, size: 'max' }), (list, symbols) => {
      const merger = createMerger(tableOf(list))
      merger.reserve(symbols.length).set(symbols)
      const count = merger.merge(symbols.length)
      expect(Array.from(merger.symbols().subarray(0, count))).toEqual(reference(list, symbols))
    }),
    { numRuns: 400, seed: 5 },
  )
})

// Repeated parts: of random symbols and rules, few blocks begin with a symbol that goes on from the one before.
const repeated = fc
  .array(fc.tuple(fc.array(fc.nat(11), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 60 })), {
    maxLength: 4,
  })
  .map((parts) => parts.flatMap(([part, times]) => Array.from({ length: times }, () => part).flat()))

test.each([4, 9, 50])('by blocks of %i symbols: equals the rescan, or nothing is told', (most) => {
  let told = 0
  fc.assert(
    fc.property(rules, repeated, fc.integer({ min: 1, max: 70 }), (list, symbols, piece) => {
      const added: number[] = []
      let at = 0
      const next = (into: Int32Array, place: number): number => {
        const some = symbols.slice(at, at + piece)
        into.set(some, place)
        at += some.length
        return some.length
      }
      if (!mergeBlocks(createMerger(tableOf(list)), next, (ids) => added.push(...ids), most)) return
      if (symbols.length > 2 * most) told++
      expect(added).toEqual(reference(list, symbols))
    }),
    { numRuns: 400, seed: 8 },
  )
  expect(told).toBeGreaterThan(100)
})

test('the pair table finds every pair and no other', () => {
  fc.assert(
    fc.property(rules, (list) => {
      const table = tableOf(list)
      const found = Array.from({ length: 144 }, (_, i) => findPair(table, Math.floor(i / 12), i % 12))
      const known = new Map(list.map((rule) => [rule.pair[0] * 12 + rule.pair[1], rule]))
      const facts = found.map((at) => (at < 0 ? undefined : [table[at + 2], table[at + 3]]))
      expect(facts).toEqual(found.map((_, i) => known.get(i) && [known.get(i)!.merged, known.get(i)!.rank]))
    }),
    { numRuns: 100, seed: 6 },
  )
})
