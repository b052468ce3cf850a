import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKernel, type Minimiser } from '../../../filters/dedup/kernel.ts'
import { createMinimiser } from '../../../filters/dedup/minhash.ts'
import { permutations } from '../../../filters/dedup/permutations.ts'
import { signatureOf } from './reference.ts'

const shuffles = permutations(112)

function kernelOf(ngram: number, count = 112): Minimiser {
  const kernel = createKernel(ngram, permutations(count))
  if (kernel === undefined) throw new RangeError('the runtime has no WebAssembly with SIMD')
  return kernel
}

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'the',
        'Quick',
        '_',
        '٣',
        'Ⅳ',
        'é',
        'İ',
        'Istanbulİ',
        'ΟΔΟΣ',
        'ς',
        '漢字',
        '𐐀',
        '𝒳',
        '😀',
        'ß',
      ),
      fc.constantFrom('\ud800', '\udc00', '\ud801a', ' ', '\n', '.', '\0', '\u0307'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 80 },
  )
  .map((parts) => parts.join(''))

test('gives the minima of its plain twin and of the reference on any text, one after another', () => {
  for (const ngram of [1, 2, 5, 64]) {
    const [kernel, twin] = [kernelOf(ngram), createMinimiser(ngram, shuffles)]
    fc.assert(
      fc.property(texts, (text) => {
        const minima = Int32Array.from(kernel(text))
        expect(minima).toEqual(twin(text))
        expect(Uint32Array.from(minima)).toEqual(signatureOf(text, ngram, 112))
      }),
      { numRuns: 150 },
    )
  }
})

test('of texts longer than what it takes at once, wherever words and characters are cut', () => {
  const [kernel, twin] = [kernelOf(5), createMinimiser(5, shuffles)]
  const units = 1 << 14
  for (const filler of ['a', 'word ', '漢', ' ', 'İ', '. ']) {
    for (const around of ['𐐀𝒳 b', 'x y z', 'İİ', '\ud801', '😀']) {
      for (let before = units - 4; before <= units + 1; before++) {
        const text = `${filler.repeat(before).slice(0, before)}${around}${'c d '.repeat(40)}`
        expect(Int32Array.from(kernel(text))).toEqual(twin(text))
      }
    }
  }
})

test('of words of any length, wherever they begin', () => {
  const [kernel, twin] = [kernelOf(2), createMinimiser(2, shuffles)]
  for (let length = 1; length <= 70; length++) {
    for (let before = 0; before < 70; before += 3) {
      const text = `${' '.repeat(before)}${'x'.repeat(length - 1)}y, é${'z'.repeat(length)} end`
      expect(Int32Array.from(kernel(text))).toEqual(twin(text))
    }
  }
  // A word of several times what is taken at once.
  for (const length of [16_383, 16_384, 16_385, 32_768, 50_000]) {
    const text = `${'ab'.repeat(length / 2)} c`
    expect(Int32Array.from(kernel(text))).toEqual(twin(text))
  }
})

test('of words enough to fill what waits for the hash functions', () => {
  for (const ngram of [1, 5, 64]) {
    const [kernel, twin] = [kernelOf(ngram), createMinimiser(ngram, shuffles)]
    for (const words of [1020, 1023, 1024, 1025, 1028, 2048, 3000]) {
      const text = Array.from({ length: words }, (_, at) => `w${at * at}`).join(' ')
      expect(Int32Array.from(kernel(text))).toEqual(twin(text))
    }
  }
})

test('of any number of permutations', () => {
  for (const count of [1, 14, 15, 111, 113, 200, 28_672]) {
    const wide = permutations(count)
    const text = 'any number of permutations of these few words, and some more of them'
    expect(Int32Array.from(kernelOf(3, count)(text))).toEqual(createMinimiser(3, wide)(text))
  }
})

test('two kernels share nothing', () => {
  const [one, other] = [kernelOf(5), kernelOf(5)]
  const minima = one('a b c d e f g h')
  const copy = Int32Array.from(minima)
  other('something else altogether, of which nothing may be seen there')
  expect(minima).toEqual(copy)
})
