import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { arrow, arrowStream } from '../../../lib/readers/arrow.ts'
import type { ReaderItem } from '../../../lib/readers/define-reader.ts'
import { accessTo, rowsOf, testFileReader } from '../../conformance/file-reader.ts'
import { chunked, collect, itemsOf, LIMIT } from '../../conformance/reader-items.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures')
const bytesOf = (name: string): Buffer => readFileSync(path.join(fixtures, name))
const expected = (name: string): unknown => JSON.parse(bytesOf(name).toString('utf8'))
const valuesOf = (items: readonly ReaderItem[]): unknown[] =>
  items.map((item) => (item.kind === 'record' ? item.value : item))

testFileReader({
  reader: arrow,
  files: ['pyarrow-zstd', 'pyarrow-lz4', 'arrow-types', 'polars'].map((name) =>
    path.join(fixtures, `${name}.arrow`),
  ),
  copies: 400,
  empty: 'truncated',
})

describe('files of other programs (versions in fixtures/versions.json)', () => {
  const files = readdirSync(fixtures).filter(
    (name) => /\.arrows?$/.test(name) && !/^(?:dict|bomb)/.test(name),
  )
  test.each(files)('%s: every value', async (name) => {
    const own = ['arrow-types', 'types'].find((start) => name.startsWith(start))
    const bytes = bytesOf(name)
    const items = name.endsWith('s') ? await itemsOf(arrowStream, chunked(bytes)) : await rowsOf(arrow, bytes)
    expect(valuesOf(items)).toEqual(expected(`${own ?? 'rows'}.json`))
    expect(items.map(({ offset }) => offset)).toEqual(items.map((_, row) => row))
  })
  test('dictionaries that grow and are replaced', async () => {
    const items = await itemsOf(arrowStream, chunked(bytesOf('dictionaries.arrows')))
    expect(valuesOf(items)).toEqual(['a', 'b', 'a', 'b', 'c', 'z', 'c'].map((text) => ({ text })))
  })
})

describe('damage', () => {
  test('of the footer: the batches are read in order, and the end is one entry', async () => {
    const bytes = bytesOf('pyarrow-lz4.arrow')
    const whole = await rowsOf(arrow, bytes)
    bytes[bytes.length - 8]! ^= 0x40
    const items = await rowsOf(arrow, bytes)
    expect(items.slice(0, -1)).toEqual(whole)
    expect(items.at(-1)).toMatchObject({ kind: 'bad', offset: 40, reason: 'corrupt' })
  })
  test('in the second batch: the first is given, the rest is one entry', async () => {
    const bytes = bytesOf('pyarrow-lz4.arrows')
    const whole = await itemsOf(arrowStream, chunked(bytes))
    const second = bytes.indexOf('Zeile 16')
    expect(second).toBeGreaterThan(0)
    bytes.fill(0xff, second - 40, second)
    const items = await itemsOf(arrowStream, chunked(bytes))
    expect(items.slice(0, -1)).toEqual(whole.slice(0, 16))
    expect(items.at(-1)).toMatchObject({ kind: 'bad', offset: 16 })
  })
  test('a buffer of 128 MiB in a few KiB is not decompressed', async () => {
    const items = await rowsOf(arrow, bytesOf('bomb-zstd.arrow'))
    expect(items).toMatchObject([{ kind: 'bad', offset: 0, reason: 'decompression-bomb' }])
  })
  test('a buffer that states far more than it holds is a bomb', async () => {
    const bytes = bytesOf('pyarrow-zstd.arrows')
    // The length before the first zstd frame, which RFC 8878 begins with fd2fb528.
    const frame = bytes.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))
    bytes.writeBigInt64LE(2n ** 30n, frame - 8)
    const items = await itemsOf(arrowStream, chunked(bytes))
    expect(items).toMatchObject([{ kind: 'bad', offset: 0, reason: 'decompression-bomb' }])
  })
})

test('columns that are not asked for are undefined, and are not decoded', async () => {
  const bytes = bytesOf('pyarrow-zstd.arrow')
  // Damage of a column that is passed over is not seen.
  const frame = bytes.lastIndexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))
  bytes.fill(0, frame, frame + 4)
  expect((await rowsOf(arrow, bytes)).at(-1)).toMatchObject({ kind: 'bad' })
  const columns = new Set(['text', 'id', 'absent'])
  const items = await collect(arrow.readFile(accessTo(bytes), { maxRecordBytes: LIMIT, columns }))
  const all = valuesOf(await itemsOf(arrowStream, chunked(bytesOf('pyarrow-zstd.arrows'))))
  const values = valuesOf(items.flat())
  expect(values).toEqual(
    all.map((row) => Object.fromEntries(Object.entries(row ?? {}).filter(([key]) => columns.has(key)))),
  )
  expect(Object.keys(values[0] ?? {})).toEqual(Object.keys(all[0] ?? {}))
})
