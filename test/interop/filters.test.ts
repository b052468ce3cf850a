/** Rules that ordinary documents hardly ever meet, judged by datatrove itself: verdict, reason and edited text. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { c4Quality } from '../../filters/c4-quality.ts'
import type { FilterFunction } from '../../filters/define-filter.ts'
import { finewebQuality } from '../../filters/fineweb-quality.ts'
import { gopherQuality } from '../../filters/gopher-quality.ts'
import { gopherRepetition } from '../../filters/gopher-repetition.ts'
import { temporaryFolder } from '../build/support.ts'
import { judge } from '../filters/golden-verdicts.ts'
import { cases } from './filter-cases.ts'
import { peersPython, pythonJson } from './python.ts'

const python = await peersPython()

const BAD_WORDS = ['darn', 'blast it', 'heck!', 'ärger', '呪い', 'a-b', '\u{1f595}']

const quality = gopherQuality.settings.parse({})
const filters: Record<string, FilterFunction> = {
  gopher_quality: gopherQuality.create(quality, undefined),
  gopher_quality_short: gopherQuality.create({ ...quality, minWords: null, minStopWords: null }, undefined),
  gopher_repetition: gopherRepetition.create(gopherRepetition.settings.parse({}), undefined),
  c4_quality: c4Quality.create(c4Quality.settings.parse({ terminalPunctuation: false }), []),
  c4_quality_terminal: c4Quality.create(c4Quality.settings.parse({}), []),
  c4_bad_words: c4Quality.create(c4Quality.settings.parse({ badWords: 'list' }), BAD_WORDS),
  c4_bad_words_inside: c4Quality.create(
    c4Quality.settings.parse({ badWords: 'list', badWordsInside: true }),
    BAD_WORDS,
  ),
  fineweb: finewebQuality.create(finewebQuality.settings.parse({}), undefined),
}

const judged = z.record(
  z.string(),
  z.array(z.tuple([z.boolean(), z.string().nullable(), z.string().nullable()]).nullable()),
)

/** Verdicts by filter, then in the order of the texts: [keep, reason, text]; null where datatrove divides by zero. */
const JUDGE = `
import json, sys
from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.filters import c4_filters
texts, words = [json.load(open(path)) for path in sys.argv[1:3]]
with open(sys.argv[3], 'w') as file: file.write('\\n'.join(words) + '\\n')
c4_filters.cached_asset_path_or_download = lambda *args, **options: sys.argv[3]
bad = c4_filters.C4BadWordsFilter
filters = {
  'gopher_quality': [GopherQualityFilter()],
  'gopher_quality_short': [GopherQualityFilter(min_doc_words=None, min_stop_words=None)],
  'gopher_repetition': [GopherRepetitionFilter()],
  'c4_quality': [C4QualityFilter(filter_no_terminal_punct=False)],
  'c4_quality_terminal': [C4QualityFilter()],
  'c4_bad_words': [C4QualityFilter(), bad()],
  'c4_bad_words_inside': [C4QualityFilter(), bad(default_language='ja')],
  'fineweb': [FineWebQualityFilter()],
}
def judge(steps, text):
  document = Document(text=text, id='0')
  for step in steps:
    try: result = step.filter(document)
    except ZeroDivisionError: return None
    keep, reason = result if isinstance(result, tuple) else (result, None)
    if not keep: return [False, reason, None]
  return [True, None, document.text]
json.dump({name: [judge(steps, text) for text in texts] for name, steps in filters.items()}, sys.stdout)
`

describe.skipIf(python === undefined)('filters beside datatrove (needs MILLRACE_FILTERS_PYTHON)', () => {
  let root: string
  let verdicts: z.output<typeof judged>
  beforeAll(async () => {
    root = await temporaryFolder()
    const [texts, words, list] = ['texts.json', 'words.json', 'words.txt'].map((name) =>
      path.join(root, name),
    )
    await writeFile(texts!, JSON.stringify(cases.map(({ text }) => text)))
    await writeFile(words!, JSON.stringify(BAD_WORDS))
    verdicts = judged.parse(await pythonJson(python!, JUDGE, texts!, words!, list!))
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  test.each(Object.entries(filters))('%s: verdict, reason and text of every case', (name, filter) => {
    const differing = cases.flatMap(({ title, text }, i) => {
      const { keep, reason, text: edited } = judge(filter, text)
      const ours = [keep, reason, keep ? (edited ?? text) : null]
      const theirs = verdicts[name]![i]
      return theirs === null || isDeepStrictEqual(ours, theirs) ? [] : [{ title, ours, theirs }]
    })
    expect(differing).toEqual([])
  })

  test('each rule that the cases are for fires in the reference', () => {
    const missed = cases.flatMap(({ title, expected }, i) =>
      Object.entries(expected).flatMap(([name, reason]) =>
        verdicts[name]![i]?.[1] === reason ? [] : [{ title, name, reason, got: verdicts[name]![i]?.[1] }],
      ),
    )
    expect(missed).toEqual([])
  })
})
