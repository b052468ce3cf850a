import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, hashOf } from '../../../lib/recipe/canonical-json.ts'

describe('canonicalJson', () => {
  test('sorts keys at every level, and nothing else', () => {
    expect(canonicalJson({ b: [{ z: 1, a: 2 }, 'x'], a: { d: null, c: true } })).toBe(
      '{"a":{"c":true,"d":null},"b":[{"a":2,"z":1},"x"]}',
    )
  })

  test('sorts by code units, not by locale', () => {
    expect(canonicalJson({ é: 1, a: 2, Z: 3, '10': 4, '9': 5 })).toBe('{"10":4,"9":5,"Z":3,"a":2,"é":1}')
  })

  test('equals for any order of keys, and is JSON of the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(reversed(value))).toBe(text)
      }),
    )
  })

  test('keeps a key named __proto__', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1},"b":1}')
  })

  const cycle: unknown[] = []
  cycle.push(cycle)
  test.each([
    ['undefined', { a: undefined }, '$.a'],
    ['NaN', { a: [1, Number.NaN] }, '$.a[1]'],
    ['infinity', [Number.NEGATIVE_INFINITY], '$[0]'],
    ['a function', { f: () => 1 }, '$.f'],
    ['a symbol', { s: Symbol('s') }, '$.s'],
    ['a bigint', 1n, '$'],
    ['a date', { when: new Date(0) }, '$.when'],
    ['a map', new Map([[1, 2]]), '$'],
    ['a typed array', { x: new Uint8Array(2) }, '$.x'],
    ['a hole in an array', Array.from({ length: 3 }), '$[0]'],
    ['a sparse array', Object.assign([], { length: 2 }), '$[0]'],
    ['a cycle', cycle, 'cycle'],
  ])('refuses %s, and says where', (_, value, place) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
    expect(() => canonicalJson(value)).toThrow(place)
  })
})

test('hashOf is the SHA-256 of the canonical JSON', () => {
  // printf '{"a":1,"b":2}' | sha256sum
  expect(hashOf({ b: 2, a: 1 })).toBe('43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777')
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  )
}
