import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createScanner } from '../../../filters/decontaminate/scan.ts'
import { sharesGram } from './reference.ts'
import { finder, indexOf, someWords } from './support.ts'

const scanOf = (questions: readonly string[], settings: object = {}) => {
  const scan = createScanner(indexOf(questions, settings))
  return (text: string) => scan(Buffer.from(text)).found
}

/** Different words in the window of so many words that has the fewest. */
function fewestDifferent(words: readonly string[], window: number): number {
  const counts = words.slice(window - 1).map((_, at) => new Set(words.slice(at, at + window)).size)
  return Math.min(new Set(words).size, ...counts)
}

describe('n-grams', () => {
  test('are found exactly as by comparing all of them', () => {
    expect.hasAssertions()
    const word = fc.constantFrom('a', 'b', 'c', 'dog', 'Eat', 'f’g', 'h', 'i')
    const text = (most: number) => fc.array(word, { maxLength: most }).map((words) => words.join(' '))
    fc.assert(
      fc.property(text(80), text(9), text(12), (before, shared, after) => {
        const question = `${after} ${shared}`
        const found = scanOf([question], { ngram: 7, minWords: 5, similarity: null })
        const document = `${before} ${shared} ${after}`
        // Fewer different words may be no evidence; that has a test of its own.
        fc.pre(fewestDifferent(question.split(' '), 7) >= 4)
        expect(found(document).length > 0).toBe(sharesGram(document, question, 7, 5))
      }),
      { numRuns: 300 },
    )
  })

  test('12 of 13 words are none, 13 are one, with the bytes where they are', () => {
    const words = someWords(40)
    const found = scanOf([words.join(' ')], { similarity: null })
    expect(found(`x ${words.slice(5, 17).join(' ')} y`)).toEqual([])
    const text = words.slice(5, 18).join(' ')
    expect(found(`x ${text} y`)).toEqual([
      { text: 0, rule: 'ngram', start: 2, end: 2 + text.length, matched: 13 },
    ])
  })

  test('are found behind words that were compared before, and did not do', () => {
    const words = someWords(60)
    const found = scanOf([words.join(' ')])
    const piece = fc.tuple(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 12 }))
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        let at = 0
        const document = pieces.flatMap(([kept, replaced]) => {
          const own = [...words.slice(at, at + kept), ...Array.from({ length: replaced }, () => 'other')]
          at += kept + replaced
          return own
        })
        // Without words in a row, what is near is found too.
        fc.pre(sharesGram(document.join(' '), words.join(' '), 13, 5))
        expect(found(document.join(' ')).length).toBeGreaterThan(0)
      }),
      { numRuns: 300 },
    )
  })

  test('are found behind a phrase that a benchmark has again and again, and the document too', () => {
    const phrase = 'so on and forth it goes day by '
    const words = someWords(20)
    const scan = createScanner(indexOf([phrase.repeat(12), words.join(' ')]))
    const { found, complete } = scan(Buffer.from(`${phrase.repeat(2000)} ${words.join(' ')}`))
    expect([complete, found.map(({ text, rule }) => [text, rule])]).toEqual([
      true,
      [
        [0, 'ngram'],
        [1, 'ngram'],
      ],
    ])
  })

  test('a run of numbers is no evidence', () => {
    const numbers = Array.from({ length: 30 }, (_, at) => at).join(' ')
    expect(scanOf([`count ${numbers}`])(numbers)).toEqual([])
  })
})

describe('short texts', () => {
  test('are found as a whole only', () => {
    const words = someWords(9)
    const found = scanOf([words.join(' ')])
    expect(found(words.slice(0, 8).join(' '))).toEqual([])
    expect(found(`x ${words.join(', ')} y`)).toMatchObject([{ rule: 'whole', matched: 9 }])
  })

  test('below minWords they are uncheckable, and counted', () => {
    const index = indexOf([someWords(7).join(' '), someWords(8, 50).join(' ')])
    expect(index.benchmarks).toMatchObject([{ items: 2, uncheckable: 1 }])
  })
})

