import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { gopherQuality } from '../../filters/gopher-quality.ts'
import { assertSound, differences, haveGolden, judge } from './golden-verdicts.ts'

const create = (settings: z.input<typeof gopherQuality.settings> = {}) =>
  gopherQuality.create(gopherQuality.settings.parse(settings), undefined)

/** 52 words, of which 50 are not punctuation. */
const prose = `${'the miller and his cart went to town with that grain '.repeat(4)}before it rained, so be glad that we came home dry.`

/** All rules off but the one that is tested. */
const off = {
  minWords: null,
  maxWords: null,
  minMeanWordLength: null,
  maxMeanWordLength: null,
  maxSymbolWordRatio: null,
  maxBulletLineRatio: null,
  maxEllipsisLineRatio: null,
  minAlphabeticWordRatio: null,
  minStopWords: null,
}

const valuesOf = (text: string) => judge(create(off), text).values

describe('gopher-quality', () => {
  test('keeps prose and records every value', () => {
    expect(judge(create({ minWords: 49 }), prose)).toMatchObject({ keep: true, reason: null, value: null })
    expect(Object.keys(judge(create(), prose).values)).toEqual(
      Object.keys(gopherQuality.values).filter(
        (name) => !['medianWordLength', 'symbolWordRatio'].includes(name),
      ),
    )
  })

  test.each<[string, z.input<typeof gopherQuality.settings>, string, object]>([
    ['gopher_short_doc', {}, 'the end', { value: 2, threshold: 50 }],
    ['gopher_short_doc', {}, '', { value: 0, threshold: 50 }],
    ['gopher_long_doc', { maxWords: 4 }, prose, { threshold: 4 }],
    ['gopher_below_avg_threshold', {}, 'a bc '.repeat(30), { value: 1.5, threshold: 3 }],
    ['gopher_above_avg_threshold', {}, 'abcdefghijk '.repeat(50), { value: 11, threshold: 10 }],
    ['gopher_too_many_hashes', {}, `${prose} ${'#'.repeat(9)}`, { threshold: 0.1 }],
    ['gopher_too_many_ellipsis', {}, `${prose} ${'... … '.repeat(4)}`, { threshold: 0.1 }],
    ['gopher_too_many_bullets', {}, ` - ${prose}\r\n\u00a0• dry`, { value: 1, threshold: 0.9 }],
    ['gopher_too_many_end_ellipsis', {}, `${prose}…\nthe ... \nend`, { value: 2 / 3, threshold: 0.3 }],
    ['gopher_below_alpha_threshold', {}, `${prose}${' 1234'.repeat(20)}`, { threshold: 0.8 }],
    ['gopher_enough_stop_words', {}, 'The And Be word '.repeat(13), { value: 0, threshold: 2 }],
    ['gopher_enough_stop_words', {}, 'the the word word '.repeat(13), { value: 1, threshold: 2 }],
  ])('%s with %j', (reason, settings, text, facts) => {
    expect(judge(create(settings), text)).toMatchObject({ keep: false, reason, ...facts })
  })

  test('limits are inclusive: the measured value itself passes, in both directions', () => {
    const { values } = judge(create(off), prose)
    const words = Number(values['words'])
    const mean = Number(values['meanWordLength'])
    const exact = {
      minWords: words,
      maxWords: words,
      minMeanWordLength: mean,
      maxMeanWordLength: mean,
      minAlphabeticWordRatio: Number(values['alphabeticWordRatio']),
      minStopWords: Number(values['stopWords']),
    }
    expect(judge(create({ ...off, ...exact }), prose).keep).toBe(true)
    expect(judge(create({ ...off, minWords: words + 1 }), prose).keep).toBe(false)
  })

  test('0 is a threshold, null is none', () => {
    expect(judge(create({ ...off, maxSymbolWordRatio: 0 }), 'a # b').reason).toBe('gopher_too_many_hashes')
    expect(judge(create({ ...off, maxBulletLineRatio: 0 }), 'a\n- b').reason).toBe('gopher_too_many_bullets')
    expect(judge(create(off), '').keep).toBe(true)
    expect(judge(create({ ...off, minStopWords: 0 }), '').keep).toBe(true)
  })

  test('symbols are counted over the text: `.....` holds one ellipsis, `......` two', () => {
    expect(valuesOf('a ..... b')).toMatchObject({ allWords: 3, ellipsisWordRatio: 1 / 3 })
    expect(valuesOf('a ...... b')).toMatchObject({ allWords: 3, ellipsisWordRatio: 2 / 3 })
    expect(valuesOf('a#b#c')).toMatchObject({ allWords: 1, hashWordRatio: 2 })
  })

  test('lengths are characters, not UTF-16 units', () => {
    expect(judge(create(off), '𝒳𝒴𝒵').values).toMatchObject({ words: 1, meanWordLength: 3 })
  })

  test('stop words can be given', () => {
    const filter = create({ ...off, stopWords: ['der', 'und', 'und'], minStopWords: 2 })
    expect(judge(filter, 'der Müller und der Esel').keep).toBe(true)
    expect(judge(filter, 'und nochmals und').values['stopWords']).toBe(1)
  })

  test('is total, pure and true to its declaration on any text', () => {
    expect(() => assertSound(gopherQuality, {}, undefined)).not.toThrow()
    expect(() => assertSound(gopherQuality, off, undefined)).not.toThrow()
  })

  test.skipIf(!haveGolden)('gives the reference’s verdicts on 600 documents (needs ../shared/golden)', () => {
    expect(differences(create(), 'gopher_quality')).toEqual({ rows: 600, differing: [] })
  })
})
