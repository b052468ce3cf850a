import { chmodSync, existsSync, mkdirSync, readFileSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Chunk } from '../../../lib/readers/define-reader.ts'
import { decompressedName, identify, isCompressed, readChunks } from '../../../lib/storage/input-file.ts'
import { compressZstd } from '../../../lib/storage/zstd.ts'
import { collect, openIn, temporaryFolder } from '../../conformance/reader-items.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

/** Lines that compress about 4 to 1, without a period. */
function sampleText(bytes: number): Buffer {
  let state = 1
  let text = ''
  while (text.length < bytes) {
    state = (state * 48271) % 0x7fffffff
    text += `${JSON.stringify({ id: state, text: `line ${state % 977} of some words ${state % 31}` })}\n`
  }
  return Buffer.from(text.slice(0, bytes))
}
const sample = sampleText(900_000)

interface Outcome {
  readonly bytes: Buffer
  readonly damage: string | undefined
  readonly detail: string | undefined
}

function outcome(chunks: readonly Chunk[]): Outcome {
  const bytes = Buffer.concat(chunks.filter((chunk) => chunk instanceof Uint8Array))
  const damages = chunks.filter(
    (chunk): chunk is Exclude<Chunk, Uint8Array> => !(chunk instanceof Uint8Array),
  )
  expect(damages.length).toBeLessThanOrEqual(1)
  expect(chunks.slice(0, -1).every((chunk) => chunk instanceof Uint8Array)).toBe(true)
  return { bytes, damage: damages[0]?.damage, detail: damages[0]?.detail }
}
const readFile = async (file: string): Promise<Outcome> => outcome(await collect(readChunks(file)))
const readBytes = async (name: string, bytes: Uint8Array): Promise<Outcome> =>
  readFile(folder.write(name, bytes))

describe('readChunks', () => {
  test('gives a plain file as it is', async () => {
    const { bytes, damage } = await readBytes('plain.txt', sample)
    expect(bytes.equals(sample)).toBe(true)
    expect(damage).toBeUndefined()
    expect((await readBytes('empty.txt', Buffer.alloc(0))).bytes).toHaveLength(0)
  })
  test('decompresses gzip and zstd, whatever the name says', async () => {
    const zstd = await compressZstd(sample)
    expect((await readBytes('a.gz', gzipSync(sample))).bytes.equals(sample)).toBe(true)
    expect((await readBytes('b.txt', gzipSync(sample))).bytes.equals(sample)).toBe(true)
    expect((await readBytes('c.zst', zstd)).bytes.equals(sample)).toBe(true)
    expect((await readBytes('d.gz', zstd)).bytes.equals(sample)).toBe(true)
    expect((await readBytes('e.gz', sample)).bytes.equals(sample)).toBe(true)
  })
  test('joins gzip members, also empty ones, and allows zeros behind them', async () => {
    const members = [gzipSync(sample), gzipSync(''), gzipSync('tail'), Buffer.alloc(3000)]
    const { bytes, damage } = await readBytes('members.gz', Buffer.concat(members))
    expect(damage).toBeUndefined()
    expect(bytes.equals(Buffer.concat([sample, Buffer.from('tail')]))).toBe(true)
  })
  test('joins zstd frames and skips skippable ones, first or last', async () => {
    const skippable = Buffer.concat([
      Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 100, 0, 0, 0]),
      Buffer.alloc(100, 7),
    ])
    const frames = [
      skippable,
      await compressZstd(sample),
      skippable,
      await compressZstd(Buffer.from('tail')),
      skippable,
    ]
    const { bytes, damage } = await readBytes('frames.zst', Buffer.concat(frames))
    expect(damage).toBeUndefined()
    expect(bytes.equals(Buffer.concat([sample, Buffer.from('tail')]))).toBe(true)
  })
  test('begins one byte before a range, and hashes the range only', async () => {
    const seen: Uint8Array[] = []
    const hash = { update: (bytes: Uint8Array): unknown => seen.push(Buffer.from(bytes)) }
    const file = folder.write('range.txt', sample)
    const { bytes } = outcome(
      await collect(readChunks(file, { range: { start: 300_001, end: 700_002 }, hash })),
    )
    expect(bytes.equals(sample.subarray(300_000))).toBe(true)
    expect(Buffer.concat(seen).equals(sample.subarray(300_001, 700_002))).toBe(true)
    await expect(
      collect(readChunks(folder.write('r.gz', gzipSync(sample)), { range: { start: 0, end: 1 } })),
    ).rejects.toThrow(RangeError)
  })
  test('hashes all stored bytes, also those behind damage', async () => {
    for (const [name, bytes] of [
      ['h.gz', gzipSync(sample)],
      ['h.zst', Buffer.from(await compressZstd(sample))],
    ] as const) {
      for (const at of [bytes.length, 20_000]) {
        const stored = Buffer.from(bytes)
        if (at < stored.length) stored.fill(0xff, at, at + 50)
        const seen: Uint8Array[] = []
        const hash = { update: (part: Uint8Array): unknown => seen.push(Buffer.from(part)) }
        await collect(readChunks(folder.write(name, stored), { hash }))
        expect(Buffer.concat(seen).equals(stored)).toBe(true)
      }
    }
  })
})

