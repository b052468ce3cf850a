import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { webAssembly } from '../../../lib/kernels/web-assembly.ts'
import type { Kernel, KernelOptions } from '../../../tokenizers/bpe/kernel-host.ts'
import { createEncoder } from '../../../tokenizers/sentencepiece/encoder.ts'
import { createKernel } from '../../../tokenizers/sentencepiece/kernel.ts'
import { buildTables } from '../../../tokenizers/sentencepiece/tables.ts'
import { type Piece, readMistralVocabulary } from '../../../tokenizers/sentencepiece/vocabulary.ts'
import { sentencepiece } from '../../../tokenizers/sentencepiece.ts'
import { referenceSentencePiece } from '../reference.ts'
import { anyText, bytesOf, SPACING } from '../support.ts'

const vocabulary = await readMistralVocabulary('v1')
const tables = buildTables(vocabulary)
const plain = createEncoder(tables)
const reference = referenceSentencePiece(vocabulary)

function kernelOf(options: Partial<KernelOptions> = {}): Kernel<Uint16Array> {
  return createKernel(tables.kernel!, { addDummyPrefix: true, ...options })!
}

const kernel = kernelOf()

/** What the plain twin gives; a copy, as that is a view. */
const twin = (text: string | Uint8Array): number[] => Array.from(plain(text))
const encode = (text: string | Uint8Array, by: Kernel<Uint16Array> = kernel): number[] =>
  Array.from(by.encode(text)!)

describe('equals the plain twin and the slow reference', () => {
  test.each([
    ['of the usual size', {}],
    ['of 64 slots, cleared again and again', { cacheSlots: 64 }],
    ['of 4096 slots', { cacheSlots: 4096 }],
  ])('with a cache %s', (_, options) => {
    const tested = kernelOf(options)
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = reference(text)
        expect(encode(text, tested)).toEqual(expected)
        expect(encode(Buffer.from(text), tested)).toEqual(expected)
        expect(twin(text)).toEqual(expected)
      }),
      { numRuns: 600, seed: 11 },
    )
  })

  test('on bytes that are no UTF-8', () => {
    const bytes = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 6 }),
        fc.constantFrom(0, 0x20, 0x61, 0xc3, 0xe2, 0x96, 0x81, 0xf0, 0xed).map((byte) => Uint8Array.of(byte)),
        anyText.map((text) => Buffer.from(text)),
      ),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(bytes, (parts) => {
        const all = Buffer.concat(parts)
        expect(encode(all)).toEqual(twin(all))
      }),
      { numRuns: 400, seed: 12 },
    )
  })

  // Every offset of a unit, of a NUL and of characters of every length against the windows of 64 bytes and the keys of 16.
  test('wherever a window ends', () => {
    for (const middle of [
      'é',
      '漢',
      '👍',
      '\0',
      '▁',
      ' ▁',
      'ab'.repeat(70),
      '\u00a0x',
      'é'.repeat(40),
      'ing',
    ]) {
      for (let before = 0; before < 140; before++) {
        const text = `${'word '.repeat(30).slice(0, before)}${middle}the rest, ${'é'.repeat(before % 20)}`
        expect({ text, ids: encode(text) }).toEqual({ text, ids: twin(text) })
      }
    }
  })
})

describe('long units, in blocks', () => {
  const unit = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'b', 'e', 'n', 't', 'i', 'g'),
      minLength: 20,
      maxLength: 600,
      size: 'max',
    }),
    fc
      .tuple(
        fc.constantFrom('a', ' ', 'ab', 'ing', 'и', 'tion', '=', ' a', 'во'),
        fc.integer({ min: 20, max: 300 }),
      )
      .map(([text, times]) => text.repeat(times)),
  )
  const mixed = fc.array(unit, { minLength: 1, maxLength: 3 }).map((units) => units.join(''))

  test.each([8, 12, 24, 64, 300])(
    'of %i symbols: the same ids, or none where a block tells nothing',
    (blockSymbols) => {
      const tested = kernelOf({ blockSymbols, cacheSlots: 64 })
      let told = 0
      fc.assert(
        fc.property(mixed, (text) => {
          const ids = tested.encode(text)
          if (ids === undefined) return
          told++
          expect(Array.from(ids)).toEqual(twin(text))
        }),
        { numRuns: 150, seed: 13 },
      )
      expect(told).toBeGreaterThan(blockSymbols < 64 ? 5 : 145)
    },
  )

  test.each(['a', ' ', 'ing', '-', '▁', 'ab', '👍', '\0', 'é', 'на'])('600 KB of %j', (part) => {
    const text = part.repeat(6e5 / Buffer.byteLength(part))
    const ids = kernel.encode(text)!
    expect(bytesOf(ids).equals(bytesOf(new Uint16Array(plain(text))))).toBe(true)
  })
})

