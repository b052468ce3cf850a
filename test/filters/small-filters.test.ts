import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filters, type Verdict } from '../../filters/index.ts'

/** What a filter without tables says of a text. */
function judge(name: string, text: string, settings: object = {}): Verdict {
  const definition = filters[name]!
  return definition.create(
    definition.settings.parse(settings),
    undefined,
  )({ text, id: undefined, url: undefined })
}

describe('length', () => {
  test('counts code points, words between white space, bytes, and tokens from them', () => {
    expect(judge('length', 'né 😀\u3000x').values).toEqual({ characters: 6, words: 3, bytes: 12, tokens: 3 })
    expect(judge('length', '').values).toEqual({ characters: 0, words: 0, bytes: 0, tokens: 0 })
  })

  test.each([
    ['minCharacters', 4, 'too_few_characters'],
    ['maxCharacters', 2, 'too_many_characters'],
    ['minWords', 2, 'too_few_words'],
    ['maxWords', 0, 'too_many_words'],
    ['minBytes', 4, 'too_few_bytes'],
    ['maxBytes', 0, 'too_many_bytes'],
    ['minTokens', 2, 'too_few_tokens'],
    ['maxTokens', 0, 'too_many_tokens'],
  ])('%s: %d', (setting, limit, reason) => {
    expect(judge('length', 'abc', { [setting]: limit })).toMatchObject({
      keep: false,
      reason,
      threshold: limit,
    })
    expect(judge('length', 'abc', { [setting]: null }).keep).toBe(true)
  })

  test('limits are inclusive', () => {
    expect(
      judge('length', 'abc', { minCharacters: 3, maxCharacters: 3, minWords: 1, maxWords: 1 }).keep,
    ).toBe(true)
  })
})

describe('character-ratios', () => {
  test('measures shares of all characters, and capitals among cased letters', () => {
    expect(judge('character-ratios', 'Ab1 -文').values).toEqual({
      symbols: 1 / 6,
      digits: 1 / 6,
      whiteSpace: 1 / 6,
      upperCase: 1 / 2,
      nonAlphabetic: 1 / 2,
    })
    expect(judge('character-ratios', '').values).toEqual({})
  })

  test.each([
    ['$$$ words', {}, 'symbols'],
    ['12 words', {}, 'digits'],
    ['w    o', {}, 'white_space'],
    ['ABc', { maxUpperCase: 0.5 }, 'upper_case'],
    ['a, b', { maxNonAlphabetic: 0, maxWhiteSpace: null }, 'non_alphabetic'],
  ])('%j %j → %s', (text, settings, reason) => {
    expect(judge('character-ratios', text, settings).reason).toBe(reason)
  })
})

describe('boilerplate', () => {
  const page = 'A first line of text.\nA second one.\n\nThis site USES COOKIES.\nA third.'

  test('removes the lines, and counts them', () => {
    const { text, values } = judge('boilerplate', page)
    expect(text).toBe('A first line of text.\nA second one.\n\nA third.')
    expect(values).toEqual({ lines: 4, boilerplateLines: 1, share: 0.25 })
    expect(judge('boilerplate', page, { removeLines: false })).not.toHaveProperty('text')
  })

  test('drops what is mostly such, spares long lines, takes more phrases', () => {
    expect(judge('boilerplate', page, { maxShare: 0 })).toMatchObject({
      reason: 'boilerplate',
      value: 0.25,
      threshold: 0,
    })
    expect(judge('boilerplate', 'Read more\nx')).toMatchObject({ keep: false })
    expect(judge('boilerplate', `Read more ${'and more '.repeat(30)}`)).toMatchObject({ keep: true })
    expect(judge('boilerplate', 'Imprint\na\nb', { phrases: ['IMPRINT'] }).text).toBe('a\nb')
  })

  test('leaves the other lines as they are, wherever the removed ones stand', () => {
    const line = fc.constantFrom('', '', ' ', 'a', 'b c', 'Read more', 'read more\r', 'İread more')
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (lines) => {
        const others = lines.filter((each) => !each.toLowerCase().includes('read more'))
        const { text } = judge('boilerplate', lines.join('\n'), { maxShare: null })
        expect(text).toBe(others.length === lines.length ? undefined : others.join('\n'))
      }),
      { numRuns: 500 },
    )
  })
})

describe('line-quality', () => {
  const prose = 'the quick brown fox jumps over the lazy dog '.repeat(20)

  test.each([
    ['HOME ABOUT NEWS', 'linesUpperCase'],
    ['1, 2 - 3', 'linesNumeric'],
    ['3 likes', 'linesCounter'],
    ['1.2k followers', 'linesCounter'],
    ['alone', 'linesTooShort'],
    ['Sign-in to your account', 'linesButton'],
    ['and then you can read more...', 'linesButton'],
    ['3 items in cart now', 'linesButton'],
  ])('%j: %s', (line, value) => {
    const { text, values } = judge('line-quality', `${prose}\n\n${line}\n${prose}`)
    expect(text).toBe(`${prose}\n\n${prose}`)
    expect(values).toMatchObject({ lines: 3, [value]: 1, linesKept: 2 })
  })

  test('a rule that is off keeps the line, and a text that loses too many words goes', () => {
    expect(judge('line-quality', 'alone', { minWords: null })).toMatchObject({ keep: true })
    expect(judge('line-quality', 'alone\ntwo words')).toMatchObject({ reason: 'removed_words', value: 1 / 3 })
    expect(judge('line-quality', 'alone\ntwo words', { maxRemovedWords: null }).text).toBe('two words')
  })
})

describe('sample', () => {
  const texts = Array.from({ length: 4000 }, (_, at) => `text ${at}`)
  const kept = (rate: number, seed = 0): string[] =>
    texts.filter((text) => judge('sample', text, { rate, seed }).keep)

  test('keeps its rate, and a larger rate keeps what a smaller one keeps', () => {
    const [some, more] = [kept(0.25), kept(0.5)]
    expect(some.length / texts.length).toBeCloseTo(0.25, 1)
    expect(more).toEqual(expect.arrayContaining(some))
    expect([kept(0), kept(1)]).toEqual([[], texts])
    expect(kept(0.25, 1)).not.toEqual(some)
  })
})
