import { mkdir, mkdtemp, readdir, readFile, readlink, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MillraceError } from '../../lib/errors.ts'
import type {
  FormatDefinition,
  PlannedShards,
  Sequence,
  ShardReader,
  ShardTarget,
  ShardWriter,
} from '../../lib/formats/define-format.ts'
import { paddingId } from '../../lib/formats/packed.ts'
import type { WrittenFile } from '../../lib/storage/output-file.ts'
import type { TokenIds } from '../../tokenizers/define-tokenizer.ts'

const tokenizer = { name: 'toy', bos: 1, eos: 2, pad: undefined }

export interface Shard {
  readonly vocabularySize: number
  readonly sequenceLength: number
  /** Documents; of a sequence format, sequences with one document a piece. */
  readonly items: readonly Sequence[]
  /** Whether items have loss masks. */
  readonly masked?: boolean
}

/** What formats are asked whether they hold it. */
export const planned: PlannedShards = {
  vocabularySize: 32_000,
  shardTokens: 1000,
  segmentShards: 1,
  specials: { bos: true, eos: true },
}

/** Shards of random content, of all the vocabulary sizes at which a format may choose another width. */
export function shards({
  kind,
  refuses,
  lossMask,
}: Pick<FormatDefinition, 'kind' | 'refuses' | 'lossMask'>): fc.Arbitrary<Shard> {
  const vocabularies = [3, 32_000, 65_499, 65_500, 65_536, 65_537, 200_000].filter(
    (vocabularySize) => refuses?.({ ...planned, vocabularySize }) === undefined,
  )
  return fc
    .record({
      vocabularySize: fc.constantFrom(...vocabularies),
      sequenceLength: fc.integer({ min: 1, max: 40 }),
      masked: lossMask === false ? fc.constant(false) : fc.boolean(),
    })
    .chain(({ vocabularySize, sequenceLength, masked }) => {
      const id = fc.oneof(
        fc.integer({ min: 0, max: vocabularySize - 1 }),
        fc.constantFrom(0, vocabularySize - 1),
      )
      const unmasked =
        kind === 'documents' ? documents(id, vocabularySize) : sequences(id, vocabularySize, sequenceLength)
      const item = masked ? withMask(unmasked) : unmasked
      const items = fc.array(item, { maxLength: 30 })
      return items.map((items) => ({ vocabularySize, sequenceLength, items, masked }))
    })
}

/** Some items have a mask of their own; those of other sources have none, and are learned whole. */
function withMask(item: fc.Arbitrary<Sequence>): fc.Arbitrary<Sequence> {
  return item.chain((sequence) => {
    const real = sequence.pieceLengths.reduce((sum, length) => sum + length, 0)
    const mask = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: real, maxLength: real })
    return fc.option(mask).map((ones) => {
      if (ones === null) return sequence
      const learned = new Uint8Array(sequence.tokens.length)
      learned.set(ones)
      return { ...sequence, learned }
    })
  })
}

export function toIds(ids: readonly number[], vocabularySize: number): TokenIds {
  return vocabularySize <= 65_536 ? Uint16Array.from(ids) : Uint32Array.from(ids)
}

function documents(id: fc.Arbitrary<number>, vocabularySize: number): fc.Arbitrary<Sequence> {
  return fc
    .array(id, { maxLength: 50 })
    .map((ids) => ({ tokens: toIds(ids, vocabularySize), pieceLengths: [ids.length] }))
}

function sequences(id: fc.Arbitrary<number>, vocabularySize: number, length: number): fc.Arbitrary<Sequence> {
  return fc
    .record({
      ids: fc.array(id, { minLength: length, maxLength: length }),
      cuts: fc.uniqueArray(fc.integer({ min: 1, max: length }), { maxLength: 6 }),
    })
    .map(({ ids, cuts }) => {
      const ends = cuts.toSorted((a, b) => a - b)
      const pieceLengths = ends.map((end, i) => end - (ends[i - 1] ?? 0))
      return { tokens: toIds(ids.fill(paddingId(tokenizer), ends.at(-1) ?? 0), vocabularySize), pieceLengths }
    })
}

