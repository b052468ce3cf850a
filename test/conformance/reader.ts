import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { ReaderItem, StreamReader } from '../../lib/readers/define-reader.ts'
import { readChunks } from '../../lib/storage/input-file.ts'
import { compressZstd } from '../../lib/storage/zstd.ts'
import { chunked, fileItems, itemsOf, openIn, temporaryFolder } from './reader-items.ts'

export interface ReaderCase {
  readonly reader: StreamReader
  /** Files of the format, good and bad records mixed. */
  readonly files: fc.Arbitrary<Uint8Array>
  /** A good file of 300 to 2000 bytes. */
  readonly sample: Uint8Array
  /** What an empty file gives. */
  readonly empty: readonly unknown[]
  /** True where an item's offset is a row, not a byte. */
  readonly rows?: boolean
}

/** What holds for every reader, whatever its format. */
export function testReader({ reader, files, sample, empty, rows = false }: ReaderCase): void {
  const folder = temporaryFolder()
  afterAll(() => folder.remove())
  const cuts = fc.array(fc.nat(400), { maxLength: 12 })

  describe(`${reader.name}: content`, () => {
    test('gives the same items wherever chunks end', async () => {
      await fc.assert(
        fc.asyncProperty(files, cuts, async (bytes, at) => {
          expect(await itemsOf(reader, chunked(bytes, at))).toEqual(await itemsOf(reader, chunked(bytes)))
        }),
        { numRuns: 300 },
      )
    })
    test('gives items in order that do not overlap and lie in the file', async () => {
      await fc.assert(
        fc.asyncProperty(files, async (bytes) => {
          let end = 0
          let bytesBefore = 0
          for (const item of await itemsOf(reader, chunked(bytes))) {
            expect(item.offset).toBeGreaterThanOrEqual(end)
            end = rows ? item.offset + 1 : item.offset + item.bytes
            bytesBefore += item.bytes
          }
          expect(rows ? bytesBefore : end).toBeLessThanOrEqual(bytes.length)
        }),
      )
    })
    test('never throws for random bytes', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cuts, async (bytes, at) => {
          const items = await itemsOf(reader, chunked(bytes, at), { maxRecordBytes: 100 })
          expect(items.every((item) => item.kind === 'record' || item.detail !== '')).toBe(true)
        }),
        { numRuns: 300 },
      )
    })
    test('reads an empty file', async () => {
      const file = folder.write('empty', '')
      expect((await fileItems(reader, file)).map(valueOf)).toEqual(empty)
    })
    test('gives one damage entry after what came before it', async () => {
      const before = await itemsOf(reader, chunked(sample))
      const items = await itemsOf(reader, damagedAfter(sample))
      expect(items.at(-1)).toMatchObject({ kind: 'bad', reason: 'corrupt', detail: 'why' })
      expect(items.slice(0, -1)).toEqual(before.slice(0, items.length - 1))
    })
  })

  describe(`${reader.name}: ranges`, () => {
    test.skipIf(!reader.splittable)('partition a file (skipped where a format cannot be split)', async () => {
      const file = folder.write('ranges', sample)
      const whole = await fileItems(reader, file)
      for (let middle = 0; middle <= sample.length; middle++) {
        const parts: ReaderItem[] = []
        for (const range of [
          { start: 0, end: middle },
          { start: middle, end: sample.length },
        ]) {
          parts.push(...(await itemsOf(reader, readChunks(file, { range }), { range })))
        }
        expect(parts).toEqual(whole)
      }
    })
  })

  describe(`${reader.name}: files`, () => {
    test('compressed: the same items as plain', async () => {
      const plain = await fileItems(reader, folder.write('plain', sample))
      expect(plain.every(({ kind }) => kind === 'record')).toBe(true)
      expect(await fileItems(reader, folder.write('c.gz', gzipSync(sample)))).toEqual(plain)
      expect(await fileItems(reader, folder.write('c.zst', await compressZstd(sample)))).toEqual(plain)
    })
    test('truncated at any byte: the first items, then one entry', async () => {
      const whole = await fileItems(reader, folder.write('whole', sample))
      const forms = { 'cut.gz': gzipSync(sample), 'cut.zst': await compressZstd(sample) }
      for (const [name, bytes] of Object.entries(forms)) {
        for (let length = 0; length < bytes.length; length++) {
          const items = await fileItems(reader, folder.write(name, bytes.subarray(0, length)))
          expect(items.at(-1)).toMatchObject({ kind: 'bad', reason: 'truncated' })
          expect(items.slice(0, -1)).toEqual(whole.slice(0, items.length - 1))
        }
      }
    })
    test('changed at any byte: nothing is thrown', async () => {
      const forms = { 'bit.gz': gzipSync(sample), 'bit.zst': Buffer.from(await compressZstd(sample)) }
      for (const [name, bytes] of Object.entries(forms)) {
        for (let at = 0; at < bytes.length; at += 3) {
          const changed = Buffer.from(bytes)
          changed[at]! ^= 1 << (at % 8)
          const items = await fileItems(reader, folder.write(name, changed))
          // One entry at most for what zlib or zstd finds; other entries are of records.
          const damages = items.filter(
            (item) => item.kind === 'bad' && ['corrupt', 'truncated'].includes(item.reason),
          )
          expect(damages.length).toBeLessThanOrEqual(1)
        }
      }
    })
    test('that are missing or folders are refused', async () => {
      const place = path.join(folder.path, 'folder')
      mkdirSync(place)
      await expect(fileItems(reader, place)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
      await expect(fileItems(reader, path.join(place, 'no'))).rejects.toMatchObject({ code: 'INPUT_MISSING' })
    })
    test.skipIf(!existsSync('/proc/self/fd'))(
      'are closed when the consumer stops (needs /proc)',
      async () => {
        const names = ['stop', 'stop.gz', 'stop.zst']
        const long = Buffer.concat(Array.from({ length: 2000 }, () => sample))
        const contents = [long, gzipSync(long), await compressZstd(long)]
        for (const [index, name] of names.entries()) {
          const file = folder.write(name, contents[index] ?? '')
          for await (const batch of reader.read(readChunks(file), { maxRecordBytes: 1 << 30 })) {
            expect(batch.length).toBeGreaterThan(0)
            break
          }
          await expect(failIn(reader, file)).rejects.toThrow('the consumer failed')
        }
        expect(openIn(folder.path)).toBe(0)
      },
    )
  })
}

function valueOf(item: ReaderItem): unknown {
  return item.kind === 'record' ? item.value : item.reason
}

async function* damagedAfter(
  bytes: Uint8Array,
): AsyncGenerator<Uint8Array | { damage: string; detail: string }> {
  yield bytes.slice(0, bytes.length - 3)
  yield { damage: 'corrupt', detail: 'why' }
}

async function failIn(reader: StreamReader, file: string): Promise<void> {
  for await (const batch of reader.read(readChunks(file), { maxRecordBytes: 1 << 30 })) {
    throw new TypeError(`the consumer failed at ${batch.length}`)
  }
}
