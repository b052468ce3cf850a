import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMerger } from '../../../tokenizers/bpe/merge.ts'
import { buildPairTable, type PairTable } from '../../../tokenizers/bpe/pair-table.ts'
import { findUsedPairs } from '../../../tokenizers/bpe/used-pairs.ts'

const LETTERS = ['a', 'b']
const word = (maxLength: number) => fc.string({ unit: fc.constantFrom(...LETTERS), maxLength, size: 'max' })

const count = (table: PairTable): number => table.filter((left, at) => at % 4 === 0 && left >= 0).length

/** Any vocabulary over two letters: not all of its tokens are what merging gives. Ranks may be equal, as scores may. */
const vocabulary = fc
  .array(fc.tuple(fc.oneof({ weight: 9, arbitrary: word(6) }, word(60)), fc.nat(20)), {
    minLength: 1,
    maxLength: 60,
    size: 'max',
  })
  .map((entries) => new Map(entries.filter(([token]) => token.length > 1)))

test('merging by the pairs that are used gives what merging by all does', () => {
  let spared = 0
  const texts = fc.array(word(60), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(vocabulary, texts, (rankOf, others) => {
      const tokens = [...LETTERS, ...rankOf.keys()]
      const idOf = new Map(tokens.map((token, id) => [token, id]))
      const symbolsOf = (text: string): number[] => Array.from(text, (letter) => idOf.get(letter)!)
      const all = tokens.flatMap((token, id) =>
        Array.from(token, (_, cut) => [idOf.get(token.slice(0, cut)), idOf.get(token.slice(cut))] as const)
          .filter(([left, right]) => left !== undefined && right !== undefined && left !== id && right !== id)
          .flatMap(([left, right]) => [left!, right!, id, rankOf.get(token)!]),
      )
      const encode = (table: PairTable, text: string): number[] => {
        const merger = createMerger(table)
        merger.reserve(text.length).set(symbolsOf(text))
        return Array.from(merger.symbols().subarray(0, merger.merge(text.length)))
      }
      const { pairs, unreachable } = findUsedPairs({
        merged: [...rankOf]
          .map(([text, rank]) => ({ text, id: idOf.get(text)!, rank }))
          .toSorted((a, b) => a.rank - b.rank),
        idOf,
        writeSymbols(text, into) {
          into.set(symbolsOf(text))
          return text.length
        },
      })
      const before = buildPairTable(all)
      for (const [id, token] of tokens.entries()) {
        const ids = encode(before, token)
        expect(unreachable.has(id)).toBe(ids.length !== 1 || ids[0] !== id)
      }
      for (const text of [...tokens, ...others, others.join('')]) {
        expect(encode(pairs, text)).toEqual(encode(before, text))
      }
      expect(count(pairs)).toBe(rankOf.size - unreachable.size)
      spared += count(before) - count(pairs)
    }),
    { numRuns: 300, seed: 31 },
  )
  expect(spared).toBeGreaterThan(1500)
})
