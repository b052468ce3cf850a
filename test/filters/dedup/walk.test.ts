import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DedupMethod } from '../../../filters/dedup/define-dedup.ts'
import { exact } from '../../../filters/dedup/exact.ts'
import { minhash } from '../../../filters/dedup/minhash.ts'
import { walk } from '../../../filters/dedup/walk.ts'
import { walkAll } from './reference.ts'

/** A sketch is `words` values; each is a key, 0 none; similarity is the share of equal values, at least `needed`. */
function sharedValues(words: number, needed: number): DedupMethod {
  return {
    sketchWords: words,
    maxKeys: words,
    sketch: () => undefined,
    keys(sketches, at, into, intoAt) {
      let count = 0
      for (let value = 0; value < words; value++) {
        if (sketches[at + value] === 0) continue
        into[intoAt + 2 * count] = value
        into[intoAt + 2 * count + 1] = sketches[at + value]!
        count++
      }
      return count
    },
    compare(a, aAt, b, bAt) {
      let equal = 0
      for (let value = 0; value < words; value++) if (a[aAt + value] === b[bAt + value]) equal++
      return equal >= needed ? equal / words : null
    },
  }
}

const walkRows = (rows: number[][], method: DedupMethod): ReturnType<typeof walk> =>
  walk({ count: rows.length, sketches: [Uint32Array.from(rows.flat())] }, [method])

describe('walk', () => {
  test('likeness does not chain through dropped members', () => {
    // 0 ~ 1 and 1 ~ 2, but not 0 ~ 2.
    const walked = walkRows(
      [
        [1, 1, 1, 1],
        [1, 1, 2, 2],
        [3, 3, 2, 2],
      ],
      sharedValues(4, 2),
    )
    expect([...walked.duplicateOf]).toEqual([-1, 0, -1])
    expect([...walked.similarity]).toEqual([0, 0.5, 0])
  })

  test('members of a finished corpus stay, though alike, and take others whatever the scope', () => {
    const rows = Array.from({ length: 4 }, () => [1, 1, 1, 1])
    const sources = ['books', 'books', 'pages', 'pages']
    const walked = (indexed: number) =>
      walk({ count: 4, sketches: [Uint32Array.from(rows.flat())], sources, indexed }, [
        { ...sharedValues(4, 2), scope: 'within' },
      ]).duplicateOf
    expect([...walked(2)]).toEqual([-1, -1, 0, 0])
    expect([...walked(0)]).toEqual([-1, 0, -1, 2])
  })

  test('the most similar kept member is the evidence, the earliest among equals', () => {
    const kept = [
      [1, 1, 1, 1],
      [1, 2, 2, 2],
      [2, 1, 3, 3],
    ]
    expect(walkRows([...kept, [1, 2, 2, 9]], sharedValues(4, 1)).duplicateOf[3]).toBe(0)
    const strict = sharedValues(4, 2)
    expect([...walkRows([...kept, [1, 2, 2, 1]], strict).duplicateOf]).toEqual([-1, -1, -1, 1])
    expect([...walkRows([...kept, [2, 1, 2, 2]], strict).duplicateOf]).toEqual([-1, -1, -1, 1])
  })

  test('members without a common key are never compared', () => {
    const noKeys: DedupMethod = { ...sharedValues(2, 0), keys: () => 0 }
    expect([
      ...walkRows(
        [
          [1, 1],
          [1, 1],
        ],
        noKeys,
      ).duplicateOf,
    ]).toEqual([-1, -1])
  })

  test('the first method that finds a match decides, even where a later one is surer', () => {
    const sketches = [Uint32Array.of(1, 1, 1, 2), Uint32Array.of(5, 6, 5, 6)]
    const walked = walk({ count: 2, sketches }, [sharedValues(2, 1), sharedValues(2, 2)])
    expect([...walked.duplicateOf]).toEqual([-1, 0])
    expect([walked.method[1], walked.similarity[1]]).toEqual([0, 0.5])
    const other = walk({ count: 2, sketches }, [sharedValues(2, 2), sharedValues(2, 2)])
    expect([other.duplicateOf[1], other.method[1], other.similarity[1]]).toEqual([0, 1, 1])
  })

  test('an empty component, and one member', () => {
    expect(walkRows([], sharedValues(1, 1)).duplicateOf).toHaveLength(0)
    expect([...walkRows([[1]], sharedValues(1, 1)).duplicateOf]).toEqual([-1])
  })

  test('equals the walk by definition, for one and two methods', () => {
    const value = fc.integer({ min: 0, max: 3 })
    const component = fc.integer({ min: 0, max: 25 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        sketches: fc.tuple(
          fc.array(value, { minLength: 4 * count, maxLength: 4 * count }),
          fc.array(value, { minLength: 2 * count, maxLength: 2 * count }),
        ),
      }),
    )
    fc.assert(
      fc.property(component, fc.integer({ min: 0, max: 4 }), ({ count, sketches }, needed) => {
        const members = { count, sketches: sketches.map((values) => Uint32Array.from(values)) }
        const methods = [sharedValues(4, needed), sharedValues(2, 2)]
        expect(walk(members, methods)).toEqual(walkAll(members, methods))
      }),
      { numRuns: 500 },
    )
  })

  test('equals the walk by definition on real sketches', () => {
    const vocabulary = Array.from({ length: 12 }, (_, word) => `w${word}`)
    const text = fc.array(fc.constantFrom(...vocabulary), { maxLength: 8 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), (texts) => {
        const methods = [
          exact.create({ normalize: 'whitespace' }),
          minhash.create({ threshold: 0.5, ngram: 1, bands: 8, rows: 2, slack: 0.1 }),
        ]
        const sketches = methods.map((method) => {
          const own = new Uint32Array(texts.length * method.sketchWords)
          for (const [at, text] of texts.entries()) {
            method.sketch({ text, id: undefined, url: undefined }, own, at * method.sketchWords)
          }
          return own
        })
        const members = { count: texts.length, sketches }
        expect(walk(members, methods)).toEqual(walkAll(members, methods))
      }),
    )
  })

  test('a component of copies costs one comparison a copy', () => {
    let comparisons = 0
    const method = sharedValues(16, 12)
    const counting: DedupMethod = {
      ...method,
      compare: (...pair) => {
        comparisons++
        return method.compare(...pair)
      },
    }
    const count = 100_000
    const walked = walk({ count, sketches: [new Uint32Array(16 * count).fill(7)] }, [counting])
    expect(comparisons).toBe(count - 1)
    expect(walked.duplicateOf.every((kept, member) => kept === (member === 0 ? -1 : 0))).toBe(true)
  })
})
