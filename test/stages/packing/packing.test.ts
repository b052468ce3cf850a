import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyedHash } from '../../../lib/kernels/keyed-hash.ts'
import type { Packing } from '../../../stages/define-packing.ts'
import { packingByName, packings } from '../../../stages/packing/index.ts'
import { type PackingMetrics, packingMetrics } from '../../../stages/packing/metrics.ts'
import { bestFitReference, concatReference, oneDocumentReference, type Piece } from './reference.ts'

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

const run = (name: string, lengths: readonly number[], sequenceLength: number, seed = 'seed'): Packing =>
  packingByName(name).pack({ lengths: Uint32Array.from(lengths), sequenceLength, seed })

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

describe.each([...packings.values()])('$name', ({ name }) => {
  test('keeps every token once, in sequences without gaps, ordered by sequence and start', () => {
    fc.assert(
      fc.property(requests, ({ lengths, sequenceLength, seed }) => {
        const packing = run(name, lengths, sequenceLength, seed)
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
      expect(run(name, lengths, 8)).toMatchObject({ sequences: 0, pieces: 0 })
  })

  test.each([0, -1, 2.5, Number.NaN, 2 ** 28])('sequences of %d are an error', (sequenceLength) => {
    expect(() => run(name, [1], sequenceLength)).toThrow(/sequenceLength/)
  })

  test('a million documents, without losing a token', () => {
    const lengths = Uint32Array.from(
      { length: 1_000_000 },
      (_, i) => (Math.imul(i, 2_654_435_761) >>> 0) % 3000,
    )
    const request = { lengths, sequenceLength: 2048, seed: 'seed' }
    const { realTokens } = packingMetrics(packingByName(name).pack(request), request)
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

const measure = (name: string, lengths: number[], sequenceLength: number): PackingMetrics => {
  const request = { lengths: Uint32Array.from(lengths), sequenceLength, seed: 'seed' }
  return packingMetrics(packingByName(name).pack(request), request)
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
      facts: expect.objectContaining({ fix: 'Use one of: best-fit, concat, one-document.' }),
    }),
  )
})
