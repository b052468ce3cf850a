import { copyFile, mkdtemp, rm, utimes } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFastText, createFastTextScores, plainTextVector } from '../../../filters/models/fasttext.ts'
import type { FastTextModel } from '../../../filters/models/fasttext-file.ts'
import { createKernel, MOST_UNITS } from '../../../filters/models/fasttext-kernel.ts'
import { BUILT_IN, loadFastText } from '../../../filters/models/load-fasttext.ts'

/** Without `</s>`, so that what a text's vector is made of are its words alone. */
const model: FastTextModel = { ...(await loadFastText(null)), endRow: -1 }

function kernelOf(model: FastTextModel): (text: string) => Float64Array | undefined {
  const kernel = createKernel(model)
  if (kernel === undefined) throw new RangeError('no WebAssembly with SIMD, or not a model for it')
  return (text) => {
    const count = kernel.sum(text)
    return count === 0 ? undefined : kernel.total.map((sum) => sum / count)
  }
}

const words = fc.oneof(
  fc.constantFrom(
    'the',
    'Straße',
    'тест',
    '水車小屋は川のほとりにあり',
    '😀',
    'é',
    '\ud800',
    '\udc00a',
    '__label',
  ),
  fc.constantFrom('__label__x', '__label__', `__label__${'x'.repeat(40)}`, '</s', '</s>x', 'x'.repeat(33)),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const texts = fc
  .array(fc.tuple(words, fc.constantFrom(' ', '\n', '\t', '\0', '\v\f\r', '\u001f', '\u00a0')), {
    maxLength: 30,
  })
  .map((pairs) => pairs.flat().join(''))

// 2 ** 20: a power of two has the largest reciprocal. Of few buckets every other one has a row, so that the quotient by
// the reciprocal is seen where it is one too small.
test.each([2_000_000, 2 ** 20, 33, 7, 1])(
  'the same vectors as of the twin, to the last bit, of any text, one after another: %d buckets',
  (bucket) => {
    const bucketBits = new Uint32Array(Math.ceil(bucket / 32)).fill(0xa5a5a5a5)
    if (bucket > 64) bucketBits.set(model.bucketBits.subarray(0, bucketBits.length))
    const bucketRows =
      bucket > 64 ? model.bucketRows : Int32Array.from({ length: 64 }, (_, i) => model.words + i)
    const other = { ...model, bucket, bucketBits, bucketRows }
    const [kernel, twin] = [kernelOf(other), plainTextVector(other)]
    fc.assert(
      fc.property(texts, fc.constantFrom('', ' </s> of the end'), (text, end) => {
        expect(kernel(text + end)).toEqual(twin(text + end))
      }),
      { numRuns: 300 },
    )
  },
)

test('of words of any length, wherever they begin', () => {
  const [kernel, twin] = [kernelOf(model), plainTextVector(model)]
  for (let length = 1; length <= 70; length++) {
    for (let before = 0; before < 70; before += 3) {
      const text = `${' '.repeat(before)}${'x'.repeat(length - 1)}y, é${'z'.repeat(length)} </s`
      expect(kernel(text)).toEqual(twin(text))
    }
  }
})

test('of words with more n-grams than are listed at once', () => {
  const [kernel, twin] = [kernelOf(model), plainTextVector(model)]
  for (const word of ['水車小屋は川のほとりにあり', 'мельница', 'the mill'.replace(' ', '')]) {
    for (const times of [26, 113, 1000, 20_000]) {
      const text = `${word.repeat(times)} a`
      expect(kernel(text)).toEqual(twin(text))
    }
  }
})

/** Numbers as words, from one on. */
const numbers = (from: number): string =>
  Array.from({ length: 60_000 }, (_, i) => (from + i).toString(36)).join(' ')

// Words of one place have one entry: of 900,000 about 600,000 are kept, more than 2 ** 19.
test('of more words than are kept', () => {
  const [kernel, twin] = [kernelOf(model), plainTextVector(model)]
  const parts = Array.from({ length: 15 }, (_, part) => part)
  for (const part of [...parts, 0, 14, 8]) {
    const text = numbers(part * 60_000)
    expect(kernel(text)).toEqual(twin(text))
  }
})

test('of the longest text that it takes, all of three bytes a character', () => {
  const text = '水 '.repeat(MOST_UNITS).slice(0, MOST_UNITS / 2) + '川'.repeat(MOST_UNITS / 2)
  expect(kernelOf(model)(text)).toEqual(plainTextVector(model)(text))
})

test('takes no model of another kind', () => {
  for (const change of [{ dim: 8 }, { minn: 3 }, { maxn: 5 }, { wordNgrams: 2 }, { isPruned: false }]) {
    expect(createKernel({ ...model, ...change })).toBeUndefined()
  }
})

test('all filters of a thread that ask for a model share its kernel, and so what it keeps', () => {
  let copied = 0
  const own: FastTextModel = {
    ...model,
    get wordEnds() {
      copied++
      return model.wordEnds
    },
  }
  const predict = createFastText(own)
  const before = copied
  expect(predict('the water mill').label).toBe('en')
  expect(createFastTextScores(own)('the water mill')).toHaveLength(own.labels.length)
  expect([before > 0, copied]).toEqual([true, before])
})

test('sources that name a file share what was read of it, until the file is another', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-'))
  const file = path.join(folder, 'model.ftz')
  await copyFile(createRequire(import.meta.url).resolve(BUILT_IN), file)
  const [one, another] = await Promise.all([loadFastText(file), loadFastText(file)])
  expect(one === another).toBe(true)
  await utimes(file, 1, 1)
  expect((await loadFastText(file)) === one).toBe(false)
  await rm(folder, { recursive: true })
})
