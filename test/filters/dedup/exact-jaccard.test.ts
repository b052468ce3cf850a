import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactJaccard } from '../../../filters/dedup/exact-jaccard.ts'
import { minhash } from '../../../filters/dedup/minhash.ts'
import { walk } from '../../../filters/dedup/walk.ts'
import { normalisedWords } from '../../../filters/dedup/word-characters.ts'

const ngram = 3
const documentOf = (text: string): { text: string; id: undefined; url: undefined } => ({
  text,
  id: undefined,
  url: undefined,
})

/** By definition: sets of n-grams as strings; a text of fewer words is one, a text of none has none. */
function jaccard(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => {
    const words = normalisedWords(text)
    const grams = words.flatMap((_, at) =>
      at + ngram <= words.length ? [words.slice(at, at + ngram).join(' ')] : [],
    )
    return new Set(words.length > 0 && words.length < ngram ? [words.join(' ')] : grams)
  })
  const shared = [...(first ?? [])].filter((gram) => second?.has(gram)).length
  const union = (first?.size ?? 0) + (second?.size ?? 0) - shared
  return union === 0 ? 0 : shared / union
}

const word = fc.constantFrom('a', 'b', 'C', 'd.', 'é')
const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(' '))

const upTo = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, at) => at)

describe('exactJaccard', () => {
  test('is the Jaccard similarity of the sets of n-grams, where it reaches the threshold', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(0.1, 0.25, 0.5, 1), (a, b, threshold) => {
        const { features, compare } = exactJaccard(threshold, ngram)
        const found = compare(features(documentOf(a)), features(documentOf(b)))
        const truth = jaccard(a, b)
        expect(found).toBe(truth > 0 && truth >= threshold ? truth : null)
        expect(compare(features(documentOf(b)), features(documentOf(a)))).toBe(found)
      }),
      { numRuns: 500 },
    )
  })

  test('the threshold is inclusive where its product is rounded', () => {
    const { compare } = exactJaccard(0.7, ngram)
    expect(compare(upTo(7), upTo(10))).toBe(0.7)
    expect(compare(upTo(69), upTo(100))).toBeNull()
  })

  test('short texts are the same only with the same words', () => {
    const { features, compare } = exactJaccard(0.1, ngram)
    expect(compare(features(documentOf('One two')), features(documentOf('one, two')))).toBe(1)
    expect(compare(features(documentOf('one two')), features(documentOf('one two three')))).toBeNull()
    expect(compare(features(documentOf('...')), features(documentOf('...')))).toBeNull()
  })

  test('the walk asks it in place of the signatures', () => {
    const method = minhash.create({
      ...minhash.settings.parse({ threshold: 0.5, ngram }),
      slack: 1,
      verify: 'jaccard',
    })
    const texts = ['a b c d e f g h', 'a b c d e f g x', 'a b c d z y w v']
    const sketches = new Uint32Array(texts.length * method.sketchWords)
    for (const [at, each] of texts.entries())
      method.sketch(documentOf(each), sketches, at * method.sketchWords)
    const features = (_: number, member: number): Uint32Array =>
      method.exact?.features(documentOf(texts[member] ?? '')) ?? new Uint32Array()
    const walked = walk({ count: texts.length, sketches: [sketches], features }, [method])
    expect([...walked.duplicateOf]).toEqual([-1, 0, -1])
    expect(walked.similarity[1]).toBe(Math.fround(jaccard(texts[0] ?? '', texts[1] ?? '')))
  })
})