describe('near matches', () => {
  const words = someWords(40)

  test.each([
    ['replaced', (at: number, word: string) => [at % 12 === 5 ? 'other' : word]],
    ['left out', (at: number, word: string) => (at % 12 === 5 ? [] : [word])],
    ['put in', (at: number, word: string) => (at % 12 === 5 ? ['one', 'more', word] : [word])],
  ])('words %s', (_, edit) => {
    const document = words.flatMap((word, at) => edit(at, word)).join(' ')
    expect(scanOf([words.join(' ')])(document)).toMatchObject([{ rule: 'near', start: 0 }])
    expect(scanOf([words.join(' ')], { similarity: null })(document)).toEqual([])
  })

  test('in pieces with other text between them, but not with too much of it', () => {
    const question = words.slice(0, 24).join(' ')
    const found = scanOf([question])
    const between = (count: number) =>
      `${words.slice(0, 12).join(' ')}\n\n${someWords(count, 100).join(' ')}\n\n${words.slice(12, 24).join(' ')}`
    expect(found(between(100))).toMatchObject([{ rule: 'near', matched: 24 }])
    expect(found(between(400))).toEqual([])
  })

  test('half of the words are not enough', () => {
    const document = [...words.slice(0, 12), ...someWords(50, 100), ...words.slice(30, 38)].join(' ')
    expect(scanOf([words.join(' ')])(document)).toEqual([])
  })
})

describe('boilerplate', () => {
  const common = someWords(14)
  const questions = Array.from({ length: 21 }, (_, at) =>
    [...common, ...someWords(14, 100 * (at + 1))].join(' '),
  )

  test('what more than `boilerplate` texts share is no evidence; the order of items does not matter', () => {
    const document = `so ${common.join(' ')} it is`
    expect(scanOf(questions)(document)).toEqual([])
    expect(scanOf(questions.toReversed())(document)).toEqual([])
    expect(scanOf(questions.slice(1))(document)).toHaveLength(20)
    expect(scanOf(questions)(someWords(14, 300).join(' '))).toMatchObject([{ text: 2 }])
  })

  test('ignored texts are no evidence', () => {
    const scan = createScanner(indexOf(questions.slice(0, 1), {}, [common.join(' ')]))
    expect(scan(Buffer.from(common.join(' '))).found).toEqual([])
  })

  test('equal texts of several items are one', () => {
    const text = common.join(' ')
    const [evidence] = finder(Array.from({ length: 30 }, () => text))(Buffer.from(text))?.evidence ?? []
    expect(evidence?.item).toBe('0')
    expect(evidence?.alsoItems).toHaveLength(29)
  })
})

describe('long documents', () => {
  test('a hit is found wherever it lies, and once', () => {
    const question = someWords(60).join(' ')
    const filler = Array.from({ length: 40_000 }, (_, at) => `f${at % 977}`).join(' ')
    const found = scanOf([question])
    for (const cut of [0, 31_700 * 5, 32_000 * 5, 150_001]) {
      const at = filler.indexOf(' ', cut)
      const document = `${filler.slice(0, at)} ${question} ${filler.slice(at)}`
      const start = at + 1
      expect(found(document)).toEqual([
        { text: 0, rule: 'ngram', start, end: start + question.length, matched: 60 },
      ])
    }
  })

  test('a text of several blocks of words is one hit', () => {
    const question = Array.from({ length: 80_000 }, (_, at) => `f${at}x`).join(' ')
    const [hit, ...others] = scanOf([question])(`x ${question} y`)
    expect(others).toEqual([])
    expect([hit?.start, hit?.end]).toEqual([2, 2 + question.length])
  })

  test('seeds over and over cost a bounded time each', () => {
    const words = someWords(40)
    const questions = Array.from({ length: 20 }, (_, at) =>
      [...words.slice(0, 6), ...someWords(30, 100 * (at + 1))].join(' '),
    )
    const document = Array.from({ length: 30_000 }, () => words.slice(0, 6).join(' ')).join(' z ')
    expect(scanOf(questions)(document)).toEqual([])
  })
})
