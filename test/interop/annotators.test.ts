/** NeMo Curator's heuristics, score by score, and C4 as TensorFlow Datasets makes it, by their own code. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { c4Quality } from '../../filters/c4-quality.ts'
import { nemoHeuristics } from '../../filters/nemo-heuristics.ts'
import { prose } from '../build/corpus.ts'
import { temporaryFolder } from '../build/support.ts'
import { filtersPython, pythonJson } from './python.ts'

/** Scores by name, of each text; null where it fails. Grams as frequent as the first of them are equally right for it. */
const NEMO = `
import importlib.util, json, os, sys, types
from collections import Counter
# Its packages' own __init__ ask for Ray and more: modules below them are loaded without.
home = importlib.util.find_spec('nemo_curator').submodule_search_locations[0]
for name in ('', '.stages', '.stages.text', '.stages.text.filters', '.stages.text.utils',
        '.stages.text.filters.heuristic', '.stages.text.filters.heuristic.repetition'):
    module = sys.modules['nemo_curator' + name] = types.ModuleType('nemo_curator' + name)
    module.__path__ = [os.path.join(home, *name.split('.')[1:])]
import nemo_curator.stages.text.filters.heuristic.string as string
import nemo_curator.stages.text.filters.heuristic.repetition.repetition as repetition
filters = [string.NonAlphaNumericFilter(), string.SymbolsToWordsFilter(), string.NumbersFilter(), string.UrlsFilter(), string.BulletsFilter(),
    string.WhiteSpaceFilter(), string.ParenthesesFilter(), string.LongWordFilter(), string.WordCountFilter(), string.BoilerPlateStringFilter(),
    string.MeanWordLengthFilter(), string.PunctuationFilter(), string.EllipsisFilter(), string.CommonEnglishWordsFilter(stop_at_false=False),
    string.WordsWithoutAlphabetsFilter(), repetition.RepeatedLinesFilter(), repetition.RepeatedParagraphsFilter(),
    repetition.RepeatedLinesByCharFilter(), repetition.RepeatedParagraphsByCharFilter(),
    *[repetition.RepeatingTopNGramsFilter(n) for n in (2, 3, 4)], *[repetition.RepeatingDuplicateNGramsFilter(n) for n in range(5, 11)]]
out = []
for text in json.load(open(sys.argv[1])):
    scores = {}
    for filter in filters:
        try: scores[filter._name] = filter.score_document(text)
        except (ZeroDivisionError, ValueError): pass
    words = text.split()
    for n in (2, 3, 4):
        counts = Counter(zip(*[words[i:] for i in range(n)]))
        if counts: # of equals the first, which it takes as often as any other
            filter = repetition.RepeatingTopNGramsFilter(n)
            filter._ngrams = [counts.most_common(1)[0][0]]
            scores[filter._name] = filter.score_document(text)
    out.append(scores)
print(json.dumps(out))
`

/** The text left of each, or null. Only c4_utils.py is loaded; its sentences are counted by spaCy, as here. */
const C4 = `
import importlib.util, json, os, sys, types
def stub(name, **values):
    sys.modules[name] = types.ModuleType(name)
    for key, value in values.items(): setattr(sys.modules[name], key, value)
home = importlib.util.find_spec('tensorflow_datasets').submodule_search_locations[0]
stub('absl', logging=None)
for name in ('tensorflow_datasets', 'tensorflow_datasets.core', 'tensorflow_datasets.core.utils'): stub(name)
stub('tensorflow_datasets.public_api')
stub('tensorflow_datasets.core.utils.lazy_imports_utils', tensorflow=None)
spec = importlib.util.spec_from_file_location('c4_utils', os.path.join(home, 'text/c4_utils.py'))
c4 = importlib.util.module_from_spec(spec)
sys.modules['c4_utils'] = c4
spec.loader.exec_module(c4)
from datatrove.utils.word_tokenizers import load_word_tokenizer
c4._get_sentences = load_word_tokenizer('en').sent_tokenize
texts, words = json.load(open(sys.argv[1]))
clean = c4.get_clean_page_fn()
bad = c4.get_badwords_filter_fn({'en': words})
c4._hashed_url_filter_fn = None
c4.get_counter_inc_fn = lambda name: lambda *args: None
c4.tf = types.SimpleNamespace(compat=types.SimpleNamespace(as_text=lambda text: text))
out = []
for text in texts:
    pages = list(clean(c4.PageFeatures(text=text, language='en'), counter_inc_fn=lambda *args: None))
    out.append([page.text if bad(page) else False for page in pages])
print(json.dumps(out))
`

