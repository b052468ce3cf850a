import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReaderItem } from '../../../lib/readers/define-reader.ts'
import { jsonl } from '../../../lib/readers/jsonl.ts'
import { chunked, collect, itemsOf } from '../../conformance/reader-items.ts'
import { heldBytes } from '../../held-bytes.ts'

const read = async (content: string | Uint8Array, options = {}): Promise<ReaderItem[]> =>
  itemsOf(jsonl, chunked(typeof content === 'string' ? Buffer.from(content) : content), options)
const brief = (items: readonly ReaderItem[]): unknown[][] =>
  items.map((item) => [item.offset, item.bytes, outcomeOf(item)])
const outcomeOf = (item: ReaderItem): unknown => (item.kind === 'bad' ? item.reason : item.value)

/** As readChunks does: from one byte before the range on. */
const readRange = async (
  bytes: Uint8Array,
  start: number,
  end: number,
  cuts: number[],
): Promise<ReaderItem[]> => {
  const from = Math.max(0, start - 1)
  return itemsOf(jsonl, chunked(bytes.subarray(from), cuts), { range: { start, end }, maxRecordBytes: 12 })
}

async function* damaged(): AsyncGenerator<Uint8Array | { damage: string; detail: string }> {
  yield Buffer.from('{"a":1}\n{"a":')
  yield { damage: 'truncated', detail: 'why' }
}

describe('lines', () => {
  test('are records with their offset and size, line end included', async () => {
    expect(brief(await read('{"a":1}\n{"b":2}\n'))).toEqual([
      [0, 8, { a: 1 }],
      [8, 8, { b: 2 }],
    ])
  })
  test('may end in CRLF, be empty, and lack the last line end', async () => {
    expect(brief(await read('{"a":1}\r\n\r\n  \n\n{"b":2}'))).toEqual([
      [0, 9, { a: 1 }],
      [15, 7, { b: 2 }],
    ])
  })
  test('may follow a byte order mark at the start, and only there', async () => {
    expect(brief(await read('\uFEFF{"a":1}\n\uFEFF{"b":2}\n'))).toEqual([
      [0, 11, { a: 1 }],
      [11, 11, 'invalid-json'],
    ])
  })
  test('keep every character: U+2028, escapes, astral', async () => {
    const value = { text: '\u2028\u0000"\\\n😀', ключ: 'é' }
    expect(brief(await read(`${JSON.stringify(value)}\n`))[0]).toMatchObject([0, expect.any(Number), value])
  })
  test('an empty file has none', async () => {
    expect(await read('')).toEqual([])
  })
})

const nested = (levels: number): string =>
  `${'{"a":'.repeat(levels)}"${'x'.repeat(1000)}"${'}'.repeat(levels)}`

