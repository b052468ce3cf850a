/** Shares of lines and paragraphs, as the values that datatrove's own comparisons turn on: exactly these numbers. */
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finewebQuality } from '../../filters/fineweb-quality.ts'
import { gopherRepetition } from '../../filters/gopher-repetition.ts'
import { parseOwnJson } from '../../lib/storage/own-json.ts'
import { temporaryFolder } from '../build/support.ts'
import { judge } from '../filters/golden-verdicts.ts'
import { peersPython, pythonJson } from './python.ts'

const python = await peersPython()

const corpus = path.resolve(import.meta.dirname, '../../../shared/corpus')
/** UTF-16 units of a document: the reference counts words slowly. */
const LONGEST = 8000

/** Every `step`th text of a file of the corpus beside the checkout; none where it is absent. */
function textsOf(name: string, step: number): string[] {
  const file = path.join(corpus, name)
  if (!existsSync(file)) return []
  const rows = gunzipSync(readFileSync(file)).toString().trim().split('\n')
  return rows
    .filter((_, at) => at % step === 0)
    .map((row) => parseOwnJson<{ text: string }>(row).text.slice(0, LONGEST).toWellFormed())
}

/** Lines that repeat, end in all kinds of marks, are short or not, and are parted by all kinds of line ends. */
const line = fc.oneof(
  fc.constantFrom(
    'A line.',
    'A line',
    'Another one of them!',
    'Ist es so?',
    '本当です。',
    'so…',
    '"Yes."',
    '',
    ' ',
    '\t',
  ),
  fc.constantFrom('x'.repeat(30), 'x'.repeat(31), '😀'.repeat(30), '😀'.repeat(31), 'é'.repeat(31)),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)
const separator = fc.constantFrom('\n', '\n', '\n\n', '\n\n\n', ' \n', '\r\n', '\u2028', '\v', '\x85')
const fuzz = fc
  .sample(fc.array(fc.tuple(line, separator), { minLength: 1, maxLength: 24 }), { numRuns: 300, seed: 6 })
  .map((parts) => parts.flat().join('').toWellFormed())

// Without a letter there may be no lines and no shares.
const texts = [...textsOf('technical.jsonl.gz', 4), ...textsOf('encyclopedia.jsonl.gz', 1), ...fuzz].filter(
  (text) => /[a-z]/i.test(text),
)

const filters = {
  repetition: gopherRepetition.create(gopherRepetition.settings.parse({}), undefined),
  fineweb: finewebQuality.create(finewebQuality.settings.parse({}), undefined),
}

/** Filter, the reference's setting, our value. */
const SHARES = [
  ['repetition', 'dup_para_frac', 'duplicateParagraphs'],
  ['repetition', 'dup_para_char_frac', 'duplicateParagraphCharacters'],
  ['repetition', 'dup_line_frac', 'duplicateLines'],
  ['repetition', 'dup_line_char_frac', 'duplicateLineCharacters'],
  ['fineweb', 'line_punct_thr', 'punctuatedLines'],
  ['fineweb', 'short_line_threshold', 'shortLines'],
  ['fineweb', 'char_duplicates_ratio', 'duplicateLineCharacters'],
] as const

/**
 * A value is the reference's exactly where a limit of it keeps the document and the next number beyond drops it. Zero
 * switches some limits off: the least positive number has to keep the document.
 */
const JUDGE = `
import json, math, sys
from datatrove.data import Document
from datatrove.pipeline.filters import FineWebQualityFilter, GopherRepetitionFilter
texts, shares, values = json.load(open(sys.argv[1]))
off = {'dup_para_frac': None, 'dup_para_char_frac': None, 'dup_line_frac': None, 'dup_line_char_frac': None,
  'line_punct_thr': -1, 'short_line_threshold': 2, 'char_duplicates_ratio': 2, 'new_line_ratio': 1e9}
filters = {'repetition': GopherRepetitionFilter(top_n_grams=(), dup_n_grams=()), 'fineweb': FineWebQualityFilter()}
for name in off:
  for each in filters.values():
    if hasattr(each, name): setattr(each, name, off[name])
def keeps(name, setting, limit, text):
  filter = filters[name]
  setattr(filter, setting, limit)
  result = filter.filter(Document(text=text, id='0'))
  setattr(filter, setting, off[setting])
  return result is True
def matches(name, setting, value, text):
  if setting == 'line_punct_thr': return keeps(name, setting, value, text) and not keeps(name, setting, math.nextafter(value, 2), text)
  if value == 0: return keeps(name, setting, 5e-324, text)
  return keeps(name, setting, value, text) and not keeps(name, setting, math.nextafter(value, 0), text)
json.dump([[matches(name, setting, value, text) for (name, setting, _), value in zip(shares, row)] for text, row in zip(texts, values)], sys.stdout)
`

describe.skipIf(python === undefined)(
  'shares of lines beside datatrove (needs MILLRACE_FILTERS_PYTHON)',
  () => {
    let root: string
    let values: number[][]
    let equal: boolean[][]
    beforeAll(async () => {
      root = await temporaryFolder()
      values = texts.map((text) => {
        const recorded = {
          repetition: judge(filters.repetition, text).values,
          fineweb: judge(filters.fineweb, text).values,
        }
        return SHARES.map(([name, , value]) => Number(recorded[name][value]))
      })
      const file = path.join(root, 'texts.json')
      await writeFile(file, JSON.stringify([texts, SHARES, values]))
      equal = await pythonJson<boolean[][]>(python!, JUDGE, file)
    })
    afterAll(() => rm(root, { recursive: true, force: true }))

    test.each(SHARES.map(([name, setting], at) => [name, setting, at] as const))(
      '%s %s of every text',
      (_, __, at) => {
        const differing = texts.flatMap((text, i) =>
          equal[i]![at]! ? [] : [{ text: text.slice(0, 80), ours: values[i]![at] }],
        )
        expect(differing).toEqual([])
        // None of the values is always the same.
        expect(new Set(values.map((row) => row[at])).size).toBeGreaterThan(20)
      },
    )
  },
)
