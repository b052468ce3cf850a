import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyedHash } from '../../../lib/kernels/keyed-hash.ts'
import type { Packing } from '../../../stages/define-packing.ts'
import { pack, packingByName, packings } from '../../../stages/packing/index.ts'
import { type PackingMetrics, packingMetrics, sumMetrics } from '../../../stages/packing/metrics.ts'
import { packingUse } from '../../../stages/packing/use.ts'
import {
  type BestFitSettings,
  bestFitReference,
  bucketsReference,
  concatReference,
  oneDocumentReference,
  type Piece,
} from './reference.ts'

/** Documents from none to several sequences long, often of equal or exactly a sequence's length. */
const requests = fc.integer({ min: 1, max: 40 }).chain((sequenceLength) =>
  fc.record({
    lengths: fc.array(
      fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constant(sequenceLength), fc.integer({ min: 0, max: 3 })),
      {
        maxLength: 80,
      },
    ),
    sequenceLength: fc.constant(sequenceLength),
    seed: fc.string(),
  }),
)

/** Every way of packing that loses nothing, by what a recipe writes. */
const uses: Readonly<Record<string, unknown>> = {
  concat: 'concat',
  'best-fit': 'best-fit',
  own: { 'best-fit': { long: 'own' } },
  capped: { 'best-fit': { maxDocuments: 3 } },
  'one-document': 'one-document',
}
const truncate = { 'best-fit': { long: 'truncate' } }

const run = (use: unknown, lengths: readonly number[], sequenceLength: number, seed = 'seed'): Packing =>
  pack(packingUse.parse(use), { lengths: Uint32Array.from(lengths), sequenceLength, seed })

function toSequences(packing: Packing): Piece[][] {
  const sequences = Array.from({ length: packing.sequences }, (): Piece[] => [])
  for (let i = 0; i < packing.pieces; i++) {
    const { document, documentStart, sequence, length } = packing
    sequences[sequence[i]!]!.push({ document: document[i]!, from: documentStart[i]!, length: length[i]! })
  }
  return sequences
}

