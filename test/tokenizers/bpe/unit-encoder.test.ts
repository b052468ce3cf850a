import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMerger } from '../../../tokenizers/bpe/merge.ts'
import { buildPairTable } from '../../../tokenizers/bpe/pair-table.ts'
import { createUnitEncoder } from '../../../tokenizers/bpe/unit-encoder.ts'

/** Each byte is its own id, plus 1000: what comes out shows which bytes went in. */
function byteEncoder(cacheSlots?: number) {
  const merger = createMerger(buildPairTable([]))
  let encoded = 0
  const units = createUnitEncoder({
    merger,
    symbolize(bytes, from, to) {
      encoded++
      merger.reserve(to - from).set(Array.from(bytes.subarray(from, to), (byte) => byte + 1000))
      return to - from
    },
    ...(cacheSlots === undefined ? {} : { cacheSlots }),
  })
  const encode = (parts: readonly Uint8Array[]): number[] => {
    const bytes = Buffer.concat([...parts, new Uint8Array(32)])
    units.start(bytes)
    let at = 0
    for (const part of parts) {
      units.add(at, at + part.length)
      at += part.length
    }
    return Array.from(units.ids())
  }
  return { encode, timesEncoded: () => encoded }
}

const expected = (parts: readonly Uint8Array[]): number[] =>
  parts.flatMap((part) => Array.from(part, (b) => b + 1000))

// Few byte values, NUL among them: many units are equal, are each other's beginnings, or differ in the padding only.
const unit = fc
  .array(fc.constantFrom(0, 0, 1, 97, 255), { minLength: 1, maxLength: 140, size: 'max' })
  .map((bytes) => Uint8Array.from(bytes))
const shortUnit = fc.uint8Array({ min: 0, max: 3, minLength: 1, maxLength: 4 })

test.each([16, 64, 4096])('a cache of %i slots changes nothing', (slots) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(unit, shortUnit), { maxLength: 60, size: 'max' }), (parts) => {
      const { encode } = byteEncoder(slots)
      const twice = [...parts, ...parts]
      expect(encode(twice)).toEqual(expected(twice))
    }),
    { numRuns: 150, seed: 7 },
  )
})

// In 16 slots each look-up passes several others, which differ only in what the first 16 bytes do not show.
test.each([
  ['length', (i: number) => Buffer.alloc(1 + (i % 16))],
  ['17th byte', (i: number) => Buffer.alloc(17, 'a').fill(i, 16)],
  ['20th byte', (i: number) => Buffer.alloc(20, 'a').fill(i, 19)],
  ['last byte, of 128', (i: number) => Buffer.alloc(128, 'a').fill(i, 127)],
])('units that differ in their %s are told apart', (_, unitOf) => {
  const { encode } = byteEncoder(16)
  for (let first = 0; first < 240; first += 5) {
    const few = Array.from({ length: 7 }, (__, i) => unitOf(first + i))
    const parts = [...few, ...few, ...few.toReversed()]
    expect(encode(parts)).toEqual(expected(parts))
  }
})

const manyUnits = Array.from({ length: 30_000 }, (_, i) => Buffer.from(`unit ${i}`))

test('many different units, through growing and clearing', () => {
  for (const slots of [1 << 10, 1 << 17]) {
    const { encode } = byteEncoder(slots)
    for (let pass = 0; pass < 2; pass++) expect(encode(manyUnits)).toEqual(expected(manyUnits))
  }
})

test('a unit is encoded once while the cache has room, however long up to 128 bytes', () => {
  const parts = [1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 127, 128].map((length) => Buffer.alloc(length, 'ab'))
  const { encode, timesEncoded } = byteEncoder()
  encode(parts)
  expect(timesEncoded()).toBe(parts.length)
  expect(encode(parts)).toEqual(expected(parts))
  expect(timesEncoded()).toBe(parts.length)
  const long = [Buffer.alloc(129, 'ab')]
  encode(long)
  encode(long)
  expect(timesEncoded()).toBe(parts.length + 2)
})

test('a grown cache still has nearly all units', () => {
  const { encode, timesEncoded } = byteEncoder()
  encode(manyUnits)
  encode(manyUnits)
  expect(timesEncoded()).toBeLessThan(manyUnits.length * 1.01)
})
