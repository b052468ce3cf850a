import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parquet } from '../../../lib/readers/parquet.ts'
import { accessTo, rowsOf, testFileReader } from '../../conformance/file-reader.ts'
import { collect, LIMIT } from '../../conformance/reader-items.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures')
const bytesOf = (name: string): Buffer => readFileSync(path.join(fixtures, name))
const expected = (name: string): unknown => JSON.parse(bytesOf(name).toString('utf8'))
const files = readdirSync(fixtures).filter((name) => name.endsWith('.parquet') && !name.startsWith('bomb'))

testFileReader({
  reader: parquet,
  files: [
    'types',
    'pyarrow-v2',
    'pyarrow-delta',
    'pyarrow-none',
    'pyarrow-snappy',
    'duckdb',
    'parquetjs-gzip',
  ].map((name) => path.join(fixtures, `${name}.parquet`)),
  copies: 400,
  empty: 'truncated',
})

describe('files of other programs (versions in fixtures/versions.json)', () => {
  test.each(files)('%s: every value', async (name) => {
    const own = ['types', 'pyarrow-delta', 'same', 'parquetjs'].find((start) => name.startsWith(start))
    const values = expected(`${own ?? 'rows'}.json`)
    const items = await rowsOf(parquet, bytesOf(name))
    expect(items.map((item) => (item.kind === 'record' ? item.value : item))).toEqual(values)
  })
})

describe('damage', () => {
  test.each(['bomb-zstd', 'bomb-brotli'])(
    '%s: a page of 128 MiB in a few KiB is not decompressed',
    async (name) => {
      const items = await rowsOf(parquet, bytesOf(`${name}.parquet`))
      expect(items).toMatchObject([{ kind: 'bad', offset: 0, reason: 'decompression-bomb' }])
    },
  )
  test('in a row group: those before it are given, the rest is one entry', async () => {
    const bytes = bytesOf('pyarrow-v2.parquet')
    const whole = await rowsOf(parquet, bytes)
    // Checksums find every change in a page, so that rows are as they were.
    const changed = Buffer.from(bytes)
    changed[Math.floor(bytes.length * 0.55)]! ^= 4
    const items = await rowsOf(parquet, changed)
    expect([16, 32]).toContain(items.length - 1)
    expect(items.slice(0, -1)).toEqual(whole.slice(0, items.length - 1))
    expect(items.at(-1)).toMatchObject({ kind: 'bad', offset: items.length - 1, reason: 'corrupt' })
  })
  test('a row over the limit is one entry, the others are read', async () => {
    const file = accessTo(bytesOf('pyarrow-none.parquet'))
    const items = (await collect(parquet.readFile(file, { maxRecordBytes: 40 }))).flat()
    expect(items.filter(({ kind }) => kind === 'bad').length).toBeGreaterThan(0)
    expect(items.filter(({ kind }) => kind === 'record').length).toBeGreaterThan(0)
    expect(items).toHaveLength(40)
  })
})

test('columns that are not asked for are undefined, and are neither read nor decoded', async () => {
  const bytes = bytesOf('pyarrow-zstd.parquet')
  const read: [number, number][] = []
  const file = accessTo(bytes)
  const watched = {
    ...file,
    read(offset: number, length: number) {
      read.push([offset, offset + length])
      return file.read(offset, length)
    },
  }
  const columns = new Set(['id', 'meta', 'absent'])
  const items = (await collect(parquet.readFile(watched, { maxRecordBytes: LIMIT, columns }))).flat()
  const rows = (await rowsOf(parquet, bytes)).map((item) => (item.kind === 'record' ? item.value : item))
  expect(items.map((item) => (item.kind === 'record' ? item.value : item))).toEqual(
    rows.map((row) => Object.fromEntries(Object.entries(row ?? {}).filter(([key]) => columns.has(key)))),
  )
  // The footer's two reads, and three columns of meta and id in each of three row groups.
  expect(read).toHaveLength(2 + 3 * 4)
  // None of those that are asked for is there: all are given, so that an error can name them.
  const all = (
    await collect(parquet.readFile(file, { maxRecordBytes: LIMIT, columns: new Set(['body']) }))
  ).flat()
  expect(all[0]).toMatchObject({ value: rows[0] })
})