describe('damage', () => {
  test('truncated at any byte: a prefix, then one item', async () => {
    const small = sample.subarray(0, 2000)
    const forms = [
      ['t.gz', Buffer.concat([gzipSync(small), gzipSync('tail')]), gzipSync(small).length],
      ['t.zst', Buffer.concat([await compressZstd(small), await compressZstd(Buffer.from('tail'))]), -1],
    ] as const
    for (const [name, bytes, border] of forms) {
      const all = Buffer.concat([small, Buffer.from('tail')])
      const firstFrame = border < 0 ? (await compressZstd(small)).length : border
      let longest = 0
      for (let length = 0; length < bytes.length; length++) {
        const result = await readBytes(name, bytes.subarray(0, length))
        expect(all.subarray(0, result.bytes.length).equals(result.bytes)).toBe(true)
        expect(result.damage).toBe(length === firstFrame ? undefined : 'truncated')
        expect(result.bytes.length).toBeGreaterThanOrEqual(longest)
        longest = result.bytes.length
      }
      // Of a raw block or a stored member, the last byte may be the last of the content.
      expect(longest).toBeGreaterThanOrEqual(all.length - 1)
    }
  })
  test('gzip: all that comes before it is given', async () => {
    const whole = gzipSync(sample)
    const broken = Buffer.from(whole)
    const at = broken.length - 70_000
    // Cut at the same place, what can be decoded is at most a few bits more than up to the damage.
    broken.fill(0xff, at, at + 400)
    const before = (await readBytes('cut.gz', whole.subarray(0, at))).bytes
    const result = await readBytes('broken.gz', broken)
    expect(result.damage).toBe('corrupt')
    expect(result.bytes.length).toBeGreaterThanOrEqual(before.length)
    expect(result.bytes.subarray(0, before.length).equals(before)).toBe(true)
  })
  test('gzip: a wrong checksum loses nothing', async () => {
    const broken = gzipSync(sample)
    broken[broken.length - 7]! ^= 1
    const result = await readBytes('checksum.gz', broken)
    expect(result.damage).toBe('corrupt')
    expect(result.bytes.equals(sample)).toBe(true)
  })
  test('gzip: other bytes behind it are reported, also behind zeros', async () => {
    for (const garbage of [
      Buffer.from('garbage'),
      Buffer.concat([Buffer.alloc(100_000), Buffer.from('x')]),
    ]) {
      const result = await readBytes('garbage.gz', Buffer.concat([gzipSync(sample), garbage]))
      expect(result.damage).toBe('corrupt')
      expect(result.bytes.equals(sample)).toBe(true)
    }
  })
  test('zstd: whole blocks before it are given', async () => {
    const broken = Buffer.from(await compressZstd(sample))
    broken.fill(0xff, broken.length - 4000, broken.length - 2000)
    const result = await readBytes('broken.zst', broken)
    expect(result).toMatchObject({ damage: 'corrupt', detail: expect.stringMatching(/^zstd: /) })
    const lastBlock = Math.floor((sample.length - 1) / 131_072) * 131_072
    expect(result.bytes.equals(sample.subarray(0, lastBlock))).toBe(true)
  })
  test('zstd: other bytes behind it, a dictionary, and a window of 1 GiB are reported', async () => {
    const frame = await compressZstd(sample)
    const garbage = await readBytes('g.zst', Buffer.concat([frame, Buffer.from('garbage')]))
    expect(garbage.damage).toBe('corrupt')
    expect(garbage.bytes.equals(sample)).toBe(true)
    const magic = [0x28, 0xb5, 0x2f, 0xfd]
    const dictionary = await readBytes(
      'd.zst',
      Buffer.from([...magic, 0x01, 0x00, 0x07, 1, 0, 0, 0, 0, 0, 0]),
    )
    expect(dictionary.detail).toBe('zstd: a dictionary is needed')
    const window = await readBytes('w.zst', Buffer.from([...magic, 0x00, 0xa0, 1, 0, 0, 0, 0, 0, 0]))
    expect(window.detail).toBe('zstd: a window of more than 128 MiB')
  })
  test('zstd: a checksum in the frame is verified', async () => {
    // What `zstd --check` writes for "abc": a raw block, then the last four bytes of its XXH64.
    const frame = Buffer.from('28b52ffd0458190000616263990977ad', 'hex')
    expect(await readBytes('sum.zst', frame)).toMatchObject({ bytes: Buffer.from('abc'), damage: undefined })
    frame[15]! ^= 1
    const detail = 'zstd: a checksum that does not match'
    expect(await readBytes('sum.zst', frame)).toMatchObject({
      bytes: Buffer.from('abc'),
      damage: 'corrupt',
      detail,
    })
  })
  test('a file that expands without end is stopped', async () => {
    // 10,000 blocks of 128 KiB in 4 bytes each: RFC 8878, block type 1 (RLE).
    const blocks = Buffer.concat(Array.from({ length: 10_000 }, () => Buffer.from([0x02, 0x00, 0x10, 0x41])))
    const result = await readBytes(
      'bomb.zst',
      Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]), blocks]),
    )
    expect(result.damage).toBe('decompression-bomb')
    expect(result.bytes.length).toBeLessThan(80 << 20)
    const gzip = await readBytes('bomb.gz', gzipSync(Buffer.alloc(80 << 20)))
    expect(gzip.damage).toBe('decompression-bomb')
  })
})

