import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { finewebQuality } from '../../filters/fineweb-quality.ts'
import { assertSound, differences, haveGolden, judge } from './golden-verdicts.ts'

type Settings = z.input<typeof finewebQuality.settings>

const create = (settings: Settings = {}) =>
  finewebQuality.create(finewebQuality.settings.parse(settings), undefined)

const long = 'The mill stands by the river and its wheel turns'
const prose = `${long} from morning.\n${long} until night.\n${long}`

const valuesOf = (text: string, settings: Settings = {}) => judge(create(settings), text).values

describe('fineweb-quality', () => {
  test('keeps prose and records every value', () => {
    const verdict = judge(create(), prose)
    expect(verdict).toMatchObject({ keep: true, reason: null })
    expect(verdict.values).toEqual({
      punctuatedLines: 2 / 3,
      shortLines: 0,
      duplicateLineCharacters: 0,
      lineFeedsPerWord: 2 / 36,
    })
    expect(Object.keys(finewebQuality.values)).toEqual(Object.keys(verdict.values))
  })

  test.each<[string, Settings, string, object]>([
    ['empty', {}, '', { value: null, threshold: null }],
    ['empty', {}, ' \n\u3000\n\x1c', { value: null, threshold: null }],
    ['line_punct_ratio', {}, `${long}\n${long} `, { value: 0, threshold: 0.12 }],
    ['short_line_ratio', {}, 'One.\nTwo words.\nThree words.', { value: 1, threshold: 0.67 }],
    ['char_dup_ratio', {}, `${long}.\n${long}.\n${long} again.`, { value: 49 / 153, threshold: 0.01 }],
    ['list_ratio', {}, `${long}.\n${'\n'.repeat(9)}`, { value: 10 / 11, threshold: 0.3 }],
  ])('%s with %j', (reason, settings, text, facts) => {
    expect(judge(create(settings), text)).toMatchObject({ keep: false, reason, ...facts })
  })

  test('a line’s last character decides: no quote, no white space, in any script', () => {
    for (const end of ['.', '!', '?', '。', '।', '𑅁']) {
      expect([end, valuesOf(`a${end}`)['punctuatedLines']]).toEqual([end, 1])
    }
    for (const end of ['."', '. ', '.)', ',', '…', '.\r']) {
      expect([end, valuesOf(`a${end}`)['punctuatedLines']]).toEqual([end, 0])
    }
  })

  test('texts without any punctuation can be let pass', () => {
    const text = `${long}\n${long}s`
    expect(judge(create(), text).reason).toBe('line_punct_ratio')
    expect(judge(create({ allowNoPunctuation: true }), text).keep).toBe(true)
    const some = `${long}.\n${Array.from({ length: 9 }, (_, i) => `${long} ${i}`).join('\n')}`
    expect(judge(create({ allowNoPunctuation: true }), some).reason).toBe('line_punct_ratio')
  })

  test('blank lines are no lines, their line feeds count', () => {
    expect(valuesOf('ab.\n \n\n\t\nb')).toMatchObject({ punctuatedLines: 1 / 2, lineFeedsPerWord: 4 / 3 })
    expect(valuesOf(' \n \na.')['duplicateLineCharacters']).toBe(0)
  })

  test('lengths are characters; limits are inclusive; 0 is a threshold, null is none', () => {
    expect(valuesOf('𝒳𝒴.', { shortLineLength: 3 })['shortLines']).toBe(1)
    expect(valuesOf('𝒳𝒴.', { shortLineLength: 2 })['shortLines']).toBe(0)
    expect(valuesOf('𝒳.\n𝒳.')['duplicateLineCharacters']).toBe(1 / 2)
    const off = { minPunctuatedLines: null, maxDuplicateLineCharacters: null, maxLineFeedsPerWord: null }
    expect(judge(create({ ...off, maxShortLines: 1 }), 'a\na').keep).toBe(true)
    expect(judge(create({ ...off, maxShortLines: 0 }), 'a\na').reason).toBe('short_line_ratio')
    expect(judge(create({ ...off, maxShortLines: null }), 'a\na').keep).toBe(true)
    expect(judge(create({ ...off, maxShortLines: null, maxLineFeedsPerWord: 0 }), 'a\nb').reason).toBe(
      'list_ratio',
    )
  })

  test('is total, pure and true to its declaration on any text', () => {
    expect(() => assertSound(finewebQuality, {}, undefined)).not.toThrow()
    expect(() =>
      assertSound(finewebQuality, { allowNoPunctuation: true, shortLineLength: 0 }, undefined),
    ).not.toThrow()
  })

  test.skipIf(!haveGolden)('gives the reference’s verdicts on 600 documents (needs ../shared/golden)', () => {
    expect(differences(create(), 'fineweb_quality')).toEqual({ rows: 600, differing: [] })
  })
})
