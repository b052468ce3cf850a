import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { llmc } from '../../../lib/formats/llmc.ts'
import { planned, testFormat, writeShard } from '../../conformance/format.ts'
import { readLlmc } from './token-readers.ts'

testFormat(llmc, readLlmc)

describe('llmc', () => {
  test('refuses shards of bytes that an int32 cannot count', () => {
    for (const [vocabularySize, most] of [
      [65_536, 2 ** 30 - 513],
      [65_537, 2 ** 29 - 257],
    ] as const) {
      expect(llmc.refuses!({ ...planned, vocabularySize, shardTokens: most })).toBeUndefined()
      expect(llmc.refuses!({ ...planned, vocabularySize, shardTokens: most + 1 })).toMatch('2 GiB')
    }
  })

  test.each([
    [65_536, '88d8340101000000', '0100f4010200'],
    [65_537, 'a1d9340107000000', '01000000f401000002000000'],
  ])('a document of a vocabulary of %i, byte for byte', async (vocabularySize, head, tokens) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-llmc-'))
    const base = path.join(folder, 'a')
    const items = [{ tokens: Uint32Array.of(1, 500, 2), pieceLengths: [3] }]
    await writeShard(llmc, { vocabularySize, sequenceLength: 8, items }, base)
    const bytes = await readFile(`${base}.llmc.bin`)
    expect(bytes.toString('hex', 0, 12)).toBe(`${head}03000000`)
    expect(bytes.subarray(12, 1024).equals(Buffer.alloc(1012))).toBe(true)
    expect(bytes.toString('hex', 1024)).toBe(tokens)
    await rm(folder, { recursive: true })
  })

  test('a body longer than the buffers', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-llmc-'))
    const base = path.join(folder, 'long')
    const items = [3, 2 ** 20 + 5, 2 ** 19, 1].map((length, d) => ({
      tokens: Uint16Array.from({ length }, (_, i) => (i * 7 + d) % 65_000),
      pieceLengths: [length],
    }))
    const [bin] = await writeShard(llmc, { vocabularySize: 65_000, sequenceLength: 8, items }, base)
    const bytes = await readFile(`${base}.llmc.bin`)
    const { createHash } = await import('node:crypto')
    expect(bin).toEqual({
      path: `${base}.llmc.bin`,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    const stored = Buffer.concat(items.map(({ tokens }) => Buffer.from(tokens.buffer)))
    expect(bytes.subarray(1024).equals(stored)).toBe(true)
    await rm(folder, { recursive: true })
  })
})
