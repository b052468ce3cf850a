import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mds } from '../../../lib/formats/mds.ts'
import { plain, planned, readShard, targetOf, testFormat, writeShard } from '../../conformance/format.ts'
import { readMds } from './sequence-readers.ts'

testFormat(mds, readMds, { unchecked: ['.mds'] })

describe('mds', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-mds-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const items = [
    { tokens: Uint16Array.of(5, 6, 7, 2), pieceLengths: [1, 2] },
    { tokens: Uint16Array.of(8, 9, 10, 500), pieceLengths: [4] },
  ]
  const one = { vocabularySize: 32_000, sequenceLength: 4, items }

  test('two sequences, byte for byte', async () => {
    const base = path.join(folder, 'one')
    await writeShard(mds, one, base)
    const bytes = await readFile(`${base}.mds`)
    const begin = bytes.readUInt32LE(4)
    expect(bytes.toString('hex', 0, 4)).toBe('02000000')
    expect([bytes.readUInt32LE(8), bytes.readUInt32LE(12)]).toEqual([begin + 22, begin + 40])
    expect(JSON.parse(bytes.toString('utf8', 16, begin))).toEqual({
      column_encodings: ['ndarray:int32', 'ndarray:uint16:4'],
      column_names: ['document_lengths', 'tokens'],
      column_sizes: [null, 8],
      compression: null,
      format: 'mds',
      hashes: ['sha256'],
      size_limit: null,
      version: 2,
      millrace: { sequenceLength: 4, tokenBytes: 2, tokens: 7 },
    })
    // Bytes of the lengths, their shape and values; tokens.
    const first = ['0a000000', '0402', '01000000', '02000000', '0500060007000200']
    const second = ['06000000', '0401', '04000000', '080009000a00f401']
    expect(bytes.toString('hex', begin)).toBe([...first, ...second].join(''))
  })

  test('a folder’s index lists its shards that have samples', async () => {
    const written = []
    for (const [name, shard] of Object.entries({
      '00000': one,
      '00001': { ...one, items: [] },
      '00002': one,
    })) {
      const base = path.join(folder, 'index', name)
      written.push({ base, files: await writeShard(mds, shard, base) })
    }
    const [index] = await mds.finish!(path.join(folder, 'index'), written)
    expect(index!.path).toBe(path.join(folder, 'index', 'index.json'))
    const { shards, version } = JSON.parse(await readFile(index!.path, 'utf8'))
    expect(version).toBe(2)
    const { bytes, sha256 } = written[0]!.files[0]!
    expect(shards).toEqual(
      ['00000.mds', '00002.mds'].map((basename) => ({
        column_encodings: ['ndarray:int32', 'ndarray:uint16:4'],
        column_names: ['document_lengths', 'tokens'],
        column_sizes: [null, 8],
        compression: null,
        format: 'mds',
        hashes: ['sha256'],
        raw_data: { basename, bytes, hashes: { sha256 } },
        samples: 2,
        size_limit: null,
        version: 2,
        zip_data: null,
      })),
    )
    expect((await mds.finish!(path.join(folder, 'index'), written))[0]!.sha256).toBe(index!.sha256)
  })

  test('sequences of 255, 256 and 65,536 pieces: lengths in one, two and four bytes', async () => {
    const base = path.join(folder, 'pieces')
    const sequenceLength = 65_536
    const many = [255, 256, 65_535, 65_536].map((pieces) => ({
      tokens: new Uint16Array(sequenceLength).fill(3),
      pieceLengths: Array<number>(pieces).fill(1),
    }))
    await writeShard(mds, { vocabularySize: 9, sequenceLength, items: many }, base)
    expect((await readShard(mds, base)).map((item) => item.pieceLengths.length)).toEqual([
      255, 256, 65_535, 65_536,
    ])
    expect(plain((await readMds(base)).slice(1, 2))).toEqual(plain(many.slice(1, 2)))
    const bytes = await readFile(`${base}.mds`)
    expect([0, 1, 2, 3].map((i) => bytes[bytes.readUInt32LE(4 + 4 * i) + 4])).toEqual([4, 5, 5, 6])
  })

  test('refuses shards that its offsets cannot reach, and sequences of another length', async () => {
    expect(mds.refuses!({ ...planned, vocabularySize: 65_536, shardTokens: 2 ** 31 - 1 })).toBeUndefined()
    expect(mds.refuses!({ ...planned, vocabularySize: 65_536, shardTokens: 2 ** 31 })).toMatch('4 GiB')
    expect(mds.refuses!({ ...planned, vocabularySize: 65_537, shardTokens: 2 ** 30 })).toMatch('4 GiB')
    const writer = await mds.create(targetOf(one, path.join(folder, 'bad')))
    expect(() => writer.write({ tokens: new Uint16Array(3), pieceLengths: [3] })).toThrow(/3 tokens/)
    await writer.abort()
  })
})