export function targetOf(shard: Shard, base: string): ShardTarget {
  const { vocabularySize, sequenceLength, masked = false } = shard
  return { base, vocabularySize, sequenceLength, masked, tokenizer }
}

/** Writes a shard whole. */
export async function writeShard(
  format: FormatDefinition,
  shard: Shard,
  base: string,
): Promise<WrittenFile[]> {
  const { writer, write } = await openWriter(format, targetOf(shard, base))
  for (const item of shard.items) await write(item)
  return writer.close()
}

async function openWriter(
  format: FormatDefinition,
  target: ShardTarget,
): Promise<{
  writer: Pick<ShardWriter<never>, 'close' | 'abort'>
  write: (item: Sequence) => Promise<void> | void
}> {
  if (format.kind === 'documents') {
    const writer = await format.create(target)
    return { writer, write: (item) => writer.write(item.tokens, undefined, item.learned) }
  }
  const writer = await format.create(target)
  return { writer, write: (item) => writer.write(item) }
}

/** Reads a shard whole, by its own reader. */
export async function readShard(format: FormatDefinition, base: string): Promise<Sequence[]> {
  return withReader(format, base, async (reader) => {
    const items: Sequence[] = []
    for (let i = 0; i < reader.counts.items; i++) items.push(await reader.item(i))
    return items
  })
}

export async function withReader<T>(
  format: FormatDefinition,
  base: string,
  use: (reader: ShardReader) => Promise<T> | T,
): Promise<T> {
  const reader = await format.open(base)
  try {
    return await use(reader)
  } finally {
    await reader.close()
  }
}

/** Without a mask, all but padding is learned. */
export function plain(
  items: readonly Sequence[],
): { tokens: number[]; pieceLengths: number[]; learned: number[] }[] {
  return items.map(({ tokens, pieceLengths, learned }) => {
    const real = pieceLengths.reduce((sum, length) => sum + length, 0)
    return {
      tokens: Array.from(tokens),
      pieceLengths: [...pieceLengths],
      learned: Array.from(learned ?? new Uint8Array(tokens.length).fill(1, 0, real)),
    }
  })
}

/** Extensions of the files that a shard has. */
function filesOf({ extensions, lossMask }: FormatDefinition, { masked = false }: Shard): readonly string[] {
  return masked && typeof lossMask === 'object' ? [...extensions, lossMask.file] : extensions
}

/** Files that this process holds open below `folder`; undefined where the system does not list them. */
async function openFiles(folder: string): Promise<string[] | undefined> {
  const fds = await readdir('/proc/self/fd').catch(() => undefined)
  if (fds === undefined) return undefined
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return links.filter((link) => link.startsWith(folder))
}

function damage(error: unknown): void {
  expect(error).toBeInstanceOf(MillraceError)
  expect(error).toMatchObject({ code: 'OUTPUT_DAMAGED', facts: { file: expect.stringMatching('00000') } })
}

export interface FormatCase {
  /**
   * Files whose layout, fixed by a trainer, says each boundary once: a changed byte there may move a boundary, which only
   * the manifest's hash shows. No token is lost by it.
   */
  readonly unchecked?: readonly string[]
}

/**
 * What every format keeps to. `independent` reads a shard's files by a reader written from the format's description,
 * apart from the format's own code.
 */
