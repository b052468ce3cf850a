import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, joined, type Span } from '../../../filters/decontaminate/cut.ts'
import { finder, someWords } from './support.ts'

const question = someWords(30).join(' ')
const before = someWords(60, 1000).join(' ')
const after = someWords(60, 2000).join(' ')

test('cut takes the span with its margin, up to white space, and leaves nothing of the item', () => {
  const document = Buffer.from(`${before} ${question} ${after}`)
  const find = finder([question], {}, 'cut', 20)
  const result = find(document)
  expect(result?.outcome).toBe('cut')
  const text = Buffer.from(result?.text ?? []).toString()
  const [head = '', tail = ''] = text.split('\n\n')
  expect(before.startsWith(head) && after.endsWith(tail)).toBe(true)
  expect(before.length - head.length).toBeGreaterThanOrEqual(20)
  expect(before[head.length]).toBe(' ')
  expect(find(Buffer.from(text))).toBeUndefined()
  expect(joined(document, result?.kept ?? []).toString()).toBe(text)
})

test('a document that is all question goes; so does one that joins to the question again', () => {
  expect(finder([question], {}, 'cut', 0)(Buffer.from(question))?.outcome).toBe('dropped')
  const words = someWords(24)
  const find = finder([words.join(' ')], { similarity: null }, 'cut', 0)
  const document = [...words.slice(0, 12), ...words, ...words.slice(12)].join(' ')
  expect(find(Buffer.from(document))?.outcome).toBe('dropped')
})

test('drop and report', () => {
  const document = Buffer.from(`${before} ${question}`)
  expect(finder([question], {}, 'drop')(document)?.outcome).toBe('dropped')
  expect(finder([question], {}, 'report')(document)).toMatchObject({
    outcome: 'reported',
    evidence: [
      {
        benchmark: 'test',
        item: '0',
        part: 'question',
        rule: 'ngram',
        similarity: 1,
        text: question,
        benchmarkText: question,
      },
    ],
  })
  expect(finder([question])(Buffer.from(before))).toBeUndefined()
})

test('cut removes what it is told, and keeps the rest but white space, at any place', () => {
  const spans = fc.array(fc.tuple(fc.nat(80), fc.nat(20)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é', '漢'), minLength: 1, maxLength: 80 }),
      spans,
      (text, pairs) => {
        const document = Buffer.from(text)
        const wanted = pairs.map(
          ([start, length]): Span => [
            Math.min(start, document.length),
            Math.min(start + length, document.length),
          ],
        )
        let kept: Span[] = [[0, document.length]]
        kept = cut(document, kept, wanted, 0)
        const gone = (at: number): boolean => !kept.some(([start, end]) => at >= start && at < end)
        for (const [start, end] of wanted) for (let at = start; at < end; at++) expect(gone(at)).toBe(true)
        expect(joined(document, kept).toString()).not.toContain('\uFFFD')
        for (const [at, [start]] of kept.entries()) expect(start).toBeGreaterThan(kept[at - 1]?.[1] ?? -1)
      },
    ),
  )
})
