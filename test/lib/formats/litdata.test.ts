import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FolderShard } from '../../../lib/formats/define-format.ts'
import { litdata } from '../../../lib/formats/litdata.ts'
import { planned, testFormat, writeShard } from '../../conformance/format.ts'
import { readLitdata } from './sequence-readers.ts'

testFormat(litdata, readLitdata)

describe('litdata', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-litdata-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const items = [
    { tokens: Uint16Array.of(5, 6, 7, 2), pieceLengths: [1, 2] },
    { tokens: Uint16Array.of(8, 9, 10, 500), pieceLengths: [4] },
  ]
  const one = { vocabularySize: 32_000, sequenceLength: 4, items }

  test.each([
    [65_536, ['02000000', '10000000', '18000000', '20000000', '0500060007000200', '080009000a00f401']],
    [
      65_537,
      [
        '02000000',
        '10000000',
        '20000000',
        '30000000',
        '05000000060000000700000002000000',
        '08000000090000000a000000f4010000',
      ],
    ],
  ])('two sequences of a vocabulary of %i, byte for byte', async (vocabularySize, expected) => {
    const base = path.join(folder, String(vocabularySize))
    await writeShard(litdata, { ...one, vocabularySize }, base)
    expect((await readFile(`${base}.litdata.bin`)).toString('hex')).toBe(expected.join(''))
    const ends = await readFile(`${base}.litdata.ends`)
    expect([0, 8, 16].map((at) => Number(ends.readBigUInt64LE(at)))).toEqual([1, 3, 8])
  })

  const finish = async (some: FolderShard[]) => {
    const [file] = await litdata.finish!(path.join(folder, 'index'), some)
    return JSON.parse(await readFile(file!.path, 'utf8'))
  }

  test('a folder’s index lists its chunks that have items, and names another content otherwise', async () => {
    const shards = {
      '00000': one,
      '00001': { ...one, items: [] },
      '00002': { ...one, items: items.slice(0, 1) },
    }
    const written: FolderShard[] = []
    for (const [name, shard] of Object.entries(shards)) {
      const base = path.join(folder, 'index', name)
      written.push({ base, files: await writeShard(litdata, shard, base) })
    }
    const index = await finish(written)
    expect(index.chunks).toEqual([
      { chunk_bytes: 32, chunk_size: 2, dim: 8, filename: '00000.litdata.bin' },
      { chunk_bytes: 20, chunk_size: 1, dim: 4, filename: '00002.litdata.bin' },
    ])
    expect(index.config).toMatchObject({ data_format: ['no_header_numpy:5'], item_loader: 'TokensLoader' })
    expect(await finish(written)).toEqual(index)
    expect((await finish(written.slice(0, 2))).updated_at).not.toBe(index.updated_at)
  })

  test('int32 is named as such', async () => {
    const base = path.join(folder, 'wide', '00000')
    const files = await writeShard(litdata, { ...one, vocabularySize: 200_000 }, base)
    const [index] = await litdata.finish!(path.dirname(base), [{ base, files }])
    expect(JSON.parse(await readFile(index!.path, 'utf8')).config.data_format).toEqual(['no_header_numpy:2'])
  })

  test('refuses shards that its offsets cannot reach', () => {
    expect(litdata.refuses!({ ...planned, vocabularySize: 65_536, shardTokens: 2 ** 31 - 1 })).toBeUndefined()
    expect(litdata.refuses!({ ...planned, vocabularySize: 65_537, shardTokens: 2 ** 30 })).toMatch('4 GiB')
  })
})
