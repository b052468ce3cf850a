/**
 * Files of every format, changed at random by a seed: nothing is thrown, nothing hangs or grows without bound, what comes
 * before the change is read as it was, and damage is one entry. `FUZZ=20000 npx vitest run test/fuzz` makes as many
 * changes of each; RESULTS.md has what that found.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { MillraceError } from '../../lib/errors.ts'
import type { ReaderItem } from '../../lib/readers/define-reader.ts'
import { readers, readItems } from '../../lib/readers/index.ts'
import { compressZstd } from '../../lib/storage/zstd.ts'
import { temporaryFolder } from '../conformance/reader-items.ts'
import { mutate, numbers } from '../lib/readers/mutations.ts'

const changes = Number(process.env['FUZZ'] ?? 100)
/** Bytes that the process may have more than at the start; a few MB at most are really used at a time. */
const MAX_GROWTH = 1 << 30
const LIMIT = 1 << 20

const fixture = (name: string): Buffer =>
  readFileSync(path.join(import.meta.dirname, '../lib/readers/fixtures', name))
const words = Array.from({ length: 25 }, (_, index) => `word${(index * 7919) % 1000}`).join(' ')
const rows = Array.from({ length: 12 }, (_, id) => ({
  id,
  text: `${words.slice(id * 11)} é "\\😀`,
  meta: { tags: [id, null] },
}))
const lines = rows.map((row) => JSON.stringify(row)).join('\n')
const table = ['id,text', ...rows.map(({ id, text }) => `${id},"${text.replaceAll('"', '""')}\n"`)].join(
  '\r\n',
)
const prose = `\uFEFF# Title\r\n\n${words}\n\n\u2028é 😀 ${words}`
const wet = rows
  .map(
    ({ text }) =>
      `WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}\r\n\r\n`,
  )
  .join('')

/** Small files by reader. */
const streams: Readonly<Record<string, readonly Uint8Array[]>> = {
  jsonl: [Buffer.from(lines)],
  json: [Buffer.from(JSON.stringify(rows, undefined, 1)), Buffer.from(lines)],
  csv: [Buffer.from(table)],
  text: [Buffer.from(prose)],
  markdown: [Buffer.from(prose)],
  wet: [Buffer.from(wet)],
  warc: [gunzipSync(fixture('warcio.warc.gz'))],
  'arrow-stream': ['dictionaries', 'pyarrow-lz4', 'pyarrow-zstd', 'arrow-types'].map((name) =>
    fixture(`${name}.arrows`),
  ),
}
const files: Readonly<Record<string, readonly Uint8Array[]>> = {
  parquet:
    'types same same-v2 same-duckdb same-polars pyarrow-delta pyarrow-v2 pyarrow-lz4 pyarrow-brotli pyarrow-gzip'
      .concat(' pyarrow-snappy pyarrow-zstd duckdb parquetjs-gzip')
      .split(' ')
      .map((name) => fixture(`${name}.parquet`)),
  arrow: ['types', 'polars', 'pyarrow-lz4', 'pyarrow-zstd', 'arrow-types'].map((name) =>
    fixture(`${name}.arrow`),
  ),
}

/** Bytes behind a record that a reader looks at before it gives it. */
const LOOK_AHEAD = 16

const folder = temporaryFolder()
afterAll(() => folder.remove())

test('every reader is here', () => {
  expect([...Object.keys(streams), ...Object.keys(files)].toSorted()).toEqual(Object.keys(readers).toSorted())
})

const seconds = (count: number): number => 60_000 + 60 * count

describe.each(Object.entries(streams))('%s', (reader, seeds) => {
  test(
    'plain',
    async () => {
      const check = reader === 'arrow-stream' ? oneEnd : readBefore
      expect(await fuzz(reader, seeds, check)).toEqual([])
    },
    seconds(changes),
  )
  test(
    'gzip',
    async () => {
      const zipped = seeds.map((bytes) => gzipSync(bytes))
      // A member for each record, as crawls have it.
      if (reader === 'warc') zipped.push(Buffer.from(new Uint8Array(fixture('warcio.warc.gz'))))
      expect(await fuzz(reader, zipped, oneDamage)).toEqual([])
    },
    seconds(changes),
  )
  test(
    'zstd',
    async () => {
      expect(await fuzz(reader, await Promise.all(seeds.map(compressZstd)), oneDamage)).toEqual([])
    },
    seconds(changes),
  )
})

