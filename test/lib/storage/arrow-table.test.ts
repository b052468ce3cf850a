import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { RecordBatchReader, tableFromIPC } from 'apache-arrow'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ColumnType } from '../../../lib/storage/arrow-columns.ts'
import type { ColumnInput } from '../../../lib/storage/arrow-encode.ts'
import { createTableWriter, openTable } from '../../../lib/storage/arrow-table.ts'

let folder = ''
let count = 0
const nextFile = (): string => path.join(folder, `${count++}.arrow`)
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-table-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write<C extends Record<string, ColumnType>>(
  columns: C,
  batches: readonly { rows: number; columns: { [Name in keyof C]: ColumnInput } }[],
  metadata: Record<string, string> = {},
): Promise<string> {
  const file = nextFile()
  const writer = await createTableWriter(file, columns, { metadata })
  for (const batch of batches) await writer.append(batch)
  await writer.close()
  return file
}

async function rowsOf(file: string): Promise<Record<string, unknown>[]> {
  const table = await openTable(file)
  try {
    const rows: Record<string, unknown>[] = []
    for (let row = 0; row < table.rows; row++) rows.push(plainRow(await table.rowAt(row)))
    return rows
  } finally {
    await table.close()
  }
}

function plainRow(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  return isIterable(value) ? Array.from(value) : value
}

/** True for arrays, typed arrays and apache-arrow's vectors. */
function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

const columns = {
  uid: 'binary16',
  text: 'utf8?',
  raw: 'binary?',
  offset: 'uint64',
  signed: 'int64?',
  tokens: 'uint32?',
  source: 'uint16',
  value: 'float64?',
  reason: 'dictionary?',
  other: 'dictionary',
  ids: 'list<uint32>?',
  triple: 'int8[3]?',
} as const

const safe = { min: 0, max: Number.MAX_SAFE_INTEGER }
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 4 })
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const row = fc.record({
  uid: bytes(16),
  text: orNull(fc.string({ unit: 'grapheme' })),
  raw: orNull(fc.uint8Array({ maxLength: 9 })),
  offset: fc.integer(safe),
  signed: orNull(fc.integer({ min: -safe.max, max: safe.max })),
  tokens: orNull(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  source: fc.integer({ min: 0, max: 65_535 }),
  value: orNull(fc.double({ noNaN: true })),
  reason: orNull(fc.constantFrom('too-short', 'too-long', 'ünïcode', '')),
  other: fc.constantFrom('a', 'b'),
  ids: orNull(fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 5 })),
  triple: orNull(fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 3, maxLength: 3 })),
})

type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never

function toBatch(rows: readonly Row[]): { rows: number; columns: Record<keyof typeof columns, ColumnInput> } {
  return {
    rows: rows.length,
    columns: {
      uid: rows.map((r) => r.uid),
      text: rows.map((r) => r.text),
      raw: rows.map((r) => r.raw),
      offset: rows.map((r) => r.offset),
      signed: rows.map((r) => r.signed),
      tokens: rows.map((r) => r.tokens),
      source: rows.map((r) => r.source),
      value: rows.map((r) => r.value),
      reason: rows.map((r) => r.reason),
      other: rows.map((r) => r.other),
      ids: rows.map((r) => r.ids),
      triple: rows.map((r) => r.triple),
    },
  }
}

