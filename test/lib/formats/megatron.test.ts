import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { megatron, megatronWidth } from '../../../lib/formats/megatron.ts'
import { createLengths, readIndex, writeIndex } from '../../../lib/formats/megatron-index.ts'
import { createOutputFile } from '../../../lib/storage/output-file.ts'
import { openRandomAccess } from '../../../lib/storage/random-access.ts'
import { planned, readShard, testFormat, writeShard } from '../../conformance/format.ts'
import { readMegatron } from './megatron-reader.ts'

testFormat(megatron, readMegatron)

describe('megatron', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-megatron-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('refuses more prefixes than a blend can have', () => {
    expect(megatron.refuses!({ ...planned, segmentShards: 32_766 })).toBeUndefined()
    expect(megatron.refuses!({ ...planned, segmentShards: 32_767 })).toMatch('output.shardTokens')
  })

  test('two documents, byte for byte', async () => {
    const base = path.join(folder, 'two')
    const items = [Uint16Array.of(1, 500, 2), Uint16Array.of(1, 2)].map((tokens) => ({
      tokens,
      pieceLengths: [],
    }))
    await writeShard(megatron, { vocabularySize: 32_000, sequenceLength: 8, items }, base)
    expect((await readFile(`${base}.bin`)).toString('hex')).toBe('0100f401020001000200')
    expect((await readFile(`${base}.idx`)).toString('hex')).toBe(
      [
        '4d4d494449445800000100000000000000', // magic, version
        '08', // uint16
        '02000000000000000300000000000000', // sequences, document indices
        '0300000002000000', // lengths
        '00000000000000000600000000000000', // pointers in bytes
        '000000000000000001000000000000000200000000000000', // document indices
      ].join(''),
    )
  })

  test.each([
    [32_000, 'uint16'],
    [65_499, 'uint16'],
    [65_500, 'int32'],
    [131_072, 'int32'],
  ] as const)('a vocabulary of %i is stored as %s', (vocabularySize, width) => {
    expect(megatronWidth(vocabularySize)).toBe(width)
  })

  test('every byte of the index is checked', async () => {
    const base = path.join(folder, 'checked')
    const items = [3, 0, 5, 1].map((length) => ({
      tokens: new Uint16Array(length).fill(9),
      pieceLengths: [length],
    }))
    await writeShard(megatron, { vocabularySize: 32_000, sequenceLength: 8, items }, base)
    const index = await readFile(`${base}.idx`)
    for (const [at, byte] of index.entries()) {
      await writeFile(`${base}.idx`, index.with(at, byte ^ (1 << (at % 8))))
      await expect(megatron.open(base), `byte ${at}`).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
    }
  })

  test('documents longer than the buffer, and many of them', async () => {
    const base = path.join(folder, 'long')
    const lengths = [3, 2 ** 19 - 2, 1, 2 ** 19, 2 ** 20 + 5, 0, 7]
    const items = lengths.map((length, d) => ({
      tokens: Uint16Array.from({ length }, (_, i) => (i * 7 + d) % 65_000),
      pieceLengths: [length],
    }))
    await writeShard(megatron, { vocabularySize: 65_000, sequenceLength: 8, items }, base)
    const back = await readShard(megatron, base)
    expect(back.map((item) => item.pieceLengths[0])).toEqual(lengths)
    // Compared as bytes: a deep comparison of a million numbers takes seconds.
    for (const [d, { tokens }] of back.entries())
      expect(bytesOf(tokens).equals(bytesOf(items[d]!.tokens))).toBe(true)
  })

  test('pointers beyond 2^31 and 2^32 bytes, over several chunks of lengths', async () => {
    const lengths = createLengths()
    const count = 3 * 2 ** 16 + 5
    for (let i = 0; i < count; i++) lengths.push(40_000 + (i % 3))
    const file = path.join(folder, 'large.idx')
    const output = await createOutputFile(file)
    await writeIndex(output, lengths, 'uint16')
    await output.commit()

    const bytes = await readFile(file)
    expect(bytes.length).toBe(34 + 12 * count + 8 * (count + 1))
    let pointer = 0n
    let wrong = 0
    for (let i = 0; i < count; i++) {
      if (bytes.readBigInt64LE(34 + 4 * count + 8 * i) !== pointer) wrong++
      pointer += 2n * BigInt(40_000 + (i % 3))
    }
    expect(wrong).toBe(0)
    expect(pointer).toBeGreaterThan(2n ** 32n)

    const access = await openRandomAccess(file)
    const index = await readIndex(access)
    await access.close()
    expect(index.documents).toBe(count)
    expect(BigInt(index.starts[count]!) * 2n).toBe(pointer)
  })
})

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}

const shard = (base: string, tokens: number): { base: string; tokens: number } => ({ base, tokens })

describe('launch', () => {
  test('has a blend of each segment and split, weighed by tokens, without empty shards', () => {
    const segments = [
      { name: '00-base-2048', shards: [shard('a/0', 10), shard('a/1', 0), shard('a/2', 7)] },
      { name: '01-anneal-2048', shards: [shard('b/0', 5)] },
    ]
    const files = megatron.launch?.({ segments, holdout: [shard('h/0', 3)] }) ?? {}
    expect(Object.keys(files)).toEqual([
      'valid.txt',
      '00-base-2048.train.txt',
      '00-base-2048.json',
      '01-anneal-2048.train.txt',
      '01-anneal-2048.json',
    ])
    expect(files['00-base-2048.train.txt']).toBe('10 a/0\n7 a/2\n')
    expect(files['valid.txt']).toBe('3 h/0\n')
    expect(JSON.parse(files['00-base-2048.json'] ?? '')).toEqual({
      train: ['10', 'a/0', '7', 'a/2'],
      valid: ['3', 'h/0'],
      test: null,
    })
  })

  test('has null for validation without a holdout, which Megatron takes for none', () => {
    const files =
      megatron.launch?.({ segments: [{ name: 's', shards: [shard('a/0', 1)] }], holdout: [] }) ?? {}
    expect(files['valid.txt']).toBeUndefined()
    expect(JSON.parse(files['s.json'] ?? '')).toMatchObject({ valid: null })
  })
})