test.each(Object.entries(files))(
  '%s',
  async (reader, seeds) => {
    expect(await fuzz(reader, seeds, oneEnd)).toEqual([])
  },
  seconds(changes),
)

/** Whether items are as they must be; `whole` are those of the file before its change at byte `at`. */
type Check = (items: readonly ReaderItem[], whole: readonly ReaderItem[], at: number) => boolean

/** What comes before the change is read as it was. */
function readBefore(items: readonly ReaderItem[], whole: readonly ReaderItem[], at: number): boolean {
  const before = whole.filter(({ offset, bytes }) => offset + bytes + LOOK_AHEAD <= at)
  return isDeepStrictEqual(items.slice(0, before.length), before)
}

/** Damage ends a file of columns: there is one bad entry at most, and it is the last. */
function oneEnd(items: readonly ReaderItem[]): boolean {
  return items.slice(0, -1).every(({ kind }) => kind === 'record')
}

/** What zlib or zstd find ends the file. */
function oneDamage(items: readonly ReaderItem[]): boolean {
  return items.slice(0, -1).every((item) => item.kind === 'record' || !/^(?:gzip|zstd):/.test(item.detail))
}

/** What went wrong, if anything did: the number of the change, and what. */
async function fuzz(reader: string, seeds: readonly Uint8Array[], check: Check): Promise<string[]> {
  const next = numbers(20_240_229)
  const wholes = await Promise.all(
    seeds.map((bytes, index) => read(folder.write(`seed-${index}`, bytes), reader)),
  )
  const [start, started] = [process.memoryUsage.rss(), performance.now()]
  const found = { peak: 0, slowest: 0, damaged: 0 }
  for (let change = 0; change < changes; change++) {
    const place = change % seeds.length
    const { bytes, at } = mutate(seeds[place] ?? Buffer.alloc(0), next)
    const before = performance.now()
    try {
      const items = await read(folder.write('changed', bytes), reader)
      if (!check(items, wholes[place] ?? [], at)) return [`change ${change}: other items`]
      if (items.length > bytes.length + 1000) return [`change ${change}: ${items.length} items`]
      if (items.some(({ kind }) => kind === 'bad')) found.damaged++
    } catch (error) {
      return [`change ${change}: ${error instanceof Error ? error.stack : String(error)}`]
    }
    found.slowest = Math.max(found.slowest, performance.now() - before)
    found.peak = Math.max(found.peak, process.memoryUsage.rss() - start)
    if (found.peak > MAX_GROWTH) return [`change ${change}: ${found.peak} bytes more than at the start`]
  }
  if (changes >= 10_000) process.stdout.write(resultLine(reader, found, performance.now() - started))
  return []
}

/** A line of RESULTS.md. */
function resultLine(
  reader: string,
  { peak, slowest, damaged }: { peak: number; slowest: number; damaged: number },
  elapsed: number,
): string {
  const cells = [
    expect.getState().currentTestName?.replace(/^.*\.test\.ts > /, '') ?? reader,
    changes,
    damaged,
  ]
  const measured = [Math.round(slowest), Math.round(peak / 2 ** 20), Math.round(elapsed / 1000)]
  return `| ${[...cells, ...measured].join(' | ')} |\n`
}

/** A file of columns that begins like a compressed one is refused by name: the only thing that is thrown. */
async function read(file: string, reader: string): Promise<ReaderItem[]> {
  const items: ReaderItem[] = []
  try {
    for await (const batch of readItems(file, reader, { maxRecordBytes: LIMIT })) items.push(...batch)
  } catch (error) {
    if (!(error instanceof MillraceError && error.message.includes('compressed as a whole'))) throw error
  }
  return items
}