export function testFormat(
  format: FormatDefinition,
  independent: (base: string, shard: Shard) => Promise<Sequence[]>,
  { unchecked = [] }: FormatCase = {},
): void {
  describe(`format ${format.name}`, () => {
    let folder = ''
    let count = 0
    const nextBase = (): string => path.join(folder, String(count++), '00000')
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'millrace-format-'))
    })
    afterAll(async () => {
      expect((await openFiles(folder)) ?? []).toEqual([])
      await rm(folder, { recursive: true })
    })

    test('reads back what was written, by its own reader and by an independent one', async () => {
      await fc.assert(
        fc.asyncProperty(shards(format), async (shard) => {
          const base = nextBase()
          const files = await writeShard(format, shard, base)
          expect(files.map((file) => file.path)).toEqual(
            filesOf(format, shard).map((ending) => base + ending),
          )
          expect(plain(await readShard(format, base))).toEqual(plain(shard.items))
          expect(plain(await independent(base, shard))).toEqual(plain(shard.items))
        }),
        { numRuns: 60 },
      )
    })

    test('counts items, tokens and padding, and locates every token', async () => {
      await fc.assert(
        fc.asyncProperty(shards(format), async (shard) => {
          const base = nextBase()
          await writeShard(format, shard, base)
          await withReader(format, base, (reader) => {
            const stored = shard.items.reduce((sum, item) => sum + item.tokens.length, 0)
            const tokens = shard.items
              .flatMap((item) => item.pieceLengths)
              .reduce((sum, length) => sum + length, 0)
            expect(reader.counts).toEqual({ items: shard.items.length, tokens, padding: stored - tokens })
            let position = 0
            for (const [item, { tokens: ids }] of shard.items.entries()) {
              for (let offset = 0; offset < ids.length; offset++) {
                expect(reader.locate(position++)).toEqual({ item, offset })
              }
            }
            expect(() => reader.locate(stored)).toThrow(RangeError)
            expect(() => reader.locate(-1)).toThrow(RangeError)
          })
        }),
        { numRuns: 25 },
      )
    })

    test('an item outside the shard is a RangeError', async () => {
      const base = nextBase()
      const [shard] = fc.sample(shards(format), { numRuns: 1, seed: 1 })
      await writeShard(format, shard!, base)
      await withReader(format, base, async (reader) => {
        await expect(reader.item(-1)).rejects.toThrow(RangeError)
        await expect(reader.item(shard!.items.length)).rejects.toThrow(RangeError)
      })
    })

    test('an empty shard is a shard of no items', async () => {
      const base = nextBase()
      const shard = { vocabularySize: 32_000, sequenceLength: 8, items: [] }
      await writeShard(format, shard, base)
      expect(await readShard(format, base)).toEqual([])
      expect(await independent(base, shard)).toEqual([])
      await withReader(format, base, (reader) => {
        expect(reader.counts).toEqual({ items: 0, tokens: 0, padding: 0 })
        expect(() => reader.locate(0)).toThrow(RangeError)
      })
    })

    test('the same items give the same bytes', async () => {
      for (const shard of fc.sample(shards(format), { numRuns: 10, seed: 2 })) {
        const first = await writeShard(format, shard, nextBase())
        const second = await writeShard(format, shard, nextBase())
        expect(second.map((file) => file.sha256)).toEqual(first.map((file) => file.sha256))
      }
    })

    test('abort leaves nothing behind, whenever it comes; after close it changes nothing', async () => {
      const [shard] = fc.sample(shards(format), { numRuns: 1, seed: 3 })
      for (const written of [0, 1, shard!.items.length]) {
        const base = nextBase()
        const { writer, write } = await openWriter(format, targetOf(shard!, base))
        for (const item of shard!.items.slice(0, written)) await write(item)
        await writer.abort()
        await writer.abort()
        expect(await readdir(path.dirname(base))).toEqual([])
        expect((await openFiles(path.dirname(base))) ?? []).toEqual([])
      }
      const base = nextBase()
      const { writer } = await openWriter(format, targetOf(shard!, base))
      await writer.close()
      await writer.abort()
      expect((await readdir(path.dirname(base))).toSorted()).toEqual(
        filesOf(format, shard!)
          .map((e) => `00000${e}`)
          .toSorted(),
      )
    })

    test('abort after a close that failed leaves no file of the shard', async () => {
      const base = nextBase()
      const last = format.extensions.at(-1)!
      await mkdir(`${base}${last}/in-the-way`, { recursive: true }) // the rename onto it fails
      const { writer } = await openWriter(
        format,
        targetOf({ vocabularySize: 9, sequenceLength: 4, items: [] }, base),
      )
      await expect(writer.close()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
      await writer.abort()
      expect(await readdir(path.dirname(base))).toEqual([`00000${last}`])
    })

    test.skipIf(format.tokenBytes?.(32_000) === 4)(
      'an id that the width cannot hold is refused',
      async () => {
        const base = nextBase()
        const tokens = Uint32Array.of(1, 70_000, 2, 3)
        const target = targetOf({ vocabularySize: 32_000, sequenceLength: 4, items: [] }, base)
        const { writer, write } = await openWriter(format, target)
        await expect((async () => write({ tokens, pieceLengths: [4] }))()).rejects.toMatchObject({
          code: 'INTERNAL',
        })
        await writer.abort()
      },
    )

    test('a truncated or extended file is OUTPUT_DAMAGED', async () => {
      const shard = damageShard(format)
      const base = nextBase()
      const files = await writeShard(format, shard, base)
      for (const file of files) {
        const bytes = await readFile(file.path)
        for (const size of sizesBelow(bytes.length)) {
          await truncate(file.path, size)
          await readShard(format, base).then(() => expect.unreachable(`${size} bytes were read`), damage)
          await writeFile(file.path, bytes)
        }
        await writeFile(file.path, Buffer.concat([bytes, Buffer.from([0])]))
        await readShard(format, base).then(() => expect.unreachable('a byte too many was read'), damage)
        await writeFile(file.path, bytes)
      }
    })

    test('a missing file is INPUT_MISSING', async () => {
      const base = nextBase()
      for (const extension of format.extensions) {
        await writeShard(format, damageShard(format), base)
        await rm(base + extension)
        await expect(readShard(format, base)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
      }
    })

    test('a flipped byte is OUTPUT_DAMAGED, or changes tokens and nothing else', async () => {
      const shard = damageShard(format)
      const base = nextBase()
      const files = await writeShard(format, shard, base)
      for (const file of files) {
        const movable = unchecked.some((extension) => file.path.endsWith(extension))
        const kept = (items: readonly Sequence[]): unknown =>
          movable
            ? items.reduce((sum, item) => sum + item.tokens.length, 0)
            : items.map((item) => [item.tokens.length, item.pieceLengths])
        const bytes = await readFile(file.path)
        const step = Math.max(1, Math.floor(bytes.length / 400))
        for (let at = 0; at < bytes.length; at += step) {
          const flipped = Buffer.from(bytes)
          flipped[at]! ^= 1 << (at % 8)
          await writeFile(file.path, flipped)
          await readShard(format, base).then((items) => {
            expect(kept(items)).toEqual(kept(shard.items))
          }, damage)
        }
        await writeFile(file.path, bytes)
      }
      expect(plain(await readShard(format, base))).toEqual(plain(shard.items))
    })
  })
}

/** A shard with something in it, always the same. */
function damageShard(format: FormatDefinition): Shard {
  const several = fc.sample(shards(format), { numRuns: 200, seed: 4 })
  const masked = format.lossMask !== false
  return several.find(
    (shard) => shard.items.length > 5 && shard.vocabularySize === 32_000 && shard.masked === masked,
  )!
}

/** Every size near the ends, and some between. */
function sizesBelow(size: number): number[] {
  const sizes = new Set<number>()
  for (let i = 0; i < Math.min(size, 40); i++) sizes.add(i).add(size - 1 - i)
  for (let i = 1; i < 20; i++) sizes.add(Math.floor((size * i) / 20))
  return [...sizes]
}
