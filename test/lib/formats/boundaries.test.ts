import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundariesOf } from '../../../lib/formats/boundaries.ts'

const plain = (pieceLengths: readonly number[], sequenceLength: number): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(boundariesOf(pieceLengths, sequenceLength)).map(([name, values]) => [name, [...values]]),
  )

test('padding is one piece more, of no document', () => {
  expect(plain([2, 3], 6)).toEqual({
    positionIds: [0, 1, 0, 1, 2, 0],
    documentIds: [1, 1, 2, 2, 2, 0],
    cuSeqlens: [0, 2, 5, 6],
  })
  expect(plain([], 2)).toEqual({ positionIds: [0, 1], documentIds: [0, 0], cuSeqlens: [0, 2] })
})

test('a full sequence ends with its last piece', () => {
  expect(plain([1, 3], 4)).toEqual({
    positionIds: [0, 0, 1, 2],
    documentIds: [1, 2, 2, 2],
    cuSeqlens: [0, 1, 4],
  })
})

test('each form gives the lengths back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 8 }), fc.nat(5), (lengths, padding) => {
      const real = lengths.reduce((sum, length) => sum + length, 0)
      const { positionIds, documentIds, cuSeqlens } = boundariesOf(lengths, real + padding)
      const pieces = padding > 0 ? [...lengths, padding] : lengths
      const starts = [...positionIds.keys()].filter((at) => positionIds[at] === 0)
      expect([...starts, real + padding]).toEqual([...cuSeqlens].slice(pieces.length === 0 ? -1 : 0))
      expect(Array.from(cuSeqlens.subarray(1), (end, i) => end - cuSeqlens[i]!)).toEqual(pieces)
      expect(lengths.map((_, i) => documentIds.filter((id) => id === i + 1).length)).toEqual(lengths)
      expect(documentIds.subarray(real).every((id) => id === 0)).toBe(true)
    }),
  )
})
