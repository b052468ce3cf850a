import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReaderItem } from '../../../lib/readers/define-reader.ts'
import { json } from '../../../lib/readers/json.ts'
import { chunked, itemsOf } from '../../conformance/reader-items.ts'
import { heldBytes } from '../../held-bytes.ts'
import { bitFlips } from './mutations.ts'

const read = async (content: string | Uint8Array, options = {}): Promise<ReaderItem[]> =>
  itemsOf(json, chunked(typeof content === 'string' ? Buffer.from(content) : content), options)
const brief = (items: readonly ReaderItem[]): unknown[][] =>
  items.map((item) => [item.offset, item.bytes, item.kind === 'bad' ? item.reason : item.value])

describe('records', () => {
  test('are the elements of an array, with the offset of their first byte', async () => {
    expect(brief(await read('[{"a":1},\n {"b":[2]} ]\n'))).toEqual([
      [1, 7, { a: 1 }],
      [11, 9, { b: [2] }],
    ])
  })
  test('are the values at the top, arrays and objects mixed', async () => {
    expect(brief(await read('\uFEFF{"a":1}{\n"b":2\n}\n[{"c":3}][]{}'))).toEqual([
      [3, 7, { a: 1 }],
      [10, 9, { b: 2 }],
      [21, 7, { c: 3 }],
      [31, 2, {}],
    ])
  })
  test('are what JSON.parse makes of the whole, whatever its white space and chunks', async () => {
    const object = fc.dictionary(fc.string({ unit: 'binary', maxLength: 5 }), fc.jsonValue({ maxDepth: 3 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(object, { maxLength: 8 }),
        fc.constantFrom('', '\t', '   '),
        fc.array(fc.nat(300), { maxLength: 8 }),
        async (values, indent, cuts) => {
          const bytes = Buffer.from(JSON.stringify(values, null, indent))
          const items = await itemsOf(json, chunked(bytes, cuts))
          expect(items.map((item) => item.kind === 'record' && item.value)).toEqual(
            JSON.parse(bytes.toString('utf8')),
          )
          for (const item of items) {
            const slice = bytes.toString('utf8', item.offset, item.offset + item.bytes)
            expect(item).toMatchObject({ value: JSON.parse(slice) })
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

const nested = (levels: number): string =>
  `${'{"a":'.repeat(levels)}"${'x'.repeat(1000)}"${'}'.repeat(levels)}`

describe('bad records', () => {
  test('an element that is no object, or no JSON, is one; the others are read', async () => {
    expect(brief(await read('[{"a":1},7,"x",[{}],{"b"},null,{"c":]},{"d":4}]'))).toEqual([
      [1, 7, { a: 1 }],
      [9, 1, 'not-an-object'],
      [11, 3, 'not-an-object'],
      [15, 4, 'not-an-object'],
      [20, 5, 'invalid-json'],
      [26, 4, 'not-an-object'],
      [31, 6, 'invalid-json'],
      // The bracket that closed the element too early leaves a brace that closes nothing.
      [37, 10, 'invalid-json'],
    ])
  })
  test('what follows a broken structure is one', async () => {
    expect(brief(await read('[{"a":1} {"b":2}, {}]'))).toEqual([
      [1, 7, { a: 1 }],
      [9, 12, 'invalid-json'],
    ])
    expect(brief(await read('[{},]'))).toEqual([
      [1, 2, {}],
      [4, 1, 'invalid-json'],
    ])
    expect(await read('Hello, world')).toMatchObject([
      { offset: 0, bytes: 12, reason: 'invalid-json', detail: 'no JSON: byte 0x48 where a value belongs' },
    ])
  })
  test('invalid UTF-8 is one, and the record beside it is read', async () => {
    const bytes = Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xff]), Buffer.from('"},{"b":2}]')])
    expect(brief(await read(bytes))).toEqual([
      [1, 9, 'invalid-utf8'],
      [11, 7, { b: 2 }],
    ])
  })
  test('a record over the limit is one, at the limit it is read', async () => {
    const exact = JSON.stringify({ t: 'x'.repeat(92) })
    const options = { maxRecordBytes: 100 }
    const content = `[${exact},{"t":"${'y'.repeat(93)}"},{"a":1}]`
    expect(brief(await read(content, options))).toEqual([
      [1, 100, { t: 'x'.repeat(92) }],
      [102, 101, 'record-too-long'],
      [204, 7, { a: 1 }],
    ])
  })
  test('nesting has a limit, and 100,000 levels do not crash', async () => {
    const deep = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)
    const items = await read(`[${deep},{"b":1},${'['.repeat(100_000)}`)
    expect(items.map(({ offset }) => offset)).toEqual([1, 600_003, 600_011])
    expect(items[1]).toMatchObject({ value: { b: 1 } })
    expect(items[2]).toMatchObject({ bytes: 100_000, reason: 'truncated' })
    expect(items[0]).toMatchObject({ reason: 'invalid-json', detail: expect.stringContaining('1000 levels') })
    expect((await read(`[${nested(1000)},${nested(1001)}]`)).map(({ kind }) => kind)).toEqual([
      'record',
      'bad',
    ])
  })
  test('a record of 1 GB is not held', async () => {
    const block = Buffer.alloc(1 << 20, 0x61)
    let least = Infinity
    let most = 0
    async function* gigabyte(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[{"t":"')
      for (let index = 0; index < 1024; index++) {
        yield Buffer.from(block)
        if (index % 128 !== 100) continue
        const held = await heldBytes()
        least = Math.min(least, held)
        most = Math.max(most, held)
      }
      yield Buffer.from('"},{"a":1}]')
    }
    expect(brief(await itemsOf(json, gigabyte()))).toEqual([
      [1, 2 ** 30 + 8, 'record-too-long'],
      [2 ** 30 + 10, 7, { a: 1 }],
    ])
    expect(most - least).toBeLessThan(128 << 20)
  })
})

describe('damage', () => {
  const values = Array.from({ length: 8 }, (_, index) => ({ id: index, text: `"é" \\ ${index}` }))
  const sample = Buffer.from(JSON.stringify(values, null, 1))
  test('cut at any byte: the first records, then one entry', async () => {
    const whole = await read(sample)
    for (let length = 1; length < sample.length; length++) {
      const items = await read(sample.subarray(0, length))
      expect(items.at(-1)).toMatchObject({ kind: 'bad', reason: 'truncated' })
      expect(items.slice(0, -1)).toEqual(whole.slice(0, items.length - 1))
      expect((items.at(-1)?.offset ?? 0) + (items.at(-1)?.bytes ?? 0)).toBe(length)
    }
  })
  test('2,000 changed bits: nothing is thrown, and what comes before is read', async () => {
    const whole = await read(sample)
    for (const { bytes, at } of bitFlips(sample, 2000, 7)) {
      const items = await read(bytes)
      const before = whole.filter((item) => item.offset + item.bytes <= at)
      expect(items.slice(0, before.length)).toEqual(before)
    }
  })
})