const parts = [
  [
    'a',
    'of',
    'The',
    'the',
    'be',
    '#',
    '##a#',
    '…',
    '...',
    '[...]',
    '-»',
    'Read more..',
    '-',
    '•',
    '○',
    '*',
    '1,024',
    '٣',
  ],
  [
    'https://example.org/a?b=c%20d',
    'http://x',
    '{',
    '}',
    '(',
    ']',
    '⟨',
    "don't",
    '漢字',
    'ไทย',
    '😀',
    'naïve',
    'ß',
    'İ',
  ],
  [
    'Lorem IPSUM',
    'Privacy Policy',
    'privacy & cookies policy',
    'uses cookies',
    'JavaScript',
    'terms of use',
    '[1]',
    '[edit]',
  ],
  [
    'A mill stands here today.',
    'They call it home.\n',
    'Is it so?\n',
    '"Yes, it is so."\n',
    "It's 'so it is now'\n",
    'and so on...\n',
  ],
  [
    'darn',
    'heck!',
    '[citation needed].\n',
    'Use [2] the five words[3].\n',
    'Only four words here.\n',
    'x'.repeat(1001),
    'x'.repeat(1000),
  ],
  ['\n', '\n\n', '\n\n\n', '\t', '\u00a0', '\u001c', '\u2028', '\ufeff', '\r\n', ' \n'],
].flat()
function texts(): string[] {
  let state = 7
  const draw = (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit
  const drawn = Array.from({ length: 400 }, () =>
    Array.from(
      { length: draw(70) },
      () => `${parts[draw(draw(2) === 0 ? parts.length : 12)]}${draw(5) > 0 ? ' ' : ''}`,
    ).join(''),
  )
  const lines = Array.from({ length: 200 }, () =>
    Array.from(
      { length: draw(9) },
      () => `${parts[draw(parts.length)]} ${parts[32 + draw(8)]} so it is all ${'.!?\'"'.charAt(draw(5))}\n`,
    ).join(''),
  )
  const paragraphs = Array.from({ length: 60 }, () =>
    Array.from({ length: draw(12) }, () => parts[draw(draw(2) === 0 ? 12 : parts.length)]).join('\n\n'),
  )
  return [
    '',
    '\n',
    ' ',
    'a',
    ...drawn,
    ...lines,
    ...paragraphs,
    ...Array.from({ length: 20 }, (_, at) => prose(`text-${at}`, at + 1)),
  ]
}

const [nemo, tfds] = [await filtersPython('nemo_curator'), await filtersPython('tensorflow_datasets')]
let root: string
beforeAll(async () => {
  root = await temporaryFolder()
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe.skipIf(nemo === undefined)(
  'NeMo Curator (needs the Python package nemo-curator)',
  { timeout: 120_000 },
  () => {
    test('the same scores, where it has them', async () => {
      const file = path.join(root, 'texts.json')
      const all = texts()
      await writeFile(file, JSON.stringify(all))
      const scored = await pythonJson<Record<string, number>[]>(nemo ?? '', NEMO, file)
      const decide = nemoHeuristics.create(nemoHeuristics.settings.parse({}), undefined)
      const seen = new Map<string, Set<number>>()
      for (const [at, text] of all.entries()) {
        const { values } = decide({ text, id: undefined, url: undefined })
        expect([text, values]).toEqual([text, scored[at]])
        for (const [name, value] of Object.entries(values))
          seen.set(name, (seen.get(name) ?? new Set()).add(Number(value)))
      }
      // None of the scores is nearly always the same.
      for (const [name, different] of seen) expect([name, different.size > 3]).toEqual([name, true])
    })
  },
)

describe.skipIf(tfds === undefined)(
  'TensorFlow Datasets (needs the Python packages tensorflow-datasets and datatrove)',
  { timeout: 120_000 },
  () => {
    test('variant tfds of c4-quality leaves the same text', async () => {
      const file = path.join(root, 'c4-texts.json')
      const all = texts()
      const words = ['darn', 'heck!', 'call it']
      await writeFile(file, JSON.stringify([all, words]))
      const cleaned = await pythonJson<(string | false)[][]>(tfds ?? '', C4, file)
      const decide = c4Quality.create(
        c4Quality.settings.parse({ variant: 'tfds', badWords: 'its list' }),
        words,
      )
      const fates = new Map<string | null, number>()
      for (const [at, text] of all.entries()) {
        const verdict = decide({ text, id: undefined, url: undefined })
        fates.set(verdict.reason, (fates.get(verdict.reason) ?? 0) + 1)
        const left = verdict.keep
          ? [verdict.text ?? text]
          : verdict.reason === 'document_removed_with_badwords'
            ? [false]
            : []
        expect([text, left]).toEqual([text, cleaned[at]])
      }
      for (const reason of [
        null,
        'lorem_ipsum',
        'curly_bracket',
        'too_few_sentences',
        'document_removed_with_badwords',
      ])
        expect([reason, (fates.get(reason) ?? 0) > 5]).toEqual([reason, true])
    })
  },
)