describe('bad records', () => {
  test('invalid JSON in line 3 of 10: one entry, the other nine are read', async () => {
    const lines = Array.from({ length: 10 }, (_, index) =>
      index === 2 ? '{"n":2,,}' : JSON.stringify({ n: index }),
    )
    const items = await read(lines.join('\n'))
    expect(items).toHaveLength(10)
    expect(items.filter(({ kind }) => kind === 'record')).toHaveLength(9)
    expect(items[2]).toEqual({
      kind: 'bad',
      offset: 16,
      bytes: 10,
      reason: 'invalid-json',
      detail: 'not JSON: "{\\"n\\":2,,}"',
    })
  })
  test('a value that is not an object', async () => {
    expect((await read('[1]\n"x"\nnull\n7\n{}\n')).map(outcomeOf)).toEqual([
      'not-an-object',
      'not-an-object',
      'not-an-object',
      'not-an-object',
      {},
    ])
  })
  test('invalid UTF-8 names the byte; lines around it are read', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":"é'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"a":3}\n'),
    ])
    const items = await read(bytes)
    expect(brief(items)).toEqual([
      [0, 8, { a: 1 }],
      [8, 12, 'invalid-utf8'],
      [20, 8, { a: 3 }],
    ])
    expect(items[1]).toMatchObject({ detail: 'byte 8 of 11 (0xff) is not UTF-8' })
  })
  test('a line longer than the limit is one entry, at the limit it is a record', async () => {
    const exact = JSON.stringify({ t: 'x'.repeat(92) })
    expect(exact).toHaveLength(100)
    const content = `${exact}\n${exact} \n{"a":1}\n`
    expect(brief(await read(content, { maxRecordBytes: 100 }))).toEqual([
      [0, 101, { t: 'x'.repeat(92) }],
      [101, 102, 'line-too-long'],
      [203, 8, { a: 1 }],
    ])
  })
  test('nesting has a limit, and 100,000 levels do not crash', async () => {
    const deep = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)
    const items = await read(`${deep}\n${'['.repeat(100_000)}\n{"b":1}\n`)
    expect(items.map(({ offset }) => offset)).toEqual([0, 600_002, 700_003])
    expect(items[2]).toMatchObject({ value: { b: 1 } })
    expect(items[0]).toMatchObject({ reason: 'invalid-json', detail: expect.stringContaining('1000 levels') })
    expect((await read(`${nested(1000)}\n${nested(1001)}\n`)).map(({ kind }) => kind)).toEqual([
      'record',
      'bad',
    ])
  })
  test('a line of 1 GB is not held', async () => {
    const block = Buffer.alloc(1 << 20, 0x61)
    let least = Infinity
    let most = 0
    async function* gigabyte(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 1024; index++) {
        // A new buffer each time, as files give them: what is kept of them shows in the process's memory.
        yield Buffer.from(block)
        if (index % 128 !== 100) continue
        const held = await heldBytes()
        least = Math.min(least, held)
        most = Math.max(most, held)
      }
      yield Buffer.from('\n{"a":1}')
    }
    const items = await itemsOf(jsonl, gigabyte())
    expect(brief(items)).toEqual([
      [0, 2 ** 30 + 1, 'line-too-long'],
      [2 ** 30 + 1, 7, { a: 1 }],
    ])
    expect(most - least).toBeLessThan(128 << 20)
  })
  test('damage takes the unfinished line with it, as one entry', async () => {
    expect(await itemsOf(jsonl, damaged())).toEqual([
      { kind: 'record', offset: 0, bytes: 8, value: { a: 1 } },
      { kind: 'bad', offset: 8, bytes: 5, reason: 'truncated', detail: 'why' },
    ])
  })
})

describe('batches', () => {
  test('hold at most 256 records, or little more than 1 MiB', async () => {
    const many = await collect(jsonl.read(chunked(Buffer.from('{}\n'.repeat(1000))), { maxRecordBytes: 1e6 }))
    expect(many.map((batch) => batch.length)).toEqual([256, 256, 256, 232])
    const large = Buffer.from(`${JSON.stringify({ t: 'x'.repeat(300_000) })}\n`.repeat(10))
    expect(
      (await collect(jsonl.read(chunked(large), { maxRecordBytes: 1e6 }))).map((batch) => batch.length),
    ).toEqual([4, 4, 2])
  })
})

describe('ranges', () => {
  const line = fc.oneof(
    fc.constant('{"a":1}'),
    fc.constant(''),
    fc.constant(' \r'),
    fc.constant('{"bad'),
    fc.constant('{"long": "0123456789"}'),
    fc.integer({ min: 0, max: 999 }).map((n) => `{"n":${n}}`),
  )
  test('cover a file exactly once, wherever they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.boolean(),
        fc.array(fc.nat(200), { maxLength: 6 }),
        fc.array(fc.nat(200), { maxLength: 6 }),
        async (lines, closed, borders, cuts) => {
          const bytes = Buffer.from(lines.join('\n') + (closed ? '\n' : ''))
          const whole = await itemsOf(jsonl, chunked(bytes), { maxRecordBytes: 12 })
          const edges = [
            0,
            ...borders.map((at) => Math.min(at, bytes.length)).toSorted((a, b) => a - b),
            bytes.length,
          ]
          const parts: ReaderItem[] = []
          for (const [index, start] of edges.slice(0, -1).entries()) {
            const items = await readRange(bytes, start, edges[index + 1]!, cuts)
            expect(items.every(({ offset }) => offset >= start && offset < edges[index + 1]!)).toBe(true)
            parts.push(...items)
          }
          expect(parts).toEqual(whole)
        },
      ),
      { numRuns: 500 },
    )
  })
  test('stop asking for chunks behind their last record', async () => {
    let given = 0
    async function* lines(): AsyncGenerator<Uint8Array> {
      for (; given < 100; given++) yield Buffer.from('{"a":1}\n')
    }
    expect(await itemsOf(jsonl, lines(), { range: { start: 0, end: 20 } })).toHaveLength(3)
    expect(given).toBeLessThan(4)
  })
})
