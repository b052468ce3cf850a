import { mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { c4Quality } from '../../filters/c4-quality.ts'
import { usesUnicode } from '../../filters/index.ts'
import { assertSound, differences, haveGolden, judge } from './golden-verdicts.ts'

type Settings = z.input<typeof c4Quality.settings>

const create = (settings: Settings = {}, badWords: readonly string[] = []) =>
  c4Quality.create(c4Quality.settings.parse(settings), badWords)

/** Five sentences on as many lines. */
const prose = 'The mill stands.\nIts wheel turns!\nDoes it rain?\nThe "river rises."\nWe call it \'home.\''

const linesOf = (text: string, settings: Settings = {}) =>
  judge(create({ minSentences: null, ...settings }), text).text ?? text

describe('c4-quality', () => {
  test('keeps prose as it is and records every value', () => {
    const verdict = judge(create({ badWords: 'list' }), prose)
    expect(verdict).toMatchObject({
      keep: true,
      reason: null,
      values: { lines: 5, linesKept: 5, sentences: 5, badWords: 0 },
    })
    expect(judge(create(), prose).values).not.toHaveProperty('badWords')
    expect(verdict).not.toHaveProperty('text')
    expect(Object.keys(verdict.values)).toEqual(Object.keys(c4Quality.values))
  })

  test.each<[string, Settings, string, object]>([
    ['lorem_ipsum', {}, `${prose}\nSome Lorem Ipsum here.`, { value: 1, threshold: 0 }],
    ['curly_bracket', {}, `${prose}\nSome { bracket here.`, { value: 1, threshold: 0 }],
    ['curly_bracket', {}, `Some { bracket here.\nSome lorem ipsum here.\n${prose}`, { value: 1 }],
    ['lorem_ipsum', {}, `Some lorem ipsum and { here.\n${prose}`, { value: 1 }],
    ['too_few_sentences', {}, 'One line only, of one sentence.', { value: 1, threshold: 5 }],
    ['too_few_sentences', {}, '', { value: 0, threshold: 5 }],
    ['too_few_sentences', { minSentences: 6 }, prose, { value: 5, threshold: 6 }],
  ])('%s with %j', (reason, settings, text, facts) => {
    const verdict = judge(create(settings), text)
    expect(verdict).toMatchObject({ keep: false, reason, ...facts })
    expect(verdict).not.toHaveProperty('text')
  })

  test.each<[string, Settings, string, string]>([
    ['linesWithoutEnd', {}, 'No full stop here', 'terminalPunctuation'],
    ['linesWithoutEnd', {}, 'Three of them at the end...', 'terminalPunctuation'],
    ['linesWithoutEnd', {}, 'One of these is none…', 'terminalPunctuation'],
    ['linesWithoutEnd', {}, 'A citation after it. [1]', 'terminalPunctuation'],
    ['linesTooShort', { minWordsPerLine: 3 }, 'Too short.', 'minWordsPerLine'],
    ['linesWithLongWord', { maxWordLength: 8 }, 'It is ninelette.', 'maxWordLength'],
    ['linesWithJavascript', {}, 'Please enable xJavaScripts now.', 'javascript'],
    ['linesWithPolicy', {}, 'Read our Terms of Use now.', 'policy'],
    ['linesWithPolicy', {}, 'Read our privacy policy now.', 'policy'],
    ['linesWithPolicy', {}, 'Read our coo\u212aie policy now.', 'policy'],
    ['linesWithPolicy', {}, 'This site reuses cookies.', 'policy'],
    ['linesWithPolicy', {}, 'The use of cookies.', 'policy'],
    ['linesWithPolicy', {}, 'We use cookies.', 'policy'],
    ['linesWithPolicy', {}, 'We use[1] cookies.', 'policy'],
  ])('%s with %j: %j', (fate, settings, line, rule) => {
    const text = `${prose}\n${line}`
    const verdict = judge(create(settings), text)
    expect(verdict).toMatchObject({ keep: true, text: prose, values: { [fate]: 1, linesKept: 5 } })
    const off = rule.startsWith('m') ? null : false
    expect(judge(create({ ...settings, [rule]: off }), text).values).toMatchObject({
      [fate]: 0,
      linesKept: 6,
    })
  })

  test('what is removed anyway drops no document', () => {
    expect(linesOf(`${prose}\nif (x) {`)).toBe(prose)
    expect(linesOf(`${prose}\nlorem ipsum`)).toBe(prose)
    expect(judge(create({ curlyBracket: false, loremIpsum: false }), `${prose}\nA { lorem ipsum.`).keep).toBe(
      true,
    )
  })

  test('citations are removed, and counted as words before', () => {
    expect(linesOf('A line.[1]\nThat was said[٣][citation needed] here[edit].[]')).toBe('That was said here.')
    expect(linesOf('One two [3].')).toBe('One two .')
    expect(linesOf('One two [3].', { removeCitations: false })).toBe('One two [3].')
    expect(linesOf('One two [x].')).toBe('One two [x].')
  })

  test('lines after one that was edited are what they are', () => {
    const text =
      'New-fangled[1], odd-looking[2] and un-heard-of[3]. Two.\nA line. And more.\nOf three. A line. Ends.'
    const { values, text: edited } = judge(create(), text)
    expect(values).toMatchObject({ lines: 3, linesKept: 3, sentences: 7 })
    expect(edited).toBe(text.replaceAll(/\[\d\]/g, ''))
  })

  test('lines are cut at all of Python’s line breaks and stripped', () => {
    expect(linesOf('\u3000A b c.\u2028 D e f.\u0085\r\n\x1cG h i.\x0b\x1f')).toBe('A b c.\nD e f.\nG h i.')
  })

  test.each<[number, string]>([
    [1, 'A line of words'],
    [2, 'It ends. It goes on.'],
    [2, 'It "ends." It (goes on.)'],
    [1, 'It ends at 3.5 or v1.2. ...'],
    [3, 'It ends?! It  goes on.  It goes on'],
    [3, 'It ends.  ! white space'],
    [2, 'It ends. [1]\t[2]'],
    [1, 'It ends. [1]'],
    [1, '[1] [2] [3]'],
    [2, 'これは 文です。 次 の 文'],
  ])('%i sentences in %j', (sentences, line) => {
    const filter = create({ minSentences: null, terminalPunctuation: false })
    expect(judge(filter, line).values['sentences']).toBe(sentences)
  })

  test('lengths are characters; limits are inclusive', () => {
    expect(linesOf('an 𝒳𝒴𝒵 there.', { maxWordLength: 6 })).toBe('an 𝒳𝒴𝒵 there.')
    expect(linesOf('𝒳𝒴𝒵𝒳𝒴𝒵 and on.', { maxWordLength: 6 })).toBe('𝒳𝒴𝒵𝒳𝒴𝒵 and on.')
    expect(linesOf('seven77 and on.', { maxWordLength: 6 })).toBe('')
    expect(linesOf('One two three.', { minWordsPerLine: 4 })).toBe('')
    expect(judge(create({ minSentences: 0 }), '').keep).toBe(true)
  })

  test('is total, pure and true to its declaration on any text', () => {
    const all = { terminalPunctuation: false, minWordsPerLine: null, minSentences: null, maxWordLength: 3 }
    expect(() => assertSound(c4Quality, {}, [])).not.toThrow()
    expect(() => assertSound(c4Quality, all, [])).not.toThrow()
    expect(() => assertSound(c4Quality, { ...all, badWords: 'list' }, ['x', 'word # é'])).not.toThrow()
  })

  test.each<[string, string]>([
    ['empty lines', '\n'.repeat(1_000_000)],
    ['open brackets', `${'['.repeat(2_000_000)} a b.`],
    ['digits after brackets', `a b ${'[1'.repeat(1_000_000)}.`],
    ['citations', `a b ${'[1] '.repeat(500_000)}.`],
    ['short lines', 'a b c.\n'.repeat(200_000)],
    ['half phrases', 'use terms of cookie '.repeat(100_000)],
  ])('ends on %s', (_, text) => {
    const { values } = judge(create({ maxWordLength: null }), text)
    expect(values['lines']).toBe(text.split('\n').length - Number(text.endsWith('\n')))
  })

  test.skipIf(!haveGolden)(
    'gives the reference’s verdicts and texts on 600 documents (needs ../shared/golden)',
    () => {
      expect(differences(create(), 'c4_quality_terminal')).toEqual({ rows: 600, differing: [] })
      const asFineWeb = create({ terminalPunctuation: false })
      expect(differences(asFineWeb, 'c4_quality')).toEqual({ rows: 600, differing: [] })
    },
  )
})

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-c4-'))
afterAll(() => rm(folder, { recursive: true }))

describe('bad words', () => {
  const list = ['darn', 'blast it', 'Heck!', 'ÄRGER', '呪い', '🖕', '...']
  const withList = (settings: Settings = {}) =>
    create({ minSentences: null, badWords: 'list', ...settings }, list)
  const found = (text: string, settings?: Settings) => judge(withList(settings), text).value

  test.each<[string | null, string]>([
    ['darn', 'That is a Darn mill.'],
    ['darn', 'That mill, (darn).'],
    ['darn', 'That is not "darn"'],
    [null, 'That sock is darned.'],
    [null, 'That sock is undarn 3darn _darn darné.'],
    ['blast it', 'So blast it, they said.'],
    [null, 'So blast  it, they said.'],
    ['heck!', 'What the heck!?'],
    [null, 'What the heck.'],
    ['ärger', 'So ein Ärger im Haus.'],
    [null, 'これは呪いです です です.'],
    ['呪い', 'これは「呪い」 です です.'],
    ['🖕', 'Say it with 🖕🖕 there.'],
    [null, 'Say it with \u{1D40D}🖕 there.'],
  ])('%s in %j', (word, text) => {
    expect(found(text)).toBe(word)
  })

  test('inside of words where that is asked for', () => {
    expect(found('これは呪いです です です.', { badWordsInside: true })).toBe('呪い')
    expect(found('That sock is darned.', { badWordsInside: true })).toBe('darn')
  })

  test('drop with word and count, by what is left of the text', () => {
    const text = `${prose}\nDarn it, a darn.\ndarn`
    expect(judge(withList(), text)).toMatchObject({
      keep: false,
      reason: 'document_removed_with_badwords',
      value: 'darn',
      values: { badWords: 2 },
    })
    expect(judge(withList(), `${prose}\ndarn`)).toMatchObject({
      keep: true,
      text: prose,
      values: { badWords: 0 },
    })
  })

  test('are those that a pattern over the whole list finds', () => {
    const entries = ['a', 'a a', 'b.', '-', 'ab', 'é', '😀']
    const quoted = entries.map((entry) => entry.replace('.', '\\.')).join('|')
    const flanked = new RegExp(`(?:[^\\p{L}\\p{N}_]|^)(?:${quoted})(?:[^\\p{L}\\p{N}_]|$)`, 'iu')
    const decide = create({ ...lax, badWords: 'list' }, entries)
    const text = fc
      .array(fc.constantFrom('a', 'B', 'É', ' ', '.', '-', '_', '😀', '\u{1D40D}'))
      .map((all) => all.join(''))
    fc.assert(
      fc.property(text, (text) => {
        const left = text.trim()
        expect(judge(decide, text).keep).toBe(!flanked.test(left))
      }),
      { numRuns: 1000 },
    )
  })

  test('come from a file, one a line; the list is part of what a build depends on', async () => {
    const file = path.join(folder, 'words.txt')
    await writeFile(file, 'darn\r\n\n  blast it \n')
    const settings = c4Quality.settings.parse({ badWords: file })
    expect(await c4Quality.load?.(settings)).toEqual(['darn', '', 'blast it', ''])
    expect(c4Quality.paths).toContain('badWords')
    expect([
      usesUnicode({ name: 'c4-quality', settings }),
      usesUnicode({ name: 'c4-quality', settings: c4Quality.settings.parse({}) }),
    ]).toEqual([true, false])
    const missing = { ...settings, badWords: path.join(folder, 'none.txt') }
    await expect(c4Quality.load?.(missing)).rejects.toThrow(/cannot read the list .*none\.txt/)
  })
})

const lax = { terminalPunctuation: false, minWordsPerLine: null, minSentences: null, curlyBracket: false }
