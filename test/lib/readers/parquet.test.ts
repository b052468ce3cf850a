import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parquet } from '../../../lib/readers/parquet.ts'
import { rowsOf, testFileReader } from '../../conformance/file-reader.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures')
const bytesOf = (name: string): Buffer => readFileSync(path.join(fixtures, name))
const expected = (name: string): unknown => JSON.parse(bytesOf(name).toString('utf8'))
const files = readdirSync(fixtures).filter((name) => name.endsWith('.parquet'))

testFileReader({
  reader: parquet,
  files: ['types', 'pyarrow-v2', 'pyarrow-delta', 'pyarrow-none', 'pyarrow-snappy', 'duckdb'].map((name) =>
    path.join(fixtures, `${name}.parquet`),
  ),
  copies: 2000,
  empty: 'truncated',
})

describe('files of other programs (versions in fixtures/versions.json)', () => {
  test.each(files)('%s: every value', async (name) => {
    const own = ['types', 'pyarrow-delta', 'same'].find((start) => name.startsWith(start))
    const values = expected(`${own ?? 'rows'}.json`)
    const items = await rowsOf(parquet, bytesOf(name))
    expect(items.map((item) => (item.kind === 'record' ? item.value : item))).toEqual(values)
  })
})

describe('damage', () => {
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
    const file = { path: '', size: bytesOf('pyarrow-none.parquet').length, close: async () => undefined }
    const read = async (offset: number, length: number): Promise<Buffer> =>
      Buffer.from(bytesOf('pyarrow-none.parquet').subarray(offset, offset + length))
    const items = []
    for await (const batch of parquet.readFile({ ...file, read }, { maxRecordBytes: 40 }))
      items.push(...batch)
    expect(items.filter(({ kind }) => kind === 'bad').length).toBeGreaterThan(0)
    expect(items.filter(({ kind }) => kind === 'record').length).toBeGreaterThan(0)
    expect(items).toHaveLength(40)
  })
})
