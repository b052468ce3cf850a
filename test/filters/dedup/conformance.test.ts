import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DedupMethod, DocumentDedup } from '../../../filters/dedup/define-dedup.ts'
import { dedupMethods } from '../../../filters/dedup/index.ts'
import type { Document } from '../../../lib/documents/document.ts'
import { keysOf } from './reference.ts'

const whole = Object.values(dedupMethods).filter(
  (each): each is DocumentDedup => each.compares === 'documents',
)

/** What every registered method that drops documents must do, at its default settings. */
describe.each(whole)('dedup method $name', { timeout: 60_000 }, (definition) => {
  const settings = definition.settings.parse({})
  const method = definition.create(settings)

  // A URL of any characters: what comes after the host is escaped where it must be.
  const documentOf = (value: string): Document =>
    definition.reads === 'text'
      ? { text: value, id: undefined, url: undefined }
      : { text: '', id: undefined, url: `https://example.org/${value}` }

  const sketchOf = (value: string, own: DedupMethod = method): Uint32Array => {
    const sketch = new Uint32Array(own.sketchWords)
    own.sketch(documentOf(value), sketch, 0)
    return sketch
  }

  const word = fc.constantFrom('one', 'two', 'Three', 'vier', '五', ' ', '\n', '.', '😀', '\ud83d')
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(word, { maxLength: 40 }).map((words) => words.join(' ')),
  )

  test('is total, and deterministic: neither earlier texts nor the instance matter', () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        const sketch = sketchOf(first)
        sketchOf(second)
        expect(sketchOf(first)).toEqual(sketch)
        expect(sketchOf(first, definition.create(settings))).toEqual(sketch)
      }),
      { numRuns: 50 },
    )
  })

  test('a copy of a text shares all its keys and has similarity 1; without keys it has none', () => {
    fc.assert(
      fc.property(text, (value) => {
        const sketch = sketchOf(value)
        const copy = sketchOf(`${value} `.slice(0, -1))
        const keys = keysOf(method, sketch, 0)
        expect(keys.length).toBeLessThanOrEqual(method.maxKeys)
        expect(keysOf(method, copy, 0)).toEqual(keys)
        expect(method.compare(sketch, 0, copy, 0)).toBe(keys.length === 0 ? null : 1)
      }),
    )
  })

  test('comparison is symmetric and within [0, 1]', () => {
    fc.assert(
      fc.property(text, text, fc.boolean(), (first, second, alike) => {
        const a = sketchOf(first)
        const b = sketchOf(alike ? first + second.slice(0, 3) : second)
        const similarity = method.compare(a, 0, b, 0)
        expect(method.compare(b, 0, a, 0)).toBe(similarity)
        expect(similarity ?? 0).toBeGreaterThanOrEqual(0)
        expect(similarity ?? 0).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('writes its own words only, wherever they are', () => {
    const { sketchWords, maxKeys } = method
    const value = 'one two three four five six seven'
    const sketch = sketchOf(value)
    const sketches = new Uint32Array(3 * sketchWords).fill(9)
    method.sketch(documentOf(value), sketches, sketchWords)
    const others = new Uint32Array(sketchWords).fill(9)
    expect(sketches.subarray(0, sketchWords)).toEqual(others)
    expect(sketches.subarray(sketchWords, 2 * sketchWords)).toEqual(sketch)
    expect(sketches.subarray(2 * sketchWords)).toEqual(others)
    expect(method.compare(sketches, sketchWords, sketch, 0)).toBe(1)

    const keys = new Uint32Array(2 * maxKeys + 2).fill(9)
    const count = method.keys(sketches, sketchWords, keys, 1)
    expect(keys[0]).toBe(9)
    expect(keys.subarray(1 + 2 * count).every((half) => half === 9)).toBe(true)
    expect(keysOf(method, sketch, 0)).toEqual(keysOf(method, sketches, sketchWords))
  })

  test('reads what it says, and nothing else', () => {
    const sketch = new Uint32Array(method.sketchWords)
    const document = documentOf('one two three')
    const others = {
      ...document,
      id: 'x',
      [definition.reads === 'text' ? 'url' : 'text']: 'https://a.example/',
    }
    method.sketch(others, sketch, 0)
    expect(sketch).toEqual(sketchOf('one two three'))
    method.sketch(documentOf('one two four'), sketch, 0)
    expect(sketch).not.toEqual(sketchOf('one two three'))
  })

  test('memory stays that of the text: a document of 4 million words leaves the peak where it was', () => {
    // One flat string: concatenation alone would be flattened by the first read, inside the measurement.
    const value = Buffer.alloc(24_000_000, 'word, 1234 ').toString('latin1')
    sketchOf(value.slice(0, 1_000_000))
    const before = process.resourceUsage().maxRSS
    sketchOf(value)
    // Kilobytes. The words as strings, or as one array of hashes, would take 16 bytes a word and more.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(16_000)
  })

  test.each([
    ['one letter', 'a'],
    ['spaces', ' '],
    ['single words', 'a '],
    ['astral characters', '😀'],
    ['lone surrogates', '\ud800'],
  ])('takes 2 million units of %s', (_, piece) => {
    const value = piece.repeat(2_000_000 / piece.length)
    expect(sketchOf(value)).toEqual(sketchOf(value))
  })
})