const mean = (numbers: number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length

const sorted = (sequences: Piece[][]): string[] =>
  sequences.map((pieces) => JSON.stringify(pieces)).toSorted()

test('every packing is here', () => {
  expect(new Set(Object.values(uses).map((use) => packingUse.parse(use).name))).toEqual(
    new Set(packings.keys()),
  )
})

describe.each(Object.entries(uses))('%s', (_, use) => {
  test('keeps every token once, in sequences without gaps, ordered by sequence and start', () => {
    fc.assert(
      fc.property(requests, ({ lengths, sequenceLength, seed }) => {
        const packing = run(use, lengths, sequenceLength, seed)
        const seen = lengths.map((length) => new Uint8Array(length))
        let sequence = -1
        let filled = 0
        for (let i = 0; i < packing.pieces; i++) {
          if (packing.sequence[i] !== sequence) {
            sequence++
            filled = 0
          }
          expect([packing.sequence[i], packing.start[i]]).toEqual([sequence, filled])
          expect(packing.length[i]).toBeGreaterThan(0)
          filled += packing.length[i]!
          expect(filled).toBeLessThanOrEqual(sequenceLength)
          const from = packing.documentStart[i]!
          for (let t = from; t < from + packing.length[i]!; t++) seen[packing.document[i]!]![t]!++
        }
        expect(packing.sequences).toBe(sequence + 1)
        expect(seen.every((document) => document.every((times) => times === 1))).toBe(true)
        for (const column of ['document', 'documentStart', 'sequence', 'start', 'length'] as const) {
          expect(packing[column]).toHaveLength(packing.pieces)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('no documents, and documents without tokens, give no sequence', () => {
    for (const lengths of [[], [0], [0, 0, 0]])
      expect(run(use, lengths, 8)).toMatchObject({ sequences: 0, pieces: 0 })
  })

  test.each([0, -1, 2.5, Number.NaN, 2 ** 28])('sequences of %d are an error', (sequenceLength) => {
    expect(() => run(use, [1], sequenceLength)).toThrow(/sequenceLength/)
  })

  test('a million documents, without losing a token', () => {
    const lengths = Uint32Array.from(
      { length: 1_000_000 },
      (_, i) => (Math.imul(i, 2_654_435_761) >>> 0) % 3000,
    )
    const request = { lengths, sequenceLength: 2048, seed: 'seed' }
    const { realTokens } = packingMetrics(pack(packingUse.parse(use), request), request)
    expect(realTokens).toBe(lengths.reduce((sum, length) => sum + length, 0))
  })
})

describe('concat', () => {
  test('cuts one stream', () => {
    expect(toSequences(run('concat', [3, 0, 3, 4], 4))).toEqual([
      [
        { document: 0, from: 0, length: 3 },
        { document: 2, from: 0, length: 1 },
      ],
      [
        { document: 2, from: 1, length: 2 },
        { document: 3, from: 0, length: 2 },
      ],
      [{ document: 3, from: 2, length: 2 }],
    ])
  })

  test('equals its readable twin', () => {
    fc.assert(
      fc.property(requests, ({ lengths, sequenceLength }) => {
        expect(toSequences(run('concat', lengths, sequenceLength))).toEqual(
          concatReference(lengths, sequenceLength),
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('best-fit', () => {
  test('the worked example', () => {
    expect(sorted(toSequences(run('best-fit', [3, 12, 5, 2], 8)))).toEqual(
      sorted([
        [{ document: 1, from: 0, length: 8 }],
        [
          { document: 0, from: 0, length: 3 },
          { document: 2, from: 0, length: 5 },
        ],
        [
          { document: 1, from: 8, length: 4 },
          { document: 3, from: 0, length: 2 },
        ],
      ]),
    )
  })

  test('has the bins of its readable twin, before the shuffle', () => {
    fc.assert(
      fc.property(requests, ({ lengths, sequenceLength, seed }) => {
        const bins = toSequences(run('best-fit', lengths, sequenceLength, seed))
        expect(sorted(bins)).toEqual(sorted(bestFitReference(lengths, sequenceLength)))
      }),
      { numRuns: 500 },
    )
  })

  test('finds room among long sequences too, where the tree has four levels', () => {
    const size = 70_000
    const lengths = Array.from({ length: 400 }, (_, i) => 1 + ((Math.imul(i, 2_654_435_761) >>> 0) % 50_000))
    expect(sorted(toSequences(run('best-fit', lengths, size)))).toEqual(
      sorted(bestFitReference(lengths, size)),
    )
  })

  test('sequences stand by their keys', () => {
    const lengths = Array.from({ length: 2000 }, (_, i) => 4000 - i)
    const order = toSequences(run('best-fit', lengths, 4000)).map((pieces) => pieces[0]!.document)
    const hash = keyedHash('seed', 'sequence order')
    const key = { high: 0, low: 0 }
    const keys = lengths.map((_, bin) => {
      hash(Uint32Array.of(bin, 0, 0, 0), 0, key)
      return key.high
    })
    // Every document is over half a sequence, so bin i is document i.
    expect(order).toEqual(lengths.map((_, bin) => bin).toSorted((a, b) => keys[a]! - keys[b]! || a - b))
  })

  test('the order of sequences follows the seed, and is not longest first', () => {
    const lengths = Array.from({ length: 300 }, (_, i) => 300 - i)
    const order = (seed: string) =>
      toSequences(run('best-fit', lengths, 300, seed)).map((pieces) => pieces[0]!.document)
    expect(order('a')).toEqual(order('a'))
    expect(order('a')).not.toEqual(order('b'))
    const half = Math.floor(order('a').length / 2)
    expect(Math.abs(mean(order('a').slice(0, half)) - mean(order('a').slice(half)))).toBeLessThan(30)
  })
})

describe('best-fit with long documents otherwise', () => {
  test.each([
    ['own', { 'best-fit': { long: 'own' } }, { long: 'own' }],
    ['truncate', truncate, { long: 'truncate' }],
    ['two documents a sequence', { 'best-fit': { maxDocuments: 2 } }, { maxDocuments: 2 }],
    [
      'one document a sequence',
      { 'best-fit': { maxDocuments: 1, long: 'own' } },
      { maxDocuments: 1, long: 'own' },
    ],
  ] satisfies [string, unknown, BestFitSettings][])(
    '%s: has the bins of its readable twin',
    (_, use, settings: BestFitSettings) => {
      fc.assert(
        fc.property(requests, ({ lengths, sequenceLength, seed }) => {
          const bins = toSequences(run(use, lengths, sequenceLength, seed))
          expect(sorted(bins)).toEqual(sorted(bestFitReference(lengths, sequenceLength, settings)))
          for (const bin of bins) expect(bin.length).toBeLessThanOrEqual(settings.maxDocuments ?? Infinity)
        }),
        { numRuns: 300 },
      )
    },
  )

  test('own: a remainder shares its sequence with nothing', () => {
    const bins = toSequences(run({ 'best-fit': { long: 'own' } }, [10, 3, 2], 8))
    expect(sorted(bins)).toEqual(
      sorted([
        [{ document: 0, from: 0, length: 8 }],
        [{ document: 0, from: 8, length: 2 }],
        [
          { document: 1, from: 0, length: 3 },
          { document: 2, from: 0, length: 2 },
        ],
      ]),
    )
  })

  test('truncate: one full sequence of each long document, the rest counted', () => {
    fc.assert(
      fc.property(requests, ({ lengths, sequenceLength }) => {
        const { realTokens, truncated, truncatedTokens, cutNeeded, cutNeedless } = measure(
          truncate,
          lengths,
          sequenceLength,
        )
        const placed = lengths.map((length) => Math.min(length, sequenceLength))
        expect(realTokens).toBe(placed.reduce((sum, length) => sum + length, 0))
        expect(truncated).toBe(lengths.filter((length) => length > sequenceLength).length)
        expect(realTokens + truncatedTokens).toBe(lengths.reduce((sum, length) => sum + length, 0))
        expect([cutNeeded, cutNeedless]).toEqual([0, 0])
      }),
    )
  })
})

describe('one-document', () => {
  test('the worked example', () => {
    expect(toSequences(run('one-document', [3, 9, 0, 4], 4))).toEqual([
      [{ document: 0, from: 0, length: 3 }],
      [{ document: 1, from: 0, length: 4 }],
      [{ document: 1, from: 4, length: 4 }],
      [{ document: 1, from: 8, length: 1 }],
      [{ document: 3, from: 0, length: 4 }],
    ])
  })

  test('equals its readable twin', () => {
    fc.assert(
      fc.property(requests, ({ lengths, sequenceLength }) => {
        expect(toSequences(run('one-document', lengths, sequenceLength))).toEqual(
          oneDocumentReference(lengths, sequenceLength),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('cuts nothing without need, and counts what it wastes', () => {
    expect(measure('one-document', [3, 9, 4], 4)).toMatchObject({
      sequences: 5,
      padding: 4,
      efficiency: 16 / 20,
      cutNeeded: 1,
      cutNeedless: 0,
      fragments: 3,
      documentsPerSequence: 1,
    })
  })
})

const buckets = (smallest: number): unknown => ({ 'one-document': { buckets: 'power-of-two', smallest } })

describe('one-document in buckets', () => {
  test('the worked example', () => {
    expect(sorted(toSequences(run(buckets(2), [13, 6, 8], 8)))).toEqual(
      sorted([
        [{ document: 0, from: 0, length: 8 }],
        [{ document: 2, from: 0, length: 8 }],
        [
          { document: 0, from: 8, length: 4 },
          { document: 1, from: 0, length: 4 },
        ],
        [{ document: 1, from: 4, length: 2 }],
        [{ document: 0, from: 12, length: 1 }],
      ]),
    )
  })

  test('rows have pieces of one power of two, or ends below the smallest; every token is there', () => {
    const powers = fc.integer({ min: 0, max: 5 })
    fc.assert(
      fc.property(requests, powers, powers, ({ lengths, seed }, power, less) => {
        const sequenceLength = 2 ** power
        const smallest = 2 ** Math.max(0, power - less)
        const rows = toSequences(run(buckets(smallest), lengths, sequenceLength, seed))
        expect(sorted(rows)).toEqual(sorted(bucketsReference(lengths, sequenceLength, smallest)))
        for (const row of rows) {
          // Ends below the smallest count as one kind.
          const sizes = new Set(row.map(({ length }) => (length < smallest ? 0 : length)))
          expect([...sizes]).toHaveLength(1)
          expect([...sizes].every((size) => size === 0 || Number.isInteger(Math.log2(size)))).toBe(true)
        }
        const tokens = rows.flat().reduce((sum, { length }) => sum + length, 0)
        expect(tokens).toBe(lengths.reduce((sum, length) => sum + length, 0))
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['sequences of', 12, 4],
    ['a smallest bucket of', 16, 3],
  ])('%s no power of two are refused', (_, sequenceLength, smallest) => {
    expect(() => run(buckets(smallest), [1], sequenceLength)).toThrow(
      expect.objectContaining({
        code: 'RECIPE_INVALID',
        facts: expect.objectContaining({ got: smallest === 3 ? 3 : 12 }),
      }),
    )
  })
})

const measure = (use: unknown, lengths: number[], sequenceLength: number): PackingMetrics => {
  const request = { lengths: Uint32Array.from(lengths), sequenceLength, seed: 'seed' }
  return packingMetrics(pack(packingUse.parse(use), request), request)
}

describe('packingMetrics', () => {
  test('of a stream: the document of 3 is cut without need, that of 9 has to be', () => {
    expect(measure('concat', [3, 3, 9], 4)).toEqual({
      sequences: 4,
      realTokens: 15,
      padding: 1,
      efficiency: 15 / 16,
      cutNeeded: 1,
      cutNeedless: 1,
      fragments: 2 + 3,
      truncated: 0,
      truncatedTokens: 0,
      pieces: 6,
      documentsPerSequence: 6 / 4, // 3 1 | 2 2 | 4 | 3
      meanUsableContext: (3 + 0 + 1 + 1 + 6 + 3) / 15,
    })
  })

  test('a document of just a sequence is cut without need', () => {
    expect(measure('concat', [1, 4], 4)).toMatchObject({ cutNeeded: 0, cutNeedless: 1 })
  })

  test('best-fit cuts nothing without need', () => {
    fc.assert(
      fc.property(requests, ({ lengths, sequenceLength }) => {
        const { cutNeedless, cutNeeded } = measure('best-fit', lengths, sequenceLength)
        expect(cutNeedless).toBe(0)
        expect(cutNeeded).toBe(lengths.filter((length) => length > sequenceLength).length)
      }),
    )
  })

  test('of several shards are those of all their sequences', () => {
    const shards = [
      [3, 3, 9],
      [7, 1],
    ]
    const [first, second] = shards.map((lengths) => measure('concat', lengths, 4))
    const both = sumMetrics([first!, second!])
    expect(both).toMatchObject({
      sequences: 6,
      realTokens: 23,
      padding: 1,
      efficiency: 23 / 24,
      cutNeeded: 2,
    })
    expect(both.meanUsableContext).toBeCloseTo((14 + 6 + 3 + 0) / 23, 12)
    expect(sumMetrics([])).toMatchObject({ sequences: 0, efficiency: 1, meanUsableContext: 0 })
  })

  test('of nothing', () => {
    expect(measure('concat', [0], 4)).toMatchObject({
      sequences: 0,
      efficiency: 1,
      documentsPerSequence: 0,
      meanUsableContext: 0,
    })
  })
})

test('an unknown packing is an error that lists the known ones', () => {
  expect(() => packingByName('constructor')).toThrow(
    expect.objectContaining({
      code: 'RECIPE_INVALID',
      facts: expect.objectContaining({ fix: `Use one of: ${[...packings.keys()].join(', ')}.` }),
    }),
  )
})
