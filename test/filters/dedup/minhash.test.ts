import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bandShape, minhash } from '../../../filters/dedup/minhash.ts'
import { shingler } from '../../../filters/dedup/shingles.ts'
import { gramsOf, jaccard, keysOf, shinglesOf, signatureOf } from './reference.ts'

const defaults = minhash.settings.parse({})

function hashesOf(text: string, ngram: number): number[] {
  const hashes: number[] = []
  shingler(ngram)(text, (shingles, count) => hashes.push(...shingles.subarray(0, count)))
  return hashes
}

function sketchOf(text: string, settings: Partial<typeof defaults> = {}): Uint32Array {
  const method = minhash.create({ ...defaults, ...settings })
  const sketch = new Uint32Array(method.sketchWords)
  method.sketch({ text, id: undefined, url: undefined }, sketch, 0)
  return sketch
}

const pieces = fc.constantFrom(
  'the',
  'Quick',
  'BROWN',
  '_',
  '7',
  '٣',
  'Ⅳ',
  '²',
  'é',
  'e\u0301',
  'İ',
  'ΟΔΟΣ',
  'ς',
  '漢字',
  '𐐀',
  '𝒳',
  '😀',
  '\ud800',
  '\udc00',
  '\ud801',
  ' ',
  '\n',
  '.',
  "'",
  'ß',
  'ẞ',
  'ǅ',
)
const text = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: pieces }, fc.constant(' '), fc.string({ unit: 'binary', maxLength: 3 })),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))

describe('shingles', () => {
  test('equal the twin on any text', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (value, ngram) => {
        expect(hashesOf(value, ngram)).toEqual(shinglesOf(value, ngram))
      }),
      { numRuns: 500 },
    )
  })

  test('a run over several blocks gives every shingle once', () => {
    const long = Array.from({ length: 5000 }, (_, word) => `w${word}`).join(' ')
    expect(hashesOf(long, 5)).toEqual(shinglesOf(long, 5))
    expect(hashesOf(long, 5)).toHaveLength(4996)
  })

  test('words are letters, numbers and underscores of any script, lower-cased; marks separate', () => {
    expect(gramsOf("Don't re-use snake_case №5 e\u0301a", 1).flat()).toEqual([
      'don',
      't',
      're',
      'use',
      'snake_case',
      '5',
      'e',
      'a',
    ])
    expect(hashesOf('STRASSE Ⅳ 𐐀x', 3)).toEqual(hashesOf('strasse, ⅳ; 𐐨X', 3))
    expect(hashesOf('İstanbul', 2)).toEqual(hashesOf('i stanbul', 2))
    expect(hashesOf('ΟΔΟΣ', 1)).toEqual(hashesOf('οδος', 1))
  })

  test('fewer words than the n-gram are one shingle, no word is none', () => {
    expect(hashesOf('four words are here', 5)).toHaveLength(1)
    expect(hashesOf('four words are here', 5)).not.toEqual(hashesOf('words are here', 5))
    expect(hashesOf(' …!? \ud800 😀', 5)).toEqual([])
  })
})

