import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { formats } from '../../../lib/formats/index.ts'
import { nanogpt } from '../../../lib/formats/nanogpt.ts'
import { planned, testFormat, writeShard } from '../../conformance/format.ts'
import { readNanogpt } from './token-readers.ts'

testFormat(nanogpt, readNanogpt)

test('nanogpt refuses a vocabulary that uint16 cannot hold', () => {
  expect(nanogpt.refuses!({ ...planned, vocabularySize: 65_536, shardTokens: 1e12 })).toBeUndefined()
  expect(nanogpt.refuses!({ ...planned, vocabularySize: 65_537, shardTokens: 1 })).toMatch('65537')
})

const refused = (bos: boolean, eos: boolean): string[] =>
  [...formats.values()].flatMap(({ name, refuses }) => {
    const reason = refuses?.({ ...planned, specials: { bos, eos } })
    return reason === undefined ? [] : [name]
  })

test('formats whose trainers find documents by special tokens refuse shards without them', () => {
  expect(refused(true, true)).toEqual([])
  expect(refused(false, true)).toEqual([])
  expect(refused(true, false)).toContain('olmo')
  expect(refused(true, false)).not.toContain('nanogpt')
  expect(refused(false, false)).toEqual(expect.arrayContaining(['llmc', 'nanogpt', 'olmo']))
})

test('the ends of another width are not taken', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-nanogpt-'))
  const base = path.join(folder, 'a')
  const items = [{ tokens: Uint16Array.of(1, 2), pieceLengths: [2] }]
  await writeShard(nanogpt, { vocabularySize: 9, sequenceLength: 8, items }, base)
  expect((await readFile(`${base}.nanogpt.bin`)).toString('hex')).toBe('01000200')
  const ends = await readFile(`${base}.nanogpt.ends`)
  // Another width, with the checksum that it should have.
  const { crc32 } = await import('node:zlib')
  ends.writeUInt32LE(4, 8)
  ends.writeUInt32LE(crc32(ends.subarray(0, 12)), 12)
  await writeFile(`${base}.nanogpt.ends`, ends)
  await expect(nanogpt.open(base)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
  await rm(folder, { recursive: true })
})