describe('files', () => {
  test('that are missing, or folders, say so and how to go on', async () => {
    for (const [name, what] of [
      ['missing.jsonl', 'there is no such file'],
      ['plain.txt/inside', 'there is no such file'],
      ['folder', 'it is a folder'],
    ] as const) {
      const file = path.join(folder.path, name)
      if (name === 'folder') mkdirSync(file)
      for (const action of [
        async () => collect(readChunks(file)),
        async () => identify(file),
        async () => isCompressed(file),
      ]) {
        const fix = expect.stringMatching(/\.$/)
        const facts = expect.objectContaining({ file, fix })
        // A folder's size and time can be read, but it has no content to hash.
        await expect(action()).rejects.toMatchObject({
          code: 'INPUT_MISSING',
          facts,
          message: expect.stringContaining(what),
        })
      }
    }
  })
  test.skipIf(process.getuid?.() === 0)(
    'that may not be read say so (skipped for root, who may)',
    async () => {
      const file = folder.write('secret.txt', 'x')
      chmodSync(file, 0)
      await expect(collect(readChunks(file))).rejects.toMatchObject({ code: 'INPUT_MISSING' })
    },
  )
  test.skipIf(!existsSync('/proc/self/fd'))(
    'are closed after the end, an early stop, damage, errors (needs /proc)',
    async () => {
      const zstd = Buffer.from(await compressZstd(sample))
      const files = [
        folder.write('fd.txt', sample),
        folder.write('fd.gz', gzipSync(sample)),
        folder.write('fd.zst', zstd),
        folder.write('fd-cut.gz', gzipSync(sample).subarray(0, 5000)),
        folder.write('fd-bad.gz', Buffer.concat([gzipSync(sample), Buffer.from('x')])),
        folder.write('fd-cut.zst', zstd.subarray(0, 5000)),
      ]
      for (const file of files) {
        await collect(readChunks(file))
        for await (const chunk of readChunks(file)) {
          expect(chunk).toBeDefined()
          break
        }
        await readChunks(file).return()
        await expect(
          (async () => {
            for await (const chunk of readChunks(file)) throw new TypeError(typeof chunk)
          })(),
        ).rejects.toThrow(TypeError)
        await identify(file)
      }
      expect(openIn(folder.path)).toBe(0)
    },
  )
})

/** The identity of a file of these bytes that was last written at `seconds`. */
async function identityOf(content: Uint8Array | string, seconds = 1): Promise<string> {
  const file = folder.write('identity', content)
  utimesSync(file, seconds, seconds)
  const { bytes, identity } = await identify(file)
  expect(bytes).toBe(content.length)
  return identity
}

describe('identify', () => {
  test('changes with the size, the time of change, and the bytes of the first and the last block', async () => {
    const large = Buffer.alloc(5 << 20, 0x61)
    const original = await identityOf(large)
    expect(await identityOf(large)).toBe(original)
    expect(await identityOf(large, 2)).not.toBe(original)
    for (const at of [0, large.length - 1, 65_535, large.length - 65_536]) {
      const other = Buffer.from(large)
      other[at] = 0x62
      expect(await identityOf(other)).not.toBe(original)
    }
    expect(await identityOf(large.subarray(1))).not.toBe(original)
  })
  test('sees every byte of a file up to 1 MiB', async () => {
    const small = Buffer.alloc(1 << 20, 0x61)
    const original = await identityOf(small)
    for (let at = 0; at < small.length; at += 65_537) {
      const other = Buffer.from(small)
      other[at] = 0x62
      expect(await identityOf(other)).not.toBe(original)
    }
    await identityOf('')
  })
})

test('decompressedName takes one compression suffix off', () => {
  expect(
    ['a/b.jsonl.gz', 'b.JSONL.ZST', 'c.txt', 'LICENSE', 'd.gz.zst', 'e.gzip'].map((name) =>
      decompressedName(name),
    ),
  ).toEqual(['a/b.jsonl', 'b.JSONL', 'c.txt', 'LICENSE', 'd.gz', 'e'])
})

describe('corpus', () => {
  const corpus = path.resolve(import.meta.dirname, '../../../../shared/corpus')
  test.skipIf(!existsSync(corpus))('files decompress to what they hold (needs the corpus)', async () => {
    const { bytes, damage } = await readFile(path.join(corpus, 'web-00000.jsonl.zst'))
    expect(damage).toBeUndefined()
    expect(bytes.length).toBe(16_182_343)
    expect(readFileSync(path.join(corpus, 'web-00000.jsonl.zst')).length).toBe(3_760_618)
  })
})
