import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isUrl } from '../../../lib/text/url-rule.ts'
import { codePointLength } from '../../../lib/text/word-arrays.ts'
import { idOfWord, words } from '../../../lib/text/words.ts'
import { referenceWords, urlPattern } from './reference.ts'
import { wordsOf } from './words-of.ts'

const golden = path.resolve(import.meta.dirname, '../../../../shared/golden')

function rows(file: string): unknown[] {
  const text = gunzipSync(readFileSync(path.join(golden, file))).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

/** Characters that the rules look at, common ones and odd ones. */
const hard = fc.array(fc.constantFrom(...hardParts()), { maxLength: 40 }).map((parts) => parts.join(''))

function hardParts(): string[] {
  const characters = Array.from(
    'aZé5.,:;-–—~/\'’"()[]{}<>=+*^$€%°@#_&…¿|\\µßЖ漢あ😀𝒳٣\u200b\u0301 \t\n\u3000\u0085\ufeff\u001c',
  )
  return [...characters, ..."http:// www. .com n't 's km :) :-( e.g. Mr. US$ ... \ud800".split(' ')]
}

// What spacy.blank("en") 3.8.18 gives, stripped and without the empty ones.
describe('words', () => {
  test.each<[string, string]>([
    [
      "Don't e-mail U.S.A.'s cost: $3.50 (approx.) foo-bar.com #tag ... …",
      "Do n't e - mail U.S.A. 's cost : $ 3.50 ( approx . ) foo-bar.com # tag ... …",
    ],
    ['see:) (Mr.) foo/Mr. 10a.m.', 'see :) ( Mr. ) foo / Mr. 10 a.m.'],
    ["'em. it's I'd've can't gonna", "'em . it 's I 'd 've ca n't gon na"],
    ['5km 5km/h US$ 100US$ 3% 20°C. A.B. NATO.', '5 km 5 km/h US$ 100 US$ 3 % 20 ° C . A.B. NATO .'],
    [
      'a--b c---d 1–2 1-2 x-1 1+1 a,b 1,2 a=b 1:a',
      'a -- b c --- d 1–2 1 - 2 x-1 1 + 1 a , b 1,2 a = b 1 : a',
    ],
    ['end.Start it.“Yes” ....... ……', 'end . Start it . “Yes ” ....... … …'],
    [
      'http://a.b/c?d=e) user@host.com, 8.8.8.8:80/x 192.168.1.1 a.b.museum',
      'http://a.b / c?d = e ) user@host.com , 8.8.8.8:80/x 192.168.1.1 a.b.museum',
    ],
    ['😀😀x a😀b 漢字。かな', '😀 😀 x a 😀 b 漢字。かな'],
    ['a\u00a0b\u3000c\u0085d\u001ce\ufefff\u200bg', 'a b c d e\ufefff\u200bg'],
    ['', ''],
    [' \n\t', ''],
  ])('%j', (text, expected) => {
    expect(wordsOf(text)).toEqual(expected === '' ? [] : expected.split(' '))
  })

  test.skipIf(!existsSync(golden))('are the reference’s on 600 documents (needs ../shared/golden)', () => {
    const documents = z.array(z.object({ text: z.string() })).parse(rows('datatrove-verdicts.jsonl.gz'))
    const expected = rows('spacy-words.jsonl.gz')
    expect(expected).toHaveLength(600)
    for (const [i, { text }] of documents.entries()) expect(wordsOf(text)).toEqual(expected[i])
  })

  test('do not depend on what was split before, and are the chunks’ own words', () => {
    fc.assert(
      fc.property(hard, (text) => {
        expect(wordsOf(text)).toEqual(referenceWords(text))
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(wordsOf(text)).toEqual(referenceWords(text))
      }),
      { numRuns: 500 },
    )
  })

  test('stay the same when the table of known chunks is started anew', () => {
    const text = "Don't stop at 3.5km (see:) 😀."
    const before = wordsOf(text)
    // More chunks than are kept, over several texts: the table is exchanged between two of them.
    for (let from = 0; from < 900_000; from += 150_000) {
      const many = Array.from({ length: 150_000 }, (_, i) => `x${from + i}y`).join(' ')
      expect(words({ text: many, id: undefined, url: undefined }).ids.length).toBe(150_000)
    }
    expect(wordsOf(text)).toEqual(before)
    const { ids } = words({ text, id: undefined, url: undefined })
    expect(Math.max(...ids.items.subarray(0, ids.length))).toBeLessThan(450_000)
  })

  test('equal words have one id, which can be looked up', () => {
    const text = words({ text: 'the cat, the (cat) The', id: undefined, url: undefined })
    const { ids } = text
    const [the, cat, comma, the2, open, cat2, close, The] = ids.items
    expect([the2, cat2]).toEqual([the, cat])
    expect(new Set([the, cat, comma, open, close, The]).size).toBe(6)
    expect(['cat', 'The', 'never-seen'].map((word) => idOfWord(text, word))).toEqual([cat, The, -1])
  })

  test('lengths are code points; a lone surrogate counts as one', () => {
    const view = words({ text: '😀 \ud83d x\ude00', id: undefined, url: undefined })
    expect([view.codePoints, codePointLength(view, 0, 2), view.length]).toEqual([6, 1, 7])
  })
})

describe('the URL rule', () => {
  test('is the reference’s pattern', () => {
    const separators = Array.from('....://?#@-_+:')
    const others = [
      'a',
      'Z',
      '0',
      '9',
      '1',
      '10',
      '192',
      '168',
      '255',
      'com',
      '://',
      'http',
      '80',
      'é',
      '漢',
      '😀',
    ]
    const part = fc.constantFrom(...separators, ...others, '٣', '٣٤', 'x'.repeat(62), '\u00a0')
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const points = Int32Array.from(Array.from(parts.join('')), (c) => c.codePointAt(0)!)
        expect(isUrl(points, 0, points.length)).toBe(urlPattern.test(parts.join('')))
      }),
      { numRuns: 5000 },
    )
  })
})

describe('hostile texts', () => {
  // Each would run for hours, or run out of stack, if anything were quadratic or recursive.
  test.each<[string, string]>([
    ['a:a:a:…', 'a:'.repeat(1_000_000)],
    ['a@a@a@…', 'a@a.'.repeat(500_000)],
    ['closing brackets', ')'.repeat(2_000_000)],
    ['opening brackets', '('.repeat(2_000_000)],
    ['full stops', 'a' + '.'.repeat(2_000_000) + 'a'],
    ['hyphens', 'a-'.repeat(1_000_000)],
    ['emoticons', ':)'.repeat(500_000)],
    ['words as special cases begin', 'dead:beef:'.repeat(200_000)],
    ['one long word', 'x'.repeat(5_000_000)],
    ['one word again and again', 'word '.repeat(1_000_000)],
    ['lines', '\n'.repeat(2_000_000)],
    ['ellipses', 'a…'.repeat(1_000_000)],
  ])('%s', (_, text) => {
    const view = words({ text, id: undefined, url: undefined })
    let length = 0
    for (let i = 0; i < view.ids.length; i++) length += view.info[view.ids.items[i]!]! >>> 4
    expect(length).toBe(text.replaceAll(/\s/g, '').length)
  })
})
