import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { FileReader, ReaderItem } from '../../lib/readers/define-reader.ts'
import { readItems } from '../../lib/readers/index.ts'
import type { InputAccess } from '../../lib/storage/stored-bytes.ts'
import { bitFlips } from '../lib/readers/mutations.ts'
import { collect, LIMIT, openIn, temporaryFolder } from './reader-items.ts'

export interface FileReaderCase {
  readonly reader: FileReader
  /** Small files of several row groups, by other programs, in all ways to compress them. */
  readonly files: readonly string[]
  /** Changed copies of each file. */
  readonly copies: number
  /** What an empty file is. */
  readonly empty: string
}

/** A file that is `bytes`. */
export function accessTo(bytes: Uint8Array): InputAccess {
  return {
    path: 'memory',
    size: bytes.length,
    read: async (offset, length) => Buffer.from(bytes.slice(offset, offset + length)),
    close: async () => undefined,
  }
}

export async function rowsOf(reader: FileReader, bytes: Uint8Array): Promise<ReaderItem[]> {
  return (await collect(reader.readFile(accessTo(bytes), { maxRecordBytes: LIMIT }))).flat()
}

/** What holds for every reader of a format that is read at positions. */
export function testFileReader({ reader, files, copies, empty }: FileReaderCase): void {
  const folder = temporaryFolder()
  afterAll(() => folder.remove())
  const [first = ''] = files
  const sample = readFileSync(first)

  describe(`${reader.name}: content`, () => {
    test('gives rows in order, the bytes of which come to no more than the file says', async () => {
      for (const file of files) {
        const items = await rowsOf(reader, readFileSync(file))
        expect(items.map(({ offset }) => offset)).toEqual(items.map((_, index) => index))
        expect(items.every(({ kind, bytes }) => kind === 'record' && bytes >= 0)).toBe(true)
      }
    })
    test('cut at any byte: the first rows, then one entry', async () => {
      const whole = await rowsOf(reader, sample)
      // Of a larger file, every third byte: places differ in their last bits, and three reaches all of those.
      for (let length = 0; length < sample.length; length += sample.length > 4096 ? 3 : 1) {
        const items = await rowsOf(reader, sample.subarray(0, length))
        const bad = items.filter(({ kind }) => kind === 'bad')
        expect(bad.length).toBe(1)
        expect(items.at(-1)).toBe(bad[0])
        expect(items.slice(0, -1).map(valueOf)).toEqual(whole.slice(0, items.length - 1).map(valueOf))
      }
    })
    for (const file of files) {
      test(`${copies} changed copies of ${path.basename(file)}: nothing is thrown, no more rows are given`, async () => {
        const bytes = readFileSync(file)
        const whole = await rowsOf(reader, bytes)
        let damaged = 0
        for (const { bytes: changed } of bitFlips(bytes, copies, bytes.length)) {
          const items = await rowsOf(reader, changed)
          const bad = items.filter(({ kind }) => kind === 'bad')
          expect(bad.length).toBeLessThanOrEqual(1)
          expect(items.slice(0, -1).every(({ kind }) => kind === 'record')).toBe(true)
          damaged += bad.length
          expect(items.length - bad.length).toBeLessThanOrEqual(2 * whole.length)
        }
        expect(damaged).toBeGreaterThan(0)
      })
    }
  })

  describe(`${reader.name}: files`, () => {
    test('an empty one is one entry', async () => {
      const items = (await collect(readItems(folder.write('empty', ''), reader.name))).flat()
      expect(items).toMatchObject([{ kind: 'bad', offset: 0, bytes: 0, reason: empty }])
    })
    test('compressed as a whole are refused', async () => {
      const file = folder.write('whole.gz', gzipSync(sample))
      const facts = { file, fix: expect.stringContaining('Decompress') }
      await expect(collect(readItems(file, reader.name))).rejects.toMatchObject({
        code: 'INPUT_DAMAGED',
        facts,
      })
    })
    test('that are missing or folders are refused', async () => {
      for (const file of [path.join(folder.path, 'no'), folder.path]) {
        await expect(collect(readItems(file, reader.name))).rejects.toMatchObject({ code: 'INPUT_MISSING' })
      }
    })
    test('are hashed whole', async () => {
      const parts: Uint8Array[] = []
      const hash = { update: (bytes: Uint8Array) => parts.push(Buffer.from(bytes)) }
      await collect(readItems(first, reader.name, { hash }))
      expect(Buffer.concat(parts).equals(sample)).toBe(true)
    })
    test.skipIf(!existsSync('/proc/self/fd'))(
      'are closed when the consumer stops (needs /proc)',
      async () => {
        const file = folder.write('stop', sample)
        for await (const batch of readItems(file, reader.name)) {
          expect(batch.length).toBeGreaterThan(0)
          break
        }
        expect(openIn(folder.path)).toBe(0)
      },
    )
  })
}

function valueOf(item: ReaderItem): unknown {
  return item.kind === 'record' ? item.value : item.reason
}
