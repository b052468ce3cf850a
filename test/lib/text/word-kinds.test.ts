import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filters } from '../../../filters/index.ts'
import type { Words } from '../../../lib/text/word-arrays.ts'
import { type WordKind, wordCounter, wordsBy } from '../../../lib/text/word-kinds.ts'

function wordsIn(kind: WordKind, text: string, label?: string): string[] {
  const earlier = label === undefined ? {} : { language: { label } }
  return listed(wordsBy(kind)({ text, id: undefined, url: undefined }, earlier))
}

function listed({ ids, wordSpans: { arena, ends } }: Words): string[] {
  return Array.from(ids.items.subarray(0, ids.length), (id) =>
    String.fromCharCode(...arena.subarray(id === 0 ? 0 : (ends[id - 1] ?? 0), ends[id])),
  )
}

/** What stands between white space, as Python has it, segmented as a whole. */
function reference(text: string, locale = 'und'): string[] {
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' })
  return split(text).flatMap((chunk) => Array.from(segmenter.segment(chunk), ({ segment }) => segment))
}

function split(text: string): string[] {
  // Of Python's white space, JavaScript lacks U+001C to U+001F and U+0085, and has U+FEFF more.
  return (
    text
      // oxlint-disable-next-line no-control-regex -- these are white space
      .split(/[\s\u001c-\u001f\u0085]+/u)
      .flatMap((part) => part.split(/(?=\ufeff)/))
      .filter((part) => part !== '')
  )
}

const part = fc.constantFrom(
  'a',
  'bc',
  "don't",
  '1,024.5',
  'e-mail',
  'x_y',
  '…',
  '。',
  '「',
  '」',
  '漢字',
  'かな',
  'カタカナ',
  '中华人民共和国',
  'สวัสดี',
  'ชาวโลก',
  '한국어',
  '😀',
  '👩‍👩‍👧',
  '\u0301',
  '\u200d',
  ' ',
  '\n',
  '\u3000',
  '\u001c',
  '\ud800',
)

describe('unicode', () => {
  test.each<[string, string[], string?]>([
    ["Don't e-mail: $3.50, x_y", ["Don't", 'e', '-', 'mail', ':', '$', '3.50', ',', 'x_y']],
    ['สวัสดีชาวโลก', ['สวัสดี', 'ชาว', 'โลก']],
    ['私は学生です。', ['私', 'は', '学生', 'です', '。']],
    ['中华人民共和国', ['中华', '人民', '共和国']],
    ['안녕하세요 세계', ['안녕하세요', '세계']],
    ["l'eau 5:3", ["l'eau", '5', ':', '3'], 'fr'],
    ['naïve café', ['naïve', 'café'], 'fra_Latn'],
    ['a b', ['a', 'b'], '__no label__'],
    ['', []],
  ])('%j', (text, expected, label) => {
    expect(wordsIn('unicode', text, label)).toEqual(expected)
  })

  test('is what a segmenter gives for each run without white space', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const text = parts.join('').replaceAll('\ufeff', '')
        expect(wordsIn('unicode', text)).toEqual(reference(text))
      }),
      { numRuns: 300 },
    )
  })

  test.each(['und', 'sv'])(
    'is what a segmenter gives for runs of letters, digits and marks: %s',
    (locale) => {
      const common = fc.constantFrom(...Array.from('aZé_09٣한글Жωع.,:;\'"!-(/$%’“—·«\0'))
      const any = fc.integer({ min: 0x21, max: 0xd7ff }).map((unit) => String.fromCharCode(unit))
      fc.assert(
        fc.property(fc.array(fc.oneof({ weight: 20, arbitrary: common }, any), { maxLength: 40 }), (run) => {
          const text = run.join('')
          expect(wordsIn('unicode', text, locale)).toEqual(reference(text, locale))
        }),
        { numRuns: 1000 },
      )
    },
  )

  test.each([
    ['one letter repeated', 'a'.repeat(20_000)],
    ['digits and commas', '1,024,'.repeat(3000)],
    ['marks alone', '。'.repeat(9000)],
    ['Chinese with marks', '中华人民共和国，是工人阶级领导的。'.repeat(700)],
    ['Japanese with marks', '私は学生です。カタカナも「ある」。'.repeat(700)],
    ['pairs', '😀'.repeat(6000)],
    ['joined pairs', '👩‍👩‍👧'.repeat(1500)],
    ['letters between hyphens', `${'ab'.repeat(1500)}-`.repeat(5)],
  ])('a run that is cut into pieces has the words of the whole: %s', (_, text) => {
    expect(wordsIn('unicode', text)).toEqual(reference(text))
  })

  test('a run without marks that a dictionary cuts is cut all the same, without a gap', () => {
    const text = 'สวัสดีชาวโลก'.repeat(1500)
    const found = wordsIn('unicode', text)
    expect(found.join('')).toBe(text)
    expect(found.filter((word) => !['สวัสดี', 'ชาว', 'โลก'].includes(word)).length).toBeLessThan(
      found.length / 100,
    )
  })
})

test('whitespace is what stands between it', () => {
  expect(wordsIn('whitespace', " Don't\u00a0e-mail,\n\u3000x\u200by\u001cz ")).toEqual([
    "Don't",
    'e-mail,',
    'x\u200by',
    'z',
  ])
})

test.each(['spacy', 'unicode', 'whitespace'] as const)('%s: a counter counts what the view has', (kind) => {
  const count = wordCounter(kind)
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join('')
      expect(count(text)).toBe(wordsBy(kind)({ text, id: undefined, url: undefined }).ids.length)
    }),
    { numRuns: 50 },
  )
})

function measure(name: string, words: WordKind, text: string) {
  const definition = filters[name]!
  const verdict = definition.create(
    definition.settings.parse({ words }),
    undefined,
  )({ text, id: undefined, url: undefined })
  return verdict.values
}

describe('filters', () => {
  test('count the words that they are told to', () => {
    const text = "我们不知道 don't"
    expect(measure('gopher-quality', 'spacy', text)).toMatchObject({ allWords: 3, words: 3 })
    expect(measure('gopher-quality', 'whitespace', text)).toMatchObject({ allWords: 2, words: 2 })
    expect(measure('gopher-quality', 'unicode', text)).toMatchObject({ allWords: reference(text).length })
    expect(measure('length', 'whitespace', text)).toMatchObject({ words: 2 })
    expect(measure('length', 'unicode', text)).toMatchObject({ words: reference(text).length })
    expect(measure('fineweb-quality', 'unicode', `a\n${text}`)).toMatchObject({
      lineFeedsPerWord: 1 / (1 + reference(text).length),
    })
    const twice = '我们不知道'.repeat(2)
    expect(measure('gopher-repetition', 'whitespace', twice)).not.toHaveProperty('top2Gram')
    expect(measure('gopher-repetition', 'unicode', twice)['top2Gram']).toBeGreaterThan(0)
  })

  test.each(['gopher-quality', 'gopher-repetition', 'fineweb-quality', 'length', 'line-quality'])(
    '%s depends on the Unicode version where it counts by it',
    (name) => {
      const { unicode, settings } = filters[name]!
      const uses = (words: string): unknown =>
        typeof unicode === 'function' ? unicode(settings.parse({ words })) : unicode
      expect([uses('spacy'), uses('unicode'), uses('whitespace')]).toEqual([false, true, false])
    },
  )
})
