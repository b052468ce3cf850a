import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { readChunks } from '../../../lib/storage/input-file.ts'
import { compressZstd } from '../../../lib/storage/zstd.ts'
import { createZstdDecoder } from '../../../lib/storage/zstd-decoder.ts'
import { temporaryFolder } from '../../conformance/reader-items.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

/** Text of `bytes` bytes that depends on `seed`. */
function textOf(seed: number, bytes: number): Buffer {
  const words = Array.from({ length: bytes / 8 + 1 }, (_, index) => `${(index * index * seed) % 9973} and `)
  return Buffer.from(words.join('').slice(0, bytes))
}

async function decodeIn(pieces: readonly Uint8Array[]): Promise<{ bytes: Buffer; whole: boolean }> {
  const decoder = await createZstdDecoder()
  try {
    const parts = pieces.flatMap((piece) => [...decoder.decode(piece)])
    const { rest, whole } = decoder.finish()
    return { bytes: Buffer.concat([...parts, rest]), whole }
  } finally {
    decoder.close()
  }
}

describe('compressZstd', () => {
  test('gives what the decoder turns back, nothing and more than one frame included', async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('a'),
      textOf(3, 1_000_000),
      Buffer.alloc((32 << 20) + 1, 7),
    ]) {
      const decoded = await decodeIn([await compressZstd(bytes)])
      expect(decoded.whole).toBe(true)
      expect(decoded.bytes.equals(bytes)).toBe(true)
    }
  })
  test('gives the bytes that it always gave', async () => {
    const frame = await compressZstd(Buffer.from('abcabcabcabcabcabcabcabcabcabcabcabc'))
    expect(Buffer.from(frame).toString('hex')).toBe('28b52ffd20244d00001861626301008e6e08')
  })
})

describe('the decoder', () => {
  test('gives the same bytes however its input is cut', async () => {
    const text = textOf(5, 400_000)
    const frame = Buffer.from(await compressZstd(text))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(frame.length), { maxLength: 20 }), async (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), frame.length]
        const pieces = edges.slice(1).map((edge, index) => frame.subarray(edges[index], edge))
        expect((await decodeIn(pieces)).bytes.equals(text)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
  test('works on several files by turns, and again after damage', async () => {
    const texts = [1, 2, 3, 4, 5, 6].map((seed) => textOf(seed, 300_000 + seed * 70_000))
    for (let round = 0; round < 3; round++) {
      const files = await Promise.all(
        texts.map(async (text, index) => folder.write(`${index}.zst`, await compressZstd(text))),
      )
      const broken = folder.write('broken.zst', Buffer.from('28b52ffd2024ffffff', 'hex'))
      const streams = [...files, broken].map((file) => readChunks(file))
      const parts: Uint8Array[][] = streams.map(() => [])
      const damaged: number[] = []
      for (let left = streams.length; left > 0; ) {
        left = 0
        for (const [index, stream] of streams.entries()) {
          const next = await stream.next()
          if (next.done) continue
          left++
          if (next.value instanceof Uint8Array) parts[index]!.push(next.value)
          else damaged.push(index)
        }
      }
      for (const [index, text] of texts.entries())
        expect(Buffer.concat(parts[index]!).equals(text)).toBe(true)
    }
  })
  test('gives a block although the header of the next one is not valid', async () => {
    // Frame header; a block of 5 times "A" (type 1), or "abc" as it is (type 0); a block of type 3, which is reserved.
    for (const [block, text] of [
      ['2a000041', 'AAAAA'],
      ['180000616263', 'abc'],
    ] as const) {
      const decoder = await createZstdDecoder()
      expect(() => [...decoder.decode(Buffer.from(`28b52ffd0038${block}060000`, 'hex'))]).toThrow(
        'a corrupt block',
      )
      expect(Buffer.from(decoder.finish().rest).toString()).toBe(text)
      decoder.close()
    }
  })
})
