import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exact } from '../../../filters/dedup/exact.ts'
import { exactDigest } from './reference.ts'

type Normalize = 'none' | 'whitespace'

const methods = {
  none: exact.create({ normalize: 'none' }),
  whitespace: exact.create({ normalize: 'whitespace' }),
}

function sketchOf(text: string, normalize: Normalize = 'whitespace'): string {
  const sketch = new Uint32Array(4)
  methods[normalize].sketch({ text, id: undefined, url: undefined }, sketch, 0)
  return Array.from(sketch, (word) => word.toString(16).padStart(8, '0')).join('')
}

const twin = (text: string, normalize: Normalize): string =>
  exactDigest(text, normalize).toString('hex', 0, 16)

describe('exact', { timeout: 60_000 }, () => {
  test('the sketch is the start of the SHA-256 that any other program computes', () => {
    expect(sketchOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223')
    expect(sketchOf('', 'none')).toBe('e3b0c44298fc1c149afbf4c8996fb924')
    expect(sketchOf('Zürich\n', 'none')).toBe(
      createHash('sha256').update('Zürich\n').digest('hex').slice(0, 32),
    )
  })

  test('white space collapses and is trimmed, under `whitespace` only', () => {
    expect(sketchOf('\u3000 one \t\r\n two\u0085\u2028')).toBe(sketchOf('one two'))
    expect(sketchOf(' \n\u00a0')).toBe(sketchOf(''))
    expect(sketchOf('onetwo')).not.toBe(sketchOf('one two'))
    expect(sketchOf('one  two', 'none')).not.toBe(sketchOf('one two', 'none'))
  })

  test('exactly the characters of White_Space are white', () => {
    const collapsed = sketchOf('a b')
    const units = Array.from({ length: 0x10000 }, (_, unit) => unit)
    const white = units.filter((unit) => sketchOf(`a${String.fromCharCode(unit)}b`) === collapsed)
    expect(white).toEqual(units.filter((unit) => /\p{White_Space}/u.test(String.fromCharCode(unit))))
  })

  test('equals the twin on any text', () => {
    const pieces = fc.constantFrom(
      ' ',
      '\n',
      '\u0085',
      '\u00a0',
      '\u1680',
      '\u2003',
      '\u202f',
      '\u3000',
      '\u200b',
      'a',
      'é',
      '€',
      '😀',
      '\ud800',
      '\udc00',
      '\u0081',
      '\u2081',
      '\ue000',
    )
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.constantFrom<Normalize>('none', 'whitespace'), (value, normalize) => {
        expect(sketchOf(value, normalize)).toBe(twin(value, normalize))
      }),
    )
  })

  test.each([' ', '\n \n', '\u3000', '😀', 'é ', '€'])('equals the twin over block borders: %j', (piece) => {
    for (const shift of [0, 1, 2]) {
      // 3 · 2^14 units and more: every block border falls into a run of the piece, at every offset in it.
      const text = `${'x'.repeat(shift)}${piece.repeat(Math.ceil(50_000 / piece.length))}y`
      expect(sketchOf(text)).toBe(twin(text, 'whitespace'))
      expect(sketchOf(text, 'none')).toBe(twin(text, 'none'))
    }
  })

  test('a space that ends a block is kept where a word begins the next', () => {
    const text = `${'x'.repeat((1 << 14) - 1)} ${'y'.repeat(1 << 14)}`
    expect(sketchOf(text)).toBe(twin(text, 'whitespace'))
  })

  test('the key is the first 64 bits; all 128 are compared', () => {
    const method = exact.create({ normalize: 'none' })
    const sketches = Uint32Array.of(1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3, 4)
    const keys = new Uint32Array(4)
    expect(method.keys(sketches, 4, keys, 2)).toBe(1)
    expect([...keys]).toEqual([0, 0, 1, 2])
    expect(method.compare(sketches, 0, sketches, 4)).toBeNull()
    expect(method.compare(sketches, 0, sketches, 8)).toBe(1)
  })
})
