import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { batches } from '../../stages/rounding.ts'

test('a segment has as many steps as whole batches', () => {
  expect(batches({ sequences: 1000, sequenceLength: 2048, batchTokens: 1_179_648 })).toEqual({
    batchSequences: 576,
    steps: 1,
    leftoverSequences: 424,
  })
  expect(batches({ sequences: 0, sequenceLength: 8, batchTokens: 8 })).toEqual({
    batchSequences: 1,
    steps: 0,
    leftoverSequences: 0,
  })
})

test('steps and what is left over add up, and what is left over is less than a step', () => {
  const count = fc.integer({ min: 1, max: 1e6 })
  fc.assert(
    fc.property(count, count, fc.integer({ min: 1, max: 1000 }), (sequences, sequenceLength, batch) => {
      const { batchSequences, steps, leftoverSequences } = batches({
        sequences,
        sequenceLength,
        batchTokens: batch * sequenceLength,
      })
      expect(batchSequences).toBe(batch)
      expect(steps * batch + leftoverSequences).toBe(sequences)
      expect(leftoverSequences).toBeLessThan(batch)
    }),
  )
})

test.each([
  [4097, 2048, 4096],
  [1000, 2048, 2048],
  [0, 2048, 2048],
  [-2048, 2048, 2048],
  [2048.5, 2048, 2048],
])(
  'batchTokens %d with sequences of %d is an error that offers %d',
  (batchTokens, sequenceLength, nearest) => {
    expect(() => batches({ sequences: 1, sequenceLength, batchTokens })).toThrow(
      expect.objectContaining({
        code: 'RECIPE_INVALID',
        facts: expect.objectContaining({ key: 'batchTokens', fix: expect.stringContaining(` ${nearest}.`) }),
      }),
    )
  },
)