describe('a table', () => {
  test('reads back every value, as apache-arrow does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 4 }), async (batches) => {
        const file = await write(columns, batches.map(toBatch), { purpose: 'test' })
        const expected = batches.flat().map(plainRow)
        expect(await rowsOf(file)).toEqual(expected)
        const foreign = tableFromIPC(await readFile(file))
        expect(foreign.toArray().map((r) => plainRow(r.toJSON()))).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  test('gives typed columns, batch starts and metadata', async () => {
    const schema = {
      n: 'uint32',
      text: 'utf8',
      uid: 'binary16',
      ids: 'list<uint16>',
      reason: 'dictionary',
    } as const
    const file = await write(
      schema,
      [
        {
          rows: 2,
          columns: {
            n: [7, 8],
            text: ['ab', 'ç'],
            uid: new Uint8Array(32),
            ids: [[1], [2, 3]],
            reason: ['x', 'y'],
          },
        },
        { rows: 0, columns: { n: [], text: [], uid: [], ids: [], reason: [] } },
        {
          rows: 1,
          columns: { n: [9], text: ['d'], uid: Uint32Array.of(1, 2, 3, 4), ids: [[]], reason: ['y'] },
        },
      ],
      { who: 'test' },
    )
    const table = await openTable(file, schema)
    expect([table.rows, table.batches, table.batchStart(1), table.batchStart(2)]).toEqual([3, 2, 2, 3])
    expect([table.batchOf(0), table.batchOf(1), table.batchOf(2)]).toEqual([0, 0, 1])
    expect(table.metadata).toEqual({ who: 'test' })
    expect(table.columnNames).toEqual(Object.keys(schema))
    const batch = await table.batch(0)
    expect([batch.rows, batch.start]).toEqual([2, 0])
    const n: Uint32Array = batch.column('n').values
    expect(n).toEqual(Uint32Array.of(7, 8))
    expect(batch.column('text').offsets).toEqual(Int32Array.of(0, 2, 4))
    expect(Buffer.from(batch.column('text').bytes).toString()).toBe('abç')
    expect(batch.column('ids').values).toEqual(Uint16Array.of(1, 2, 3))
    const last = await table.batch(1)
    expect(last.start).toBe(2)
    expect(last.column('uid').words).toEqual(Uint32Array.of(1, 2, 3, 4))
    const reasons = last.column('reason')
    expect(reasons.dictionary[reasons.values[0]!]).toBe('y')
    await expect(table.rowAt(3)).rejects.toThrow(RangeError)
    await expect(table.batch(2)).rejects.toThrow(RangeError)
    await table.close()
  })

  test('takes a slice of UTF-8 bytes with offsets, and lists as values with offsets', async () => {
    const file = await write({ text: 'utf8', ids: 'list<uint32>' }, [
      {
        rows: 2,
        columns: {
          text: { bytes: Buffer.from('skip·ab'), offsets: Int32Array.of(4, 6, 8) },
          ids: { values: Uint32Array.of(5, 6), offsets: Int32Array.of(0, 0, 2) },
        },
      },
    ])
    expect(await rowsOf(file)).toEqual([
      { text: '·', ids: [] },
      { text: 'ab', ids: [5, 6] },
    ])
  })

  test('integers beyond 2^53 come whole, and lone surrogates as U+FFFD', async () => {
    const file = await write({ n: 'uint64', text: 'utf8' }, [
      { rows: 2, columns: { n: [2n ** 64n - 1n, 1], text: ['\ud800x', '😀'] } },
    ])
    expect(await rowsOf(file)).toEqual([
      { n: 2n ** 64n - 1n, text: '\ufffdx' },
      { n: 1, text: '😀' },
    ])
  })

  test.each<[string, ColumnType, ColumnInput, number]>([
    ['a value that is too large', 'uint16', [65_536], 1],
    ['a negative value', 'uint32', [-1], 1],
    ['a fraction', 'int32', [0.5], 1],
    ['a bigint that is too large', 'int64', [2n ** 63n], 1],
    ['a null in a column without nulls', 'utf8', [null], 1],
    ['too few values', 'uint32', Uint32Array.of(1), 2],
    ['too few bytes', 'binary16', new Uint8Array(31), 2],
    ['a row of another length', 'uint32[2]', [[1, 2, 3]], 1],
    ['too many values for fixed rows', 'uint32[2]', Uint32Array.of(1, 2, 3), 1],
    ['offsets beyond the bytes', 'utf8', { bytes: new Uint8Array(1), offsets: Int32Array.of(0, 2) }, 1],
    ['32,769 distinct values', 'dictionary', Array.from({ length: 32_769 }, (_, i) => `${i}`), 32_769],
  ])('refuses %s', async (_, type, input, rows) => {
    const file = nextFile()
    const writer = await createTableWriter(file, { column: type })
    await expect(writer.append({ rows, columns: { column: input } })).rejects.toMatchObject({
      code: 'INTERNAL',
      facts: { key: 'column' },
    })
    await writer.abort()
    expect((await readdir(folder)).filter((name) => name.startsWith(path.basename(file)))).toEqual([])
  })

  test('32,768 distinct values are a dictionary', async () => {
    const values = Array.from({ length: 32_768 }, (_, i) => `value ${i}`)
    const table = await openTable(
      await write({ d: 'dictionary' }, [{ rows: values.length, columns: { d: values } }]),
    )
    expect(await table.rowAt(32_767)).toEqual({ d: 'value 32767' })
    await table.close()
  })

  test('an unknown type is refused', async () => {
    // @ts-expect-error -- not a column type
    await expect(createTableWriter(nextFile(), { a: 'utf8[2]' })).rejects.toMatchObject({
      code: 'INTERNAL',
    })
  })

  test('other columns than expected are OUTPUT_DAMAGED', async () => {
    const file = await write({ a: 'uint32' }, [])
    await expect(openTable(file, { a: 'uint16' })).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
    await (await openTable(file, { a: 'uint32' })).close()
  })

  test('metadata of the end is read, and the stream part stands on its own', async () => {
    const file = nextFile()
    const writer = await createTableWriter(file, { a: 'uint32' }, { metadata: { first: '1' } })
    await writer.append({ rows: 2, columns: { a: [3, 4] } })
    await writer.close({ total: '2' })
    const table = await openTable(file)
    expect(table.metadata).toEqual({ first: '1', total: '2' })
    await table.close()
    const stream = RecordBatchReader.from((await readFile(file)).subarray(8))
    expect([...stream].flatMap((batch) => batch.toArray().map((r) => r['a']))).toEqual([3, 4])
  })

  test('a flipped byte anywhere but in padding is OUTPUT_DAMAGED', async () => {
    const batch = toBatch(fc.sample(row, { numRuns: 5, seed: 1 }))
    const file = await write(columns, [batch, batch])
    const whole = await readFile(file)
    const expected = await rowsOf(file)
    const first = await firstBatchOffset(file) // what lies before it is the schema for readers of streams
    const STEP = 13 // not a multiple of 2, so that each of the 8 bits is flipped somewhere
    let unnoticed = 0
    for (let at = first; at < whole.length; at += STEP) {
      const flipped = Buffer.from(whole)
      flipped[at]! ^= 1 << (at % 8)
      await writeFile(file, flipped)
      const outcome = await rowsOf(file).catch((error: { code?: string }) => error.code)
      if (outcome === 'OUTPUT_DAMAGED') continue
      expect(outcome).toEqual(expected)
      unnoticed++
    }
    // 16 bytes of prefix for each of 2 batches and 2 dictionaries at most, and 8 bytes of end-of-stream mark.
    expect(unnoticed).toBeLessThanOrEqual((4 * 16 + 8) / STEP)
  })

  test('another beginning or ending is OUTPUT_DAMAGED', async () => {
    const file = await write({ a: 'uint8' }, [{ rows: 1, columns: { a: [1] } }])
    const whole = await readFile(file)
    for (const at of [0, 5, 6, 7, whole.length - 1, whole.length - 6]) {
      await writeFile(file, whole.with(at, 0x21))
      await expect(openTable(file)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
    }
  })

  test('a failed open closes the file', async () => {
    const file = nextFile()
    await writeFile(file, 'ARROW1\0\0 but nothing else')
    await expect(openTable(file)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED', facts: { file } })
    await expect(openTable(folder)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
    await expect(openTable(`${file}.not`)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
    const fds = await readdir('/proc/self/fd').catch(() => []) // only Linux lists them
    const links = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
    expect(links.filter((link) => link.startsWith(folder))).toEqual([])
  })

  test('buffers are aligned to 64 bytes', async () => {
    const file = await write({ a: 'uint8', b: 'float64' }, [
      { rows: 3, columns: { a: [1, 2, 3], b: [1, 2, 3] } },
    ])
    const at = (await readFile(file)).indexOf(Buffer.from(Float64Array.of(1, 2, 3).buffer))
    expect(at).toBeGreaterThan(0)
    expect(at % 64).toBe(0)
  })
})

/** Where the first record batch begins: behind the second of the messages' continuation marks. */
async function firstBatchOffset(file: string): Promise<number> {
  const whole = await readFile(file)
  return whole.indexOf(Buffer.from([255, 255, 255, 255]), 16)
}
