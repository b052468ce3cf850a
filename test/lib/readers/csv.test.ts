import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csv } from '../../../lib/readers/csv.ts'
import type { ReaderItem } from '../../../lib/readers/define-reader.ts'
import { chunked, itemsOf } from '../../conformance/reader-items.ts'
import { bitFlips } from './mutations.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures')
const read = async (content: string | Uint8Array, options = {}): Promise<ReaderItem[]> =>
  itemsOf(csv, chunked(typeof content === 'string' ? Buffer.from(content) : content), options)
const outcome = (item: ReaderItem): unknown => (item.kind === 'bad' ? item.reason : item.value)
const brief = (items: readonly ReaderItem[]): unknown[][] =>
  items.map((item) => [item.offset, item.bytes, outcome(item)])

/** A field as RFC 4180 has it, quoted where it must be. */
const written = (field: string): string =>
  /["\n\r,]/.test(field) || field === '' ? `"${field.replaceAll('"', '""')}"` : field

describe('records', () => {
  test.each(['polars.csv', 'duckdb.tsv'])('%s, by another program: every value', async (name) => {
    const items = await read(readFileSync(path.join(fixtures, name)))
    expect(items.map(outcome)).toEqual(
      ['plain', 'quo"ted', 'two\nlines', 'semi;colon, comma', ' é 😀 '].map((text, index) => ({
        text,
        id: String(index + 1),
      })),
    )
  })
  test('are what was written, whatever its fields and chunks', async () => {
    const field = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !/[\uD800-\uDFFF\uFEFF]/.test(text)),
      fc.constantFrom('"', '\n', '\r\n', ',', '""', 'a,b', ' "x" '),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(100), { maxLength: 8 }),
        async (rows, lineEnd, cuts) => {
          const lines = [['a', 'b'], ...rows].map((fields) => fields.map(written).join(','))
          const items = await itemsOf(csv, chunked(Buffer.from(lines.join(lineEnd)), cuts))
          expect(items.map(outcome)).toEqual(rows.map(([a, b]) => ({ a, b })))
        },
      ),
      { numRuns: 1000 },
    )
  })
  test('have the place of their line; empty lines are skipped', async () => {
    expect(brief(await read('\uFEFFa;b\r\n1;"x\n"\r\n\r\n2;,\n'))).toEqual([
      [8, 8, { a: '1', b: 'x\n' }],
      [18, 4, { a: '2', b: ',' }],
    ])
  })
  test('a quote in a bare field is a character', async () => {
    expect((await read('size,b\n6" pipe,x\n')).map(outcome)).toEqual([{ size: '6" pipe', b: 'x' }])
  })
  test('names that occur again or are empty get their place', async () => {
    expect((await read('a,a,,__proto__\n1,2,3,4\n')).map((item) => JSON.stringify(outcome(item)))).toEqual([
      '{"a":"1","a_2":"2","column_3":"3","__proto__":"4"}',
    ])
  })
})

describe('bad records', () => {
  test('one of another number of fields, of bad UTF-8; the others are read', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a,b\n1,2\n1\n1,2,3\n"x"y,2\n'),
      Buffer.from([0xff]),
      Buffer.from(',2\n3,4\n'),
    ])
    expect((await read(bytes)).map(outcome)).toEqual([
      { a: '1', b: '2' },
      'wrong-field-count',
      'wrong-field-count',
      { a: '"x"y', b: '2' },
      'invalid-utf8',
      { a: '3', b: '4' },
    ])
  })
  test('a line over the limit is one, at the limit it is read', async () => {
    const items = await read(`a,b\n${'x'.repeat(8)},y\n${'x'.repeat(9)},y\n1,2\n`, { maxRecordBytes: 10 })
    expect(brief(items)).toEqual([
      [4, 11, { a: 'x'.repeat(8), b: 'y' }],
      [15, 12, 'line-too-long'],
      [27, 4, { a: '1', b: '2' }],
    ])
  })
  test('a quote that is never closed takes the rest', async () => {
    expect(brief(await read('a,b\n1,2\n3,"4\n5,6\n'))).toEqual([
      [4, 4, { a: '1', b: '2' }],
      [8, 9, 'truncated'],
    ])
  })
  test('cut at any byte, or with changed bits: nothing is thrown', async () => {
    const sample = readFileSync(path.join(fixtures, 'polars.csv'))
    const whole = await read(sample)
    for (let length = 0; length < sample.length; length++) {
      const items = await read(sample.subarray(0, length))
      expect(items.slice(0, -1)).toEqual(whole.slice(0, Math.max(0, items.length - 1)))
    }
    for (const { bytes, at } of bitFlips(sample, 2000, 3)) {
      const items = await read(bytes)
      const before = at < 8 ? [] : whole.filter((item) => item.offset + item.bytes <= at)
      expect(items.slice(0, before.length)).toEqual(before)
    }
  })
})