test('texts that are taken in piece by piece', () => {
  const long = fc
    .array(fc.tuple(anyText, fc.integer({ min: 1, max: 900 })), { minLength: 5, maxLength: 12 })
    .map((parts) => parts.map(([text, times]) => text.repeat(times)).join(''))
    .map((text) => text.repeat(1 + Math.ceil(700_000 / (text.length + 1))).slice(0, 900_000))
  fc.assert(
    fc.property(long, (text) => {
      const expected = new Uint16Array(plain(text))
      for (const input of [text, Buffer.from(text)]) {
        expect(bytesOf(kernel.encode(input)!).equals(bytesOf(expected))).toBe(true)
      }
    }),
    { numRuns: 6, seed: 14 },
  )
})

/** Where the kernel looks for a unit of up to 16 bytes first, of 4096 slots. */
const slotOf = (unit: string): number => {
  const bytes = Buffer.alloc(16, 0xff)
  bytes.write(unit)
  const product = (at: number, factor: bigint): bigint =>
    BigInt.asUintN(64, bytes.readBigUInt64LE(at) * factor)
  const mixed = product(0, 0x9e3779b97f4a7c15n) ^ product(8, 0xc2b2ae3d27d4eb4fn)
  return Number(((mixed >> 32n) ^ (mixed >> 51n)) & 0xfffn)
}

test('units made to collide are encoded each time, and right', () => {
  const units: string[] = []
  for (let i = 0; units.length < 100; i++) {
    const unit = ` u${i.toString(5).replace(/\d/gu, (digit) => 'naeio'.charAt(Number(digit)))}`
    if (slotOf(unit) === 7) units.push(unit)
  }
  const text = units.join('')
  const tested = kernelOf()
  for (let pass = 0; pass < 4; pass++) expect(encode(text.slice(1), tested)).toEqual(twin(text.slice(1)))
  // 16 have a place, the others are merged anew in each of the four passes.
  expect(tested.misses()).toBe(16 + 4 * 84)
})

/** The hash of a unit of 17 to 128 bytes. */
function longHash(unit: string): bigint {
  const bytes = Buffer.from(unit)
  const mix = (hash: bigint, at: number): bigint => {
    const word = bytes.readBigUInt64LE(at) ^ BigInt.asUintN(64, hash * 0x9e3779b97f4a7c15n)
    const product = BigInt.asUintN(64, word * 0xc2b2ae3d27d4eb4fn)
    return BigInt.asUintN(32, (product >> 32n) ^ product)
  }
  let hash = BigInt(bytes.length)
  for (let at = 0; at + 8 <= bytes.length; at += 8) hash = mix(hash, at)
  return mix(hash, bytes.length - 8) | 1n
}

test('long units of one length and hash are told apart by their bytes', () => {
  const [first, second] = [' enaterenaternnnainnoi', ' enaterenaternnaaeeinn'] as const
  expect(longHash(first)).toBe(longHash(second))
  const text = (first + second).slice(1)
  for (let pass = 0; pass < 2; pass++) expect(encode(text)).toEqual(twin(text))
})

test('a unit is merged once while the cache has room', () => {
  const tested = kernelOf()
  const text = Array.from({ length: 30_000 }, (_, i) => `w${i.toString(36)}`).join(' ')
  encode(text, tested)
  const first = tested.misses()
  encode(text, tested)
  expect(tested.misses() - first).toBeLessThan(first / 100)
})

