/** The same rules as others read them; the numbers are worked out by hand. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { c4Quality } from '../../filters/c4-quality.ts'
import { gopherQuality } from '../../filters/gopher-quality.ts'
import { gopherRepetition } from '../../filters/gopher-repetition.ts'
import { forEachRepeated } from '../../lib/text/gram-counts.ts'

type Variant = 'datatrove' | 'dolma' | 'dclm'

function quality(variant: Variant, text: string, settings: object = {}) {
  const filter = gopherQuality.create(gopherQuality.settings.parse({ variant, ...settings }), undefined)
  return filter({ text, id: undefined, url: undefined })
}

function repetition(variant: Variant, text: string, settings: object = {}) {
  const filter = gopherRepetition.create(gopherRepetition.settings.parse({ variant, ...settings }), undefined)
  return filter({ text, id: undefined, url: undefined })
}

function c4(text: string, settings: object = {}, badWords: readonly string[] = []) {
  const filter = c4Quality.create(c4Quality.settings.parse({ variant: 'dolma', ...settings }), badWords)
  return filter({ text, id: undefined, url: undefined })
}

describe('gopher-quality', () => {
  const text = '* The cat, of course… #1\n - of x ...\n\n• the end . . .'

  test('dolma: median length, words with a symbol, * and - at the very start, … at the very end', () => {
    // * The cat, of course… #1 | - of x ... | • the end . . . : lengths 1 3 4 2 7 2 1 2 1 3 1 3 3 1 1 1
    expect(quality('dolma', text).values).toEqual({
      words: 16,
      allWords: 16,
      medianWordLength: 2,
      symbolWordRatio: 2 / 16,
      alphabeticWordRatio: 8 / 16,
      bulletLineRatio: 1 / 4,
      ellipsisLineRatio: 0,
      stopWords: 3,
    })
  })

  test('dclm: words that begin with a letter or digit, symbols by text, lines stripped, stop words in any case', () => {
    // Symbols: # … ... and `. . .`; lines: all three filled ones begin with a bullet, two end with an ellipsis.
    expect(quality('dclm', text).values).toEqual({
      words: 8,
      allWords: 16,
      meanWordLength: 36 / 16,
      symbolWordRatio: 4 / 16,
      alphabeticWordRatio: 8 / 16,
      bulletLineRatio: 3 / 3,
      ellipsisLineRatio: 2 / 3,
      stopWords: 4,
    })
  })

  test.each<[Variant, string, string]>([
    ['dolma', 'gopher_below_avg_threshold', 'a b c of the to'],
    ['dclm', 'gopher_below_avg_threshold', 'a b c of the to'],
    ['dolma', 'gopher_too_many_symbols', 'word #tag word… and that'],
    ['dclm', 'gopher_too_many_symbols', 'word #tag word… and that'],
    ['dolma', 'gopher_too_many_bullets', '* and this\n- that one'],
    ['dclm', 'gopher_too_many_bullets', '● and this\n * that one'],
    ['dclm', 'gopher_too_many_end_ellipsis', 'this and that . . .\nwords'],
    ['dolma', 'gopher_enough_stop_words', 'The words And this'],
  ])('%s drops as %s', (variant, reason, of) => {
    const off = reason.startsWith('gopher_below_avg') ? {} : { minMeanWordLength: null }
    const symbols = reason === 'gopher_too_many_end_ellipsis' ? { maxSymbolWordRatio: null } : {}
    const alpha = { minAlphabeticWordRatio: null, minWords: null, ...symbols }
    expect(quality(variant, of, { ...off, ...alpha })).toMatchObject({ keep: false, reason })
  })

  test('dclm counts stop words whatever their case', () => {
    expect(quality('dclm', 'The words And this', { minWords: null }).keep).toBe(true)
  })

  test.each<Variant>(['dolma', 'dclm'])('%s has an empty text', (variant) => {
    expect(quality(variant, '')).toMatchObject({ keep: false, reason: 'gopher_short_doc', value: 0 })
  })
})

describe('gopher-repetition', () => {
  const lines = 'ab cd\nab cd\n\nx\n\nx'

  test('every occurrence counts for dolma and DCLM, later ones alone for datatrove', () => {
    // Lines: `ab cd` twice, empty twice, `x` twice.
    expect(repetition('dolma', lines).values).toMatchObject({
      duplicateLines: 6 / 6,
      duplicateLineCharacters: 12 / 10, // white space in lines is in the part alone
    })
    expect(repetition('dclm', lines).values).toMatchObject({
      duplicateLines: 4 / 4,
      duplicateLineCharacters: 12 / 12,
      duplicateParagraphs: 2 / 3,
      duplicateParagraphCharacters: 2 / 13,
    })
    expect(repetition('datatrove', lines).values).toMatchObject({
      duplicateLines: 2 / 4,
      duplicateLineCharacters: 6 / 17,
      duplicateParagraphs: 1 / 3,
      duplicateParagraphCharacters: 1 / 17,
    })
  })

  test('a most frequent n-gram that stands once counts for dolma, and not for DCLM', () => {
    expect(repetition('dolma', 'one three five').values).toMatchObject({
      top2Gram: 8 / 12,
      top3Gram: 12 / 12,
    })
    expect(repetition('dclm', 'one three five').values).toMatchObject({ top2Gram: 0, top3Gram: 0 })
  })

  test('of equally frequent n-grams dolma takes the first, DCLM the longest', () => {
    const text = 'a b a b . ccc ddd ccc ddd'
    // dolma: a b, twice; DCLM, without the full stop: ccc ddd, twice.
    expect(repetition('dolma', text).values['top2Gram']).toBe(4 / 17)
    expect(repetition('dclm', text).values['top2Gram']).toBe(12 / 16)
  })

  test('n-grams that overlap are each counted by dolma, their words once by DCLM', () => {
    const text = 'a a a a a a a b' // 5-grams: a x 5 three times, a a a a b once
    expect(repetition('dolma', text).values).toMatchObject({
      duplicate5Grams: 15 / 20,
      duplicate6Grams: 12 / 18,
    })
    expect(repetition('dclm', text).values).toMatchObject({ duplicate5Grams: 7 / 8, duplicate6Grams: 7 / 8 })
  })

  test('DCLM’s words are Unicode’s without dictionaries', () => {
    // 我 们 不 我 们 不: each character is a word.
    expect(repetition('dclm', '我们不我们不').values).toMatchObject({ top2Gram: 4 / 6, top3Gram: 6 / 6 })
    expect(repetition('dclm', 'カタ カタ ไท ไท').values).toMatchObject({ top2Gram: 4 / 8 })
  })

  test('DCLM looks at lines before paragraphs', () => {
    const text = 'ab\n\nab\n\nab'
    expect(repetition('dclm', text).reason).toBe('dup_line_frac')
    expect(repetition('datatrove', text).reason).toBe('dup_para_frac')
  })

  test.each<Variant>(['dolma', 'dclm'])('%s has an empty text', (variant) => {
    expect(repetition(variant, '')).toMatchObject({ keep: false, reason: 'empty' })
  })
})

test('repeated n-grams are those that a count of all of them finds', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 60 }), (ids) => {
      forEachRepeated(Int32Array.from(ids), 6, ({ n, positions, count, firsts, occurrences }) => {
        const grams = ids.slice(n - 1).map((_, at) => ids.slice(at, at + n).join(' '))
        const repeated = grams.flatMap((gram, at) =>
          grams.indexOf(gram) === grams.lastIndexOf(gram)
            ? []
            : [[at, grams.indexOf(gram), grams.filter((one) => one === gram).length]],
        )
        const found = Array.from(positions.subarray(0, count), (at) => [
          at,
          firsts[at],
          occurrences[firsts[at]!],
        ])
        expect(found).toEqual(repeated)
      })
    }),
  )
})

describe('c4-quality', () => {
  test('dolma: lines by line feeds, each in every count that fits, removed with their line feed', () => {
    // Lines: kept | blank, so open and short | short | open, by its apostrophe | kept, since ... is an end | short and open
    const text = "  The mill stands here. \n\nOne word.\nThey call it 'home.'\nIt goes on...\u2028\nno end"
    expect(c4(text)).toMatchObject({
      keep: true,
      text: '  The mill stands here. \nIt goes on...\u2028\n',
      values: { lines: 6, linesWithoutEnd: 3, linesTooShort: 3, linesKept: 2 },
    })
    expect(c4(text, { terminalPunctuation: false }).values).toMatchObject({
      linesWithoutEnd: 3,
      linesKept: 3,
    })
    expect(c4(text, { minWordsPerLine: null }).values).toMatchObject({ linesTooShort: 0, linesKept: 3 })
    expect(c4(text, { minWordsPerLine: null, terminalPunctuation: false })).not.toHaveProperty('text')
    expect(c4('')).toMatchObject({ keep: true, values: { lines: 1, linesWithoutEnd: 1, linesTooShort: 1 } })
  })

  test.each([
    ['lorem_ipsum', 'loremIpsum', 'LOREM Ipsum', 'lorem  ipsum'],
    ['curly_bracket', 'curlyBracket', 'if (x) {', '}'],
    ['javascript', 'javascript', 'Turn on JavaScript now', 'Turn on javascript.'],
  ])('dolma: %s in any line, one that goes too', (reason, setting, line, other) => {
    const text = `The mill stands here.\n${line}`
    expect(c4(text)).toMatchObject({ keep: false, reason, value: 1, threshold: 0 })
    expect(c4(text, { [setting]: false })).toMatchObject({ keep: true, text: 'The mill stands here.\n' })
    expect(c4(`The mill stands here.\n${other}`).keep).toBe(true)
  })

  test('dolma: listed words between white space, phrases anywhere in a line', () => {
    const found = (text: string) => c4(text, { badWords: 'list' }, ['Darn', 'blast it', ''])
    expect(found('A darn\ndarn DARN')).toMatchObject({ value: 'darn', values: { badWords: 2 } })
    expect(found('Sandblast items')).toMatchObject({ keep: false, value: 'blast it' })
    expect(found('A darn. (darn) blast\nit')).toMatchObject({ keep: true, values: { badWords: 0 } })
    expect(c4('A darn').values).not.toHaveProperty('badWords')
  })
})
