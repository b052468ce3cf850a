import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packed, paddingId } from '../../../lib/formats/packed.ts'
import { createTableWriter } from '../../../lib/storage/arrow-table.ts'
import { targetOf, testFormat, withReader, writeShard } from '../../conformance/format.ts'
import { readPacked } from './packed-reader.ts'

testFormat(packed, readPacked)

describe('packed', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-packed-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('types, lengths, mask and metadata of a padded sequence', async () => {
    const base = path.join(folder, 'one')
    const items = [{ tokens: Uint16Array.of(5, 6, 7, 8, 9, 2), pieceLengths: [2, 3] }]
    await writeShard(packed, { vocabularySize: 32_000, sequenceLength: 6, items }, base)
    const table = tableFromIPC(await readFile(`${base}.arrow`))
    expect(table.schema.fields.map((field) => String(field.type))).toEqual([
      'FixedSizeList[6]<Uint16>',
      'List<Int32>',
      'FixedSizeList[6]<Bool>',
    ])
    expect(table.toArray().map((row) => row.toJSON())[0]).toMatchObject({
      input_ids: expect.toSatisfy((ids) => [...ids].join() === '5,6,7,8,9,2'),
      document_lengths: expect.toSatisfy((ids) => [...ids].join() === '2,3'),
      loss_mask: expect.toSatisfy((bits) => [...bits].join() === 'true,true,true,true,true,false'),
    })
    expect(Object.fromEntries(table.schema.metadata)).toMatchObject({
      'millrace.format': 'packed',
      'millrace.sequence_length': '6',
      'millrace.tokenizer': 'toy',
      'millrace.padding_id': '2',
      'millrace.tokens': '5',
    })
  })

  test('batches are bounded, and sequences beyond the first are found', async () => {
    const base = path.join(folder, 'many')
    const sequenceLength = 2048
    const items = Array.from({ length: 600 }, (_, s) => ({
      tokens: new Uint16Array(sequenceLength).fill(s),
      pieceLengths: [1000, 1048],
    }))
    await writeShard(packed, { vocabularySize: 32_000, sequenceLength, items }, base)
    expect(tableFromIPC(await readFile(`${base}.arrow`)).batches.length).toBe(3) // of 256 sequences, 1 MiB of ids
    await withReader(packed, base, async (reader) => {
      expect(reader.header).toMatchObject({ batches: 3, sequenceLength, paddingId: 2 })
      for (const s of [599, 0, 256, 255, 511, 512])
        expect((await reader.item(s)).tokens).toEqual(items[s]!.tokens)
    })
  })

  test('refuses a sequence of another length, and pieces longer than it', async () => {
    const writer = await packed.create(
      targetOf({ vocabularySize: 9, sequenceLength: 4, items: [] }, path.join(folder, 'bad')),
    )
    const write = async (length: number, pieceLengths: number[]): Promise<void> =>
      writer.write({ tokens: new Uint16Array(length), pieceLengths })
    await expect(write(3, [3])).rejects.toMatchObject({ code: 'INTERNAL' })
    await expect(write(4, [3, 2])).rejects.toMatchObject({ code: 'INTERNAL' })
    await write(4, [3])
    await writer.abort()
  })

  test('another table is not taken for a shard', async () => {
    const base = path.join(folder, 'other')
    const writer = await createTableWriter(`${base}.arrow`, { n: 'uint32' })
    await writer.append({ rows: 1, columns: { n: [1] } })
    await writer.close()
    await expect(packed.open(base)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
  })

  test('the padding id is pad, else EOS, else 0', () => {
    expect(paddingId({ pad: 7, eos: 2 })).toBe(7)
    expect(paddingId({ pad: 0, eos: 2 })).toBe(0)
    expect(paddingId({ pad: undefined, eos: 2 })).toBe(2)
    expect(paddingId({ pad: undefined, eos: undefined })).toBe(0)
  })
})
