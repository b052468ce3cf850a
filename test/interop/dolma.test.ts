/** `variant: dolma`, value by value against dolma's own taggers. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { c4Quality } from '../../filters/c4-quality.ts'
import { gopherQuality } from '../../filters/gopher-quality.ts'
import { gopherRepetition } from '../../filters/gopher-repetition.ts'
import { prose } from '../build/corpus.ts'
import { temporaryFolder } from '../build/support.ts'
import { modelsPython, pythonJson } from './python.ts'

const python = await modelsPython('dolma')

const TAG = `
import json, sys
from dolma.taggers.gopher import get_attributes
out = []
for text in json.load(open(sys.argv[1])):
    a = get_attributes(text)
    quality = {'words': a.word_count, 'medianWordLength': a.median_word_length, 'symbolWordRatio': a.symbol_to_word_ratio,
        'alphabeticWordRatio': a.fraction_of_words_with_alpha_character, 'stopWords': a.required_word_count,
        'bulletLineRatio': a.fraction_of_lines_starting_with_bullet_point,
        'ellipsisLineRatio': a.fraction_of_lines_ending_with_ellipsis}
    repetition = {'duplicateLines': a.fraction_of_duplicate_lines, 'duplicateLineCharacters': a.fraction_of_characters_in_duplicate_lines}
    repetition |= {f'top{n}Gram': v for n, v in a.fraction_of_characters_in_most_common_ngram}
    repetition |= {f'duplicate{n}Grams': v for n, v in a.fraction_of_characters_in_duplicate_ngrams}
    out.append([quality, repetition if text else {}])
print(json.dumps(out))
`

const C4 = `
import json, os, sys
import dolma.taggers.c4 as c4
out = []
for text in json.load(open(sys.argv[1])):
    a = c4.get_attributes(text)
    marked = sorted((s.start, s.end) for s in {(s.start, s.end): s for s in
        a.lines_with_no_ending_punctuation + a.lines_with_too_few_words}.values())
    left, at = '', 0
    for start, end in marked:
        left += text[at:start]
        at = end
    out.append([a.line_count, len(a.lines_with_no_ending_punctuation), len(a.lines_with_too_few_words), a.has_lorem_ipsum,
        a.has_javascript, a.has_curly_brace, a.has_naughty_word, left + text[at:]])
data = os.path.join(os.path.dirname(c4.__file__), '../data/naughty_words_en.txt')
print(json.dumps([open(data).read().splitlines(), out]))
`

/** Texts that the rules look at closely, and prose. */
function texts(): string[] {
  const parts = [
    'a',
    'of',
    'The',
    '#',
    '…',
    '...',
    '-',
    'A mill stands.\n',
    'Lorem IPSUM',
    'JavaScript',
    'javascripts',
    'poop chute',
    'Boobs',
    '"\n',
    "'",
    '{',
    '*',
    '•',
    "don't",
    '漢字',
    '\n',
    '\n\n',
    '\t',
    '\u00a0',
    '\u001c',
    '😀',
    'ไทย',
  ]
  let state = 1
  const draw = (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit
  const drawn = Array.from({ length: 300 }, () =>
    Array.from({ length: draw(60) }, () => `${parts[draw(parts.length)]}${draw(3) > 0 ? ' ' : ''}`).join(''),
  )
  return ['', '\n', 'a', ...drawn, ...Array.from({ length: 20 }, (_, at) => prose(`text-${at}`, at + 1))]
}

let root: string
beforeAll(async () => {
  root = await temporaryFolder()
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe.skipIf(python === undefined)('dolma (needs the Python package dolma)', { timeout: 120_000 }, () => {
  test('gopher_v1 has the same values', async () => {
    const file = path.join(root, 'texts.json')
    const all = texts()
    await writeFile(file, JSON.stringify(all))
    const tagged = await pythonJson<[object, object][]>(python ?? '', TAG, file)
    const quality = gopherQuality.create(gopherQuality.settings.parse({ variant: 'dolma' }), undefined)
    const repetition = gopherRepetition.create(
      gopherRepetition.settings.parse({ variant: 'dolma' }),
      undefined,
    )
    for (const [at, text] of all.entries()) {
      const document = { text, id: undefined, url: undefined }
      const { allWords: _, ...values } = quality(document).values
      expect([text, values, repetition(document).values]).toEqual([text, ...(tagged[at] ?? [])])
    }
  })

  test('c4_v1 has the same counts, marks and text left', async () => {
    const file = path.join(root, 'c4-texts.json')
    const all = texts()
    await writeFile(file, JSON.stringify(all))
    const [words, tagged] = await pythonJson<[string[], unknown[][]]>(python ?? '', C4, file)
    const lax = { loremIpsum: false, javascript: false, curlyBracket: false }
    const settings = c4Quality.settings.parse({ variant: 'dolma', ...lax })
    const counts = c4Quality.create(settings, [])
    const listed = c4Quality.create({ ...settings, badWords: 'its list' }, words)
    const marks = [0, 0, 0, 0]
    for (const [at, text] of all.entries()) {
      const document = { text, id: undefined, url: undefined }
      const { values, text: left = text } = counts(document)
      const bad = !listed(document).keep
      const has = (value: string): boolean => Number(values[value]) > 0
      const [lorem, javascript] = [has('linesWithLoremIpsum'), has('linesWithJavascript')]
      const bracket = has('linesWithCurlyBracket')
      const own = [values['lines'], values['linesWithoutEnd'], values['linesTooShort']]
      expect([text, ...own, lorem, javascript, bracket, bad, left]).toEqual([text, ...(tagged[at] ?? [])])
      for (const [place, is] of [lorem, javascript, bracket, bad].entries()) marks[place]! += Number(is)
    }
    expect(Math.min(...marks)).toBeGreaterThan(10)
  })
})
