import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { gopherRepetition } from '../../filters/gopher-repetition.ts'
import { referenceRepetition } from '../lib/text/reference.ts'
import { assertSound, differences, hardText, haveGolden, judge } from './golden-verdicts.ts'

type Settings = z.input<typeof gopherRepetition.settings>

const create = (settings: Settings = {}) =>
  gopherRepetition.create(gopherRepetition.settings.parse(settings), undefined)

/** Words that are all different, so that nothing but what a test puts in is repeated. */
const fresh = (count: number, from = 0) =>
  Array.from(
    { length: count },
    (_, i) => `word${String.fromCharCode(97 + ((i + from) % 26))}${i + from}`,
  ).join(' ')

const valuesOf = (text: string) => judge(create(), text).values

/** `fresh` words, among them a sequence of n words twice. */
const repeating = (n: number) => [fresh(n), fresh(60, 100), fresh(n), fresh(2, 300)].join(' ')

describe('gopher-repetition', () => {
  test('keeps a text without repetition and records every value', () => {
    const verdict = judge(create(), fresh(100))
    expect(verdict).toMatchObject({ keep: true, reason: null })
    expect(Object.keys(verdict.values)).toEqual(Object.keys(gopherRepetition.values))
  })

  test.each<[string, Settings, string, object]>([
    ['empty', {}, '', { value: null, threshold: null }],
    [
      'dup_para_frac',
      {},
      `a b\n\nc d\n\n\na b\n\n${fresh(100)}\n\na b\n\n\n`,
      { value: 0.4, threshold: 0.3 },
    ],
    ['dup_para_char_frac', {}, `${fresh(30)}\n\n${fresh(30)}\n\na\n\nb`, { threshold: 0.2 }],
    ['dup_line_frac', {}, `\n${fresh(90)}\n`, { value: 1 / 3, threshold: 0.3 }],
    ['dup_line_frac', {}, '\n\n', { value: 0.5, threshold: 0.3 }],
    ['dup_line_char_frac', {}, `${fresh(30)}\n${fresh(30)}\na\nb`, { threshold: 0.2 }],
    ['top_2_gram', {}, 'hello world', { value: 1, threshold: 0.2 }],
    ['top_2_gram', {}, 'This is a test sentence.', { value: 7 / 24, threshold: 0.2 }],
    ['top_3_gram', { maxTop2Gram: 1 }, fresh(10), { threshold: 0.18 }],
    ['top_4_gram', { maxTop2Gram: 1, maxTop3Gram: 1 }, fresh(10), { threshold: 0.16 }],
    ['duplicated_5_n_grams', {}, repeating(30), { threshold: 0.15 }],
  ])('%s with %j', (reason, settings, text, facts) => {
    expect(judge(create(settings), text)).toMatchObject({ keep: false, reason, ...facts })
  })

  test.each([5, 6, 7, 8, 9, 10])(
    'duplicated_%i_n_grams is the reason when its limit alone is exceeded',
    (n) => {
      const off = Object.fromEntries(
        Object.keys(gopherRepetition.settings.shape).flatMap((name) =>
          name.startsWith('max') ? [[name, null]] : [],
        ),
      )
      const filter = create({ ...off, [`maxDuplicate${n}Grams`]: 0 })
      expect(judge(filter, repeating(n))).toMatchObject({
        keep: false,
        reason: `duplicated_${n}_n_grams`,
        threshold: 0,
      })
      expect(judge(filter, repeating(n - 1)).keep).toBe(true)
    },
  )

  test('limits are inclusive, 0 is a threshold, null is none', () => {
    const { top2Gram } = valuesOf('hello world')
    const off = { maxTop3Gram: null, maxTop4Gram: null }
    expect(judge(create({ ...off, maxTop2Gram: Number(top2Gram) }), 'hello world').keep).toBe(true)
    expect(judge(create({ ...off, maxTop2Gram: null }), 'hello world').keep).toBe(true)
    expect(judge(create({ ...off, maxTop2Gram: 0 }), 'hello world').reason).toBe('top_2_gram')
  })

  test('the most frequent n-gram is the first among equals, even the shorter one', () => {
    // "a b" and "longer word" both stand twice.
    expect(valuesOf('a b x longer word y a b z longer word')['top2Gram']).toBe((3 * 2) / 37)
  })

  test('5- to 10-grams are equal when their words run together are', () => {
    const { duplicate5Grams } = valuesOf('ab c d e f gh i j, k l m a bc d e f')
    expect(duplicate5Grams).toBe(6 / 35)
  })

  test('values are those of the readable twin, on any text', () => {
    const few = fc.array(
      fc.constantFrom('a', 'b', 'ab', 'ba', ' ', ' ', '\n', '\n\n', '.', '😀', '\ud83d', '\ude00'),
      {
        maxLength: 120,
      },
    )
    const text = fc.oneof(
      few.map((parts) => parts.join('')),
      hardText,
      hardText.map((t) => `${t}\n${t}${t}`),
    )
    fc.assert(
      fc.property(text, (text) => {
        fc.pre(text !== '')
        expect(valuesOf(text)).toEqual(referenceRepetition(text))
      }),
      { numRuns: 1500 },
    )
  })

  test('is total, pure and true to its declaration on any text', () => {
    expect(() => assertSound(gopherRepetition, {}, undefined)).not.toThrow()
  })

  test.each<[string, string]>([
    ['one word again and again', 'word '.repeat(500_000)],
    ['one long line', 'x'.repeat(5_000_000)],
    ['empty lines', '\n'.repeat(1_000_000)],
    ['equal lines', 'one line\n'.repeat(200_000)],
    ['equal paragraphs', 'one line\n\n'.repeat(200_000)],
    ['two words in turn', 'a b '.repeat(500_000)],
  ])('ends on %s', (_, text) => {
    expect(judge(create(), text).values['duplicateParagraphs']).toBeGreaterThanOrEqual(0)
  })

  test.skipIf(!haveGolden)('gives the reference’s verdicts on 600 documents (needs ../shared/golden)', () => {
    expect(differences(create(), 'gopher_repetition')).toEqual({ rows: 600, differing: [] })
  })
})
