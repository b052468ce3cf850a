import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bytesOf,
  keyRanges,
  openRun,
  rangeBits,
  readNumberedRanges,
  readRange,
  readRanges,
  readSlice,
  writeRun,
} from '../../../lib/build/runs.ts'
import { fresh } from '../../../lib/kernels/scratch.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Keys at the borders of ranges, and others. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xc0000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
)
const rows = fc.array(fc.tuple(word, word, fc.nat(1000)), { maxLength: 50 })

function keyOf([high = 0, low = 0]: readonly number[]): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}

function sorted(list: readonly (readonly number[])[]): (readonly number[])[] {
  return list.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0))
}

let files = 0
async function writtenRun(list: readonly (readonly number[])[]): Promise<string> {
  const file = path.join(folder, `${files++}`)
  await writeRun(file, Uint32Array.from(list.flat()), 3)
  return file
}

describe('a run', () => {
  test('its ranges are its rows, each once, in key order, whatever the number of ranges', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(6), async (list, bits) => {
        const file = await writtenRun(list)
        const ranges = keyRanges(bits).map((range) => readRange(file, 3, range))
        expect(ranges).toHaveLength(2 ** bits)
        expect(ranges.flatMap((range) => [...range])).toEqual(sorted(list).flat())
        for (const [index, range] of ranges.entries()) {
          for (let at = 0; at < range.length; at += 3) {
            expect(bits === 0 ? 0 : range[at]! >>> (32 - bits)).toBe(index)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a slice has the rows with from <= key < to', async () => {
    await fc.assert(
      fc.asyncProperty(rows, word, word, word, word, async (list, a, b, c, d) => {
        const file = await writtenRun(list)
        const expected = sorted(list).filter(
          (row) => keyOf(row) >= keyOf([a, b]) && keyOf(row) < keyOf([c, d]),
        )
        const ordered = keyOf([a, b]) <= keyOf([c, d])
        const slice = ordered ? [...readSlice(file, 3, [a, b], [c, d])] : expected.flat()
        expect(slice).toEqual(expected.flat())
        const all = readSlice(file, 3, [a, b], [2 ** 32, 0])
        expect([...all]).toEqual(
          sorted(list)
            .filter((row) => keyOf(row) >= keyOf([a, b]))
            .flat(),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('ranges of several runs are their rows one after another, and with their numbers where these are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { maxLength: 4 }), fc.nat(3), async (lists, bits) => {
        const runs = await Promise.all(
          lists.map(async (list, at) => ({ file: await writtenRun(list), number: at + 5 })),
        )
        for (const range of keyRanges(bits)) {
          const expected = lists.map((list) =>
            sorted(list).filter(([high = 0]) => bits === 0 || high >>> (32 - bits) === range.index),
          )
          const seen: number[][] = lists.map(() => [])
          const files = runs.map(({ file }) => file)
          const all = readRanges(files, 3, range, fresh, (own, at) => seen[at]?.push(...own))
          expect([...all]).toEqual(expected.flat(2))
          expect(seen).toEqual(expected.map((list) => list.flat()))
          expect([...readNumberedRanges(runs, 3, range)]).toEqual(
            expected.flatMap((list, at) => list.flatMap(([high, low, last]) => [high, low, at + 5, last])),
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  test('rows are found and read at any place', async () => {
    const list = Array.from({ length: 9 }, (_, at) => [at, at * 2, at * 3])
    const run = openRun(await writtenRun(list), 3)
    expect(run.rows).toBe(9)
    expect(run.search([4, 8])).toBe(4)
    expect(run.search([4, 9])).toBe(5)
    expect(run.search([99, 0])).toBe(9)
    expect([...run.read(7, 2)]).toEqual([7, 14, 21, 8, 16, 24])
    expect(() => run.read(8, 2)).toThrow(expect.objectContaining({ code: 'OUTPUT_DAMAGED' }))
    run.close()
  })

  test('a file that is not whole rows is damaged, and is named', async () => {
    const file = path.join(folder, 'torn')
    await writeFile(file, bytesOf(Uint32Array.of(1, 2, 3, 4)))
    expect(() => openRun(file, 3)).toThrow(
      expect.objectContaining({ code: 'OUTPUT_DAMAGED', facts: expect.objectContaining({ file }) }),
    )
  })
})

test('rangeBits gives the fewest ranges that are small enough', () => {
  expect([0, 1, 100].map((count) => rangeBits(count, 100))).toEqual([0, 0, 0])
  expect([101, 200, 201, 6400].map((count) => rangeBits(count, 100))).toEqual([1, 1, 2, 6])
  expect(rangeBits(1e12, 1, 5)).toBe(5)
})