describe('vocabularies', () => {
  const facts = { bos: undefined, eos: undefined, pad: undefined, byteFallback: true, ...SPACING }
  const bytes: Piece[] = Array.from({ length: 256 }, (_, byte) => ({
    text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    kind: 'byte',
    score: 0,
  }))

  // Joins over every plane, more characters than 255, ranks that tie, pieces that hold a NUL.
  const alphabet = [
    'a',
    'b',
    '\0',
    '▁',
    'é',
    '漢',
    '𝕳',
    '\u{10fffe}',
    ...Array.from({ length: 300 }, (_, i) => String.fromCodePoint(0x3042 + i)),
  ]
  const pieceText = fc
    .array(
      fc.oneof({ weight: 3, arbitrary: fc.nat(7) }, { weight: 1, arbitrary: fc.nat(alphabet.length - 1) }),
      {
        minLength: 2,
        maxLength: 4,
      },
    )
    .map((characters) => characters.map((at) => alphabet[at]).join(''))

  test('any: the same ids as the plain twin', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(pieceText, fc.nat(9)), {
          selector: ([text]) => text,
          minLength: 10,
          maxLength: 60,
          size: 'max',
        }),
        fc.array(
          fc.oneof(
            pieceText,
            pieceText.map((text) => text.repeat(30)),
            fc.constantFrom(' ', 'zz', 'ü'),
          ),
          { maxLength: 30, size: 'max' },
        ),
        fc.boolean(),
        (merges, parts, addDummyPrefix) => {
          const pieces: Piece[] = [
            { text: '<unk>', kind: 'unknown', score: 0 },
            ...bytes,
            ...alphabet.map((text): Piece => ({ text, kind: 'normal', score: -100 })),
            ...merges.map(([text, rank]): Piece => ({ text, kind: 'normal', score: -rank })),
          ]
          const own = buildTables({ name: 'any', pieces, ...facts, addDummyPrefix })
          const tested = createKernel(own.kernel!, { addDummyPrefix, cacheSlots: 64 })!
          const twinOfOwn = createEncoder(own)
          const text = parts.join('')
          for (let pass = 0; pass < 2; pass++)
            expect(encode(text, tested)).toEqual(Array.from(twinOfOwn(text)))
        },
      ),
      { numRuns: 60, seed: 15 },
    )
  })

  const small = (count: number, own: readonly Piece[] = []): Piece[] => [
    { text: '<unk>', kind: 'unknown', score: 0 },
    ...bytes,
    { text: '▁', kind: 'normal', score: -1 },
    ...own,
    ...Array.from({ length: count }, (_, i): Piece => ({ text: `<c${i}>`, kind: 'control', score: 0 })),
  ]
  const imageOf = (pieces: readonly Piece[], byteFallback = true) =>
    buildTables({ name: 'small', pieces, ...facts, byteFallback }).kernel

  test('beyond the limits there is no image: the plain twin encodes', () => {
    expect(imageOf(small(65_536 - 258))).toBeDefined()
    expect(imageOf(small(65_537 - 258))).toBeUndefined()
    expect(imageOf(small(0), false)).toBeUndefined()
    expect(imageOf(small(0, [{ text: '<tag>', kind: 'user-defined', score: 0 }]))).toBeUndefined()
    const [unknown, ...others] = small(0)
    expect(imageOf([others.at(-1)!, unknown!, ...others.slice(0, -1)])).toBeUndefined()
  })
})

test('without WebAssembly SIMD the plain twin encodes, with the same ids', () => {
  const validate = vi.spyOn(webAssembly, 'validate').mockReturnValue(false)
  try {
    expect(createKernel(tables.kernel!, { addDummyPrefix: true })).toBeUndefined()
    expect(Array.from(sentencepiece.create(tables).encode('Hello world'))).toEqual([22_557, 1526])
  } finally {
    validate.mockRestore()
  }
})
