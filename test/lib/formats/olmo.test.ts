import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { olmo } from '../../../lib/formats/olmo.ts'
import { readShard, targetOf, testFormat } from '../../conformance/format.ts'
import { readOlmo } from './token-readers.ts'

testFormat(olmo, readOlmo)

describe('olmo', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-olmo-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const target = (name: string) =>
    targetOf({ vocabularySize: 32_000, sequenceLength: 8, items: [] }, path.join(folder, name))

  test('rows have start, end, uid, source and number', async () => {
    const writer = await olmo.create(target('rows'))
    const uid = Uint8Array.from({ length: 16 }, (_, i) => i)
    await writer.write(Uint16Array.of(1, 500, 2), { uid, source: 'web' })
    await writer.write(Uint16Array.of(), { uid: uid.toReversed(), source: 'a,"b"' })
    await writer.write(Uint16Array.of(7))
    await writer.close()
    expect((await readFile(path.join(folder, 'rows.npy'))).toString('hex')).toBe('0100f40102000700')
    expect(gunzipSync(await readFile(path.join(folder, 'rows.csv.gz'))).toString()).toBe(
      [
        '0,3,000102030405060708090a0b0c0d0e0f,web,1',
        '3,3,0f0e0d0c0b0a09080706050403020100,"a,""b""",2',
        '3,4,,,3',
        '',
      ].join('\r\n'),
    )
    const back = await readShard(olmo, path.join(folder, 'rows'))
    expect(back.map((item) => item.pieceLengths[0])).toEqual([3, 0, 1])
  })

  test('rows over several blocks of compression, without time or system', async () => {
    const count = 60_000
    const writer = await olmo.create(target('many'))
    for (let i = 0; i < count; i++) {
      await writer.write(Uint16Array.of(i % 7), {
        uid: new Uint8Array(16).fill(i % 256),
        source: `s${i % 3}`,
      })
    }
    await writer.close()
    const bytes = await readFile(path.join(folder, 'many.csv.gz'))
    expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    const lines = gunzipSync(bytes).toString().split('\r\n')
    expect(lines.length).toBe(count + 1)
    expect(lines[count - 1]).toBe(`${count - 1},${count},${'5f'.repeat(16)},s2,${count}`)
    expect(gunzipSync(bytes).length).toBeGreaterThan(2 ** 21)
    const reader = await olmo.open(path.join(folder, 'many'))
    expect(reader.counts).toEqual({ items: count, tokens: count, padding: 0 })
    expect(reader.locate(54_321)).toEqual({ item: 54_321, offset: 0 })
    await reader.close()
  })
})
