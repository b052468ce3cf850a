import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { webAssembly } from '../../../lib/kernels/web-assembly.ts'
import { createRankKernel } from '../../../tokenizers/bpe/kernel.ts'
import type { Kernel, KernelOptions } from '../../../tokenizers/bpe/kernel-host.ts'
import { createRankEncoder } from '../../../tokenizers/bpe/rank-encoder.ts'
import { buildRankTables } from '../../../tokenizers/bpe/rank-tables.ts'
import { splitForKernel } from '../../../tokenizers/tekken/automata.ts'
import { readTekken } from '../../../tokenizers/tekken/file.ts'
import { createSplitter } from '../../../tokenizers/tekken/split.ts'
import { buildTekkenTables } from '../../../tokenizers/tekken/tables.ts'
import { tekken } from '../../../tokenizers/tekken.ts'
import { referenceRanks } from '../reference.ts'
import { anyText, bytesOf } from '../support.ts'

const tables = buildTekkenTables(await readTekken('builtin:tekken'))
const plain = createRankEncoder(tables, createSplitter(tables.classes))

function kernelOf(options: KernelOptions = {}): Kernel<Uint32Array> {
  return createRankKernel(tables.kernel!, options)!
}

const kernel = kernelOf()

/** What the plain twin gives; a copy, as that is a view. */
const twin = (text: string | Uint8Array): number[] => Array.from(plain(text))
const encode = (text: string | Uint8Array, by = kernel): number[] => Array.from(by.encode(text)!)

/** Whether the ids are those of the plain twin, for texts that are too long to show. */
function isTwins(text: string | Uint8Array): boolean {
  const ids = kernel.encode(text)
  return ids !== undefined && bytesOf(ids).equals(bytesOf(new Uint32Array(plain(text))))
}

describe('equals the plain twin', () => {
  test.each([
    ['of the usual size', {}],
    ['of 64 slots, cleared again and again', { cacheSlots: 64 }],
  ])('with a cache %s', (_, options) => {
    const tested = kernelOf(options)
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = twin(text)
        expect(encode(text, tested)).toEqual(expected)
        expect(encode(Buffer.from(text), tested)).toEqual(expected)
      }),
      { numRuns: 1000, seed: 21 },
    )
  })

  test('on bytes that are no UTF-8', () => {
    const bytes = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 6 }),
        fc.constantFrom(0, 0x20, 0x61, 0xc3, 0xe2, 0xff, 0xf0, 0xed).map((byte) => Uint8Array.of(byte)),
        anyText.map((text) => Buffer.from(text)),
      ),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(bytes, (parts) => {
        const all = Buffer.concat(parts)
        expect(encode(all)).toEqual(twin(all))
      }),
      { numRuns: 400, seed: 22 },
    )
  })

  test('on runs of NUL and texts that NULs end', () => {
    for (let length = 1; length < 40; length++) {
      for (const text of ['\0'.repeat(length), `!${'\0'.repeat(length)}`, `${'!'.repeat(length)}\0`]) {
        for (let pass = 0; pass < 2; pass++)
          expect({ length, ids: encode(text) }).toEqual({ length, ids: twin(text) })
      }
    }
  })

  // Every offset of what splits in its own way against the windows of 64 bytes and the keys of 16.
  test('wherever a window ends', () => {
    const middles = [
      'é',
      '漢',
      '👍',
      '\0',
      ' \n \n  x',
      'HTMLאBC!',
      '\u3000 \u3000x',
      '   ',
      '//\n',
      'ab'.repeat(70),
      '\u0301'.repeat(40),
      'A'.repeat(90),
    ]
    for (const middle of middles) {
      for (let before = 0; before < 140; before++) {
        const text = `${'word '.repeat(30).slice(0, before)}${middle}the rest, ${'é'.repeat(before % 20)}`
        expect({ text, ids: encode(text) }).toEqual({ text, ids: twin(text) })
      }
    }
  })
})

const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength, maxLength, size: 'max' })