describe('minhash', () => {
  test('signatures equal the twin, also where the last chain is not full', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        (value, bands, rows) => {
          expect(sketchOf(value, { bands, rows, ngram: 3 })).toEqual(signatureOf(value, 3, bands * rows))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('the default sketch of a known text is what it always was', () => {
    const method = minhash.create(defaults)
    const sketch = sketchOf('The quick brown fox jumps over the lazy dog, and the dog does not mind at all.')
    expect([...sketch.subarray(0, 4)]).toMatchInlineSnapshot(`
      [
        2512835600,
        2403420691,
        2150288136,
        3058122225,
      ]
    `)
    expect(keysOf(method, sketch, 0).slice(0, 2)).toMatchInlineSnapshot(`
      [
        "1e81617:f19b6d6b",
        "a065d833:a783ee44",
      ]
    `)
  })

  test('case, punctuation and white space do not matter', () => {
    expect(sketchOf('One, two;  three: four. FIVE six')).toEqual(
      sketchOf('one two\nthree — four (five) six!'),
    )
  })

  test('a text without a word has no key and duplicates nothing', () => {
    const method = minhash.create(defaults)
    const empty = sketchOf('… ! 😀')
    expect(method.keys(empty, 0, new Uint32Array(32), 0)).toBe(0)
    expect(method.compare(empty, 0, empty, 0)).toBeNull()
  })

  test('a key depends on its band and on each of its rows', () => {
    const method = minhash.create({ ...defaults, bands: 4, rows: 3 })
    const sketch = new Uint32Array(12).fill(7)
    const keys = keysOf(method, sketch, 0)
    expect(new Set(keys).size).toBe(4)
    for (let value = 0; value < 12; value++) {
      const changed = sketch.slice()
      changed[value] = 8
      const band = Math.floor(value / 3)
      expect(keysOf(method, changed, 0).map((key, at) => key === keys[at])).toEqual(
        [0, 1, 2, 3].map((at) => at !== band),
      )
    }
  })

  test('keys are uniform: each of their 64 bits is set in half of them', () => {
    const method = minhash.create({ ...defaults, bands: 64, rows: 2 })
    const ones = new Uint32Array(64)
    const documents = 100
    for (let document = 0; document < documents; document++) {
      const keys = new Uint32Array(128)
      method.keys(sketchOf(`document ${document} of many`, { bands: 64, rows: 2 }), 0, keys, 0)
      for (const [at, half] of keys.entries()) {
        for (let bit = 0; bit < 32; bit++) ones[(at % 2) * 32 + bit]! += (half >>> bit) & 1
      }
    }
    // 6400 keys: the standard deviation of a share is 0.00625; five of them on either side.
    for (const count of ones) expect(Math.abs(count / 6400 - 0.5)).toBeLessThan(0.032)
  })

  test('a pair passes from threshold - slack on, inclusive, with the share of equal values', () => {
    const method = minhash.create({ ...defaults, threshold: 0.8, slack: 0.1, bands: 10, rows: 1 })
    const a = new Uint32Array(10).fill(1)
    const agreeing = (count: number): Uint32Array =>
      Uint32Array.from(a, (value, at) => (at < count ? value : 2))
    expect(method.compare(a, 0, agreeing(10), 0)).toBe(1)
    expect(method.compare(a, 0, agreeing(8), 0)).toBe(0.8)
    expect(method.compare(a, 0, agreeing(7), 0)).toBe(0.7)
    expect(method.compare(a, 0, agreeing(6), 0)).toBeNull()
  })

  test('documents of fewer words than the n-gram are duplicates only of the same words', () => {
    const method = minhash.create(defaults)
    expect(method.compare(sketchOf('Hello, World'), 0, sketchOf('hello world!'), 0)).toBe(1)
    expect(method.compare(sketchOf('hello world'), 0, sketchOf('hello there world'), 0)).toBeNull()
  })

  test('the estimate is unbiased, and its error that of a binomial', () => {
    const method = minhash.create({ ...defaults, threshold: 0.01, slack: 0 })
    const errors: number[] = []
    let variance = 0
    for (let pair = 0; pair < 300; pair++) {
      const a = Array.from({ length: 200 }, (_, word) => `p${pair}w${word}`)
      // Another end: J = (196 - k) / (196 + k) for k words replaced.
      const b = a.map((word, at) => (at < 200 - 5 - (pair % 60) ? word : `${word}x`))
      const exact = jaccard(a.join(' '), b.join(' '))
      const estimate = method.compare(sketchOf(a.join(' ')), 0, sketchOf(b.join(' ')), 0) ?? 0
      errors.push(estimate - exact)
      variance += (exact * (1 - exact)) / 112
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
    const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length)
    const theory = Math.sqrt(variance / errors.length)
    // 300 pairs: the mean's standard error is theory / 17, the relative one of the RMSE 1 / sqrt(600).
    expect(Math.abs(mean)).toBeLessThan((5 * theory) / Math.sqrt(300))
    expect(rmse / theory).toBeGreaterThan(0.8)
    expect(rmse / theory).toBeLessThan(1.2)
  })
})

/** Probability with which a pair at the threshold is a candidate. */
function found(threshold: number, rows: number): number {
  return 1 - (1 - threshold ** rows) ** Math.floor(112 / rows)
}

describe('bandShape', () => {
  test('finds a pair at the threshold with 0.97, where 112 values allow it, and no shape of more rows does', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.04, max: 1, noNaN: true }), (threshold) => {
        const { bands, rows } = bandShape(threshold, 'auto', 'auto')
        expect(bands).toBe(Math.floor(112 / rows))
        expect(found(threshold, rows)).toBeGreaterThanOrEqual(0.97)
        const more = Array.from({ length: 112 - rows }, (_, extra) => found(threshold, rows + 1 + extra))
        expect(more.filter((share) => share >= 0.97)).toEqual([])
      }),
    )
  })

  test.each([
    [0.8, 'auto', 'auto', 16, 7],
    [0.5, 'auto', 'auto', 37, 3],
    [0.9, 'auto', 'auto', 10, 11],
    [1e-9, 'auto', 'auto', 112, 1],
    [0.8, 20, 'auto', 20, 5],
    [0.8, 200, 'auto', 200, 1],
    [0.8, 'auto', 8, 14, 8],
    [0.5, 14, 8, 14, 8],
  ] as const)('threshold %d, bands %s, rows %s: %d x %d', (threshold, bands, rows, wide, high) => {
    expect(bandShape(threshold, bands, rows)).toEqual({ bands: wide, rows: high })
  })
})
