import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFastText, createFastTextScores } from '../../../filters/models/fasttext.ts'
import { fnv1a, parseFastText } from '../../../filters/models/fasttext-file.ts'
import { asMillraceError } from '../../../lib/errors.ts'
import { type PlainModel, plainProbabilities, writeModel } from './reference.ts'

/** A model with random weights: numbers from a fixed linear congruential sequence. */
function plainModel(change: Partial<PlainModel> = {}): PlainModel {
  let state = 1
  const weight = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.fround(state / 2 ** 31 - 1)
  }
  const shape = { dim: 3, minn: 2, maxn: 4, bucket: 50, loss: 'hs' as const, ...change }
  const words = change.words ?? ['</s>', 'the', 'Straße', 'тест', 'a', 'the,']
  const labels = change.labels ?? [['x', 90], ['y', 40], ['z', 40], ['u', 7], ['v', 1]] // biome-ignore format: a row
  const rows = (count: number, scale: number): number[][] =>
    Array.from({ length: count }, () =>
      Array.from({ length: shape.dim }, () => Math.fround(weight() * scale)),
    )
  return {
    words,
    labels,
    input: rows(words.length + shape.bucket, 4),
    output: rows(labels.length, 4),
    ...shape,
  }
}

const word = fc.oneof(
  fc.constantFrom('the', 'Straße', 'тест', 'a', 'the,', '__label__x', '__label__', '</s>', 'x'.repeat(40)),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const text = fc
  .array(fc.tuple(word, fc.constantFrom(' ', '\n', '\t', '\0', '\v\f\r', ' \n ')), { maxLength: 12 })
  .map((pairs) => pairs.flat().join(''))

describe('createFastText against the plain reference', () => {
  const shapes: Partial<PlainModel>[] = [
    {},
    { loss: 'softmax' },
    { minn: 1, maxn: 1 },
    { minn: 1, maxn: 6, bucket: 7, dim: 16 },
    { minn: 0, maxn: 0, bucket: 0 },
    { labels: [['only', 3]] },
    { loss: 'softmax', minn: 0, maxn: 0, wordNgrams: 2 },
    { loss: 'ova', minn: 0, maxn: 0, bucket: 999, wordNgrams: 5, dim: 16 },
    { loss: 'hs', bucket: 70_001, dim: 1, wordNgrams: 3 },
  ]
  test.each(shapes)('labels and scores agree: %o', (shape) => {
    const plain = plainModel(shape)
    const model = parseFastText(writeModel(plain), 'test.bin')
    const predict = createFastText(model)
    const scoresOf = createFastTextScores(model)
    fc.assert(
      fc.property(text, (text) => {
        const expected = plainProbabilities(plain, text)
        const { label, score } = predict(text)
        expect(score).toBeCloseTo(expected.get(label)!, 5)
        expect(score).toBeGreaterThan(Math.max(...expected.values()) - 1e-5)
        const scores = scoresOf(text) ?? []
        for (const [at, name] of model.labels.entries())
          expect(scores[at]).toBeCloseTo(expected.get(name)!, 5)
      }),
      { numRuns: 300 },
    )
  })

  test('a result does not depend on what was predicted before', () => {
    const bytes = writeModel(plainModel())
    const used = createFastText(parseFastText(bytes, 'test.bin'))
    const texts = Array.from(
      { length: 300 },
      (_, i) => `w${i} the ${i * 7} тест${i % 5} ${'long'.repeat(i % 20)}`,
    )
    const first = texts.map(used)
    expect(texts.map(used)).toEqual(first)
    const fresh = createFastText(parseFastText(bytes, 'test.bin'))
    expect(texts.toReversed().map(fresh).toReversed()).toEqual(first)
  })

  test('a text without known rows, in a model without </s>, is undetermined', () => {
    const predict = createFastText(parseFastText(writeModel(plainModel({ words: ['the'] })), 'test.bin'))
    expect(predict('')).toEqual({ label: 'und', score: 0 })
    expect(predict('the').label).not.toBe('und')
  })
})

const refused = (bytes: Uint8Array): string => {
  try {
    parseFastText(bytes, 'models/mine.bin')
  } catch (error) {
    const known = asMillraceError(error)
    expect(known.code).toBe('MODEL_INVALID')
    expect(known.facts.file).toBe('models/mine.bin')
    return known.message
  }
  return 'accepted'
}

describe('parseFastText refuses with MODEL_INVALID', () => {
  test.each([
    [{ magic: 1 }, 'does not begin as a fastText model'],
    [{ version: 11 }, 'version 11; 12 is supported'],
    [{ kind: 2 }, 'word vectors'],
    [{ wordNgrams: 17 }, 'word n-grams have 17 words; up to 16'],
    [{ loss: 5 }, 'its loss is number 5'],
    [{ quantisedOutput: 1 }, 'cut short or damaged'],
  ])('%o', (change, message) => {
    expect(refused(writeModel(plainModel(), change))).toContain(message)
  })

  test('a file cut anywhere', () => {
    const whole = writeModel(plainModel())
    expect(refused(whole)).toBe('accepted')
    for (let end = 0; end < whole.length; end++) expect(refused(whole.subarray(0, end))).not.toBe('accepted')
  })

  test('sizes that no file has room for', () => {
    const file = createRequire(import.meta.url).resolve('fasttext.wasm.js/dist/fastText/models/lid.176.ftz')
    const whole = readFileSync(file)
    const damaged = Buffer.from(whole)
    damaged.writeInt32LE(2 ** 30, 8 + 12 * 4 + 8) // entries of the dictionary
    expect(refused(damaged)).toContain('does not add up')
    expect(refused(whole.subarray(0, whole.length - 1))).toContain('cut short')
  })
})

test('fnv1a extends the sign of bytes from 0x80 on', () => {
  // ASCII as published for FNV-1a; é (c3 a9) differs from the published value, as in fastText.
  expect(fnv1a(Buffer.from('foobar')) >>> 0).toBe(0xbf9cf968)
  expect(fnv1a(Buffer.from('é')) >>> 0).not.toBe(0x84cc5fb4)
})
