import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sequence } from '../../../lib/formats/define-format.ts'
import { packedParquet } from '../../../lib/formats/packed-parquet.ts'
import { encodePage, listLengths, numbersOf } from '../../../lib/formats/parquet-page.ts'
import { testFormat, withReader, writeShard } from '../../conformance/format.ts'

/** By another reader of Parquet. */
async function readParquet(base: string): Promise<Sequence[]> {
  const bytes = await readFile(`${base}.packed.parquet`)
  const rows = await parquetReadObjects({ file: Uint8Array.from(bytes).buffer, compressors })
  return rows.map((row) => ({
    tokens: Uint32Array.from(row['input_ids']),
    pieceLengths: row['document_lengths'],
    learned: Uint8Array.from(row['loss_mask']),
  }))
}

testFormat(packedParquet, readParquet)

describe('packed-parquet', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-parquet-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('several row groups, and sequences found in each', async () => {
    const base = path.join(folder, 'many')
    const sequenceLength = 2048
    const items = Array.from({ length: 600 }, (_, s) => ({
      tokens: new Uint16Array(sequenceLength).fill(s),
      pieceLengths: [1000, 1048],
    }))
    await writeShard(packedParquet, { vocabularySize: 32_000, sequenceLength, items }, base)
    await withReader(packedParquet, base, async (reader) => {
      expect(reader.header).toMatchObject({ rowGroups: 3 }) // of 256 sequences, 2 MiB of ids
      for (const s of [599, 0, 256, 255, 511, 512]) expect(await reader.item(s)).toMatchObject(items[s]!)
    })
    const rows = await readParquet(base)
    expect(rows.map(({ tokens }) => tokens[2047])).toEqual(items.map(({ tokens }) => tokens[2047]))
  })

  test('a page gives back its lists', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(300))), (lengths) => {
        const count = lengths.reduce((sum, length) => sum + length, 0)
        const numbers = Int32Array.from({ length: count }, (_, i) => i * 7)
        const { page, values } = encodePage(lengths, numbers)
        expect(values).toBe(count + lengths.filter((length) => length === 0).length)
        expect(listLengths(page)).toEqual(lengths)
        expect(numbersOf(page)).toEqual(numbers)
      }),
    )
  })
})
