/** `variant: dolma`, value by value against dolma's own taggers. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
})