describe('any vocabulary: equals the rescan of everything after each merge', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  const split = splitForKernel('gpt2')

  // In any order, so that some tokens come before their parts, and others never come about.
  test.each([
    ['bytes first', 0, (tokens: string[]) => [...bytes, ...tokens]],
    ['bytes last', 1000, (tokens: string[]) => [...tokens, ...bytes]],
  ])('%s', (_, firstId, order) => {
    let unreachable = 0
    fc.assert(
      fc.property(
        fc.uniqueArray(letters(2, 6), { maxLength: 80, size: 'max' }).map(order),
        fc.array(letters(1, 70), { minLength: 20, maxLength: 20 }),
        (tokens, units) => {
          const built = buildRankTables(tokens, firstId, split)
          unreachable += built.unreachable.length
          const tested = createRankKernel(built.kernel!, { cacheSlots: 64 })!
          const reference = referenceRanks(tokens, firstId, /.+/gu)
          for (const unit of [...units, ...built.unreachable.map(([token]) => token)]) {
            expect({ unit, ids: encode(unit, tested) }).toEqual({ unit, ids: reference(unit) })
          }
        },
      ),
      { numRuns: 60, seed: 25 },
    )
    expect(unreachable).toBeGreaterThan(100)
  })
})

describe('long units, in blocks', () => {
  const unit = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'b', 'e', 'n', 't', 'i', 'g'),
      minLength: 130,
      maxLength: 600,
      size: 'max',
    }),
    fc
      .tuple(
        fc.constantFrom('a', ' ', 'ab', 'ing', 'и', 'tion', '=', '漢', '\0'),
        fc.integer({ min: 20, max: 300 }),
      )
      .map(([text, times]) => text.repeat(times)),
  )
  const mixed = fc.array(unit, { minLength: 1, maxLength: 3 }).map((units) => units.join(''))

  test.each([12, 64, 300])(
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
        { numRuns: 150, seed: 23 },
      )
      expect(told).toBeGreaterThan(blockSymbols < 64 ? 5 : 100)
    },
  )

  // More than is taken in at once.
  test.each(['a', ' ', 'ing', '\0', 'é', '1', 'A'])('300 KB of %j', (part) => {
    const run = part.repeat(3e5 / Buffer.byteLength(part))
    expect(isTwins(run)).toBe(true)
    expect(isTwins(`x ${run}x and more`)).toBe(true)
  })

  test('a match whose end is not known within what is taken in at once is left to the twin', () => {
    const text = `א${'A'.repeat(300_000)}!`
    expect(kernel.encode(text)).toBeUndefined()
    // Nothing of it stays.
    expect(isTwins('the next text')).toBe(true)
    expect(tekken.create(tables).encode(text)).toEqual(new Uint32Array(plain(text)))
  })
})

test('texts that are taken in piece by piece', () => {
  const long = fc
    .array(fc.tuple(anyText, fc.integer({ min: 1, max: 900 })), { minLength: 5, maxLength: 12 })
    .map((parts) => parts.map(([text, times]) => text.repeat(times)).join(''))
    .map((text) => text.repeat(1 + Math.ceil(700_000 / (text.length + 1))).slice(0, 600_000))
  fc.assert(
    fc.property(long, (text) => {
      expect(isTwins(text)).toBe(true)
      expect(isTwins(Buffer.from(text))).toBe(true)
    }),
    { numRuns: 4, seed: 24 },
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
  for (let i = 0; units.length < 40; i++) {
    const unit = ` u${i.toString(5).replace(/\d/gu, (digit) => 'naeio'.charAt(Number(digit)))}`
    if (slotOf(unit) === 7) units.push(unit)
  }
  const text = units.join('')
  const tested = kernelOf()
  for (let pass = 0; pass < 4; pass++) expect(encode(text, tested)).toEqual(twin(text))
  // 16 have a place, the others are merged anew in each of the four passes.
  expect(tested.misses()).toBe(16 + 4 * 24)
})

test('without WebAssembly SIMD the plain twin encodes, with the same ids', () => {
  const validate = vi.spyOn(webAssembly, 'validate').mockReturnValue(false)
  try {
    expect(createRankKernel(tables.kernel!)).toBeUndefined()
    expect(Array.from(tekken.create(tables).encode('Hello world'))).toEqual([22_177, 4304])
  } finally {
    validate.mockRestore()
  }
})
