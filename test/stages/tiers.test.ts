import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_DEPTH } from '../../stages/tier-expression.ts'
import { parseTier, tierOf } from '../../stages/tiers.ts'

const values: Record<string, number | string> = {
  tokens: 9000,
  quality: 0.9,
  zero: 0,
  'language.label': 'en',
  'gopher-quality.mean-word-length': 4.5,
  nothing: Number.NaN,
  endless: Number.POSITIVE_INFINITY,
}
const holds = (expression: string): boolean =>
  parseTier('t', expression).test((name) => (Object.hasOwn(values, name) ? values[name] : undefined))

/** An expression, and what it means: precedence is in how the levels below are nested. */
interface Written {
  text: string
  value: (x: number, y: number) => boolean
}

const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}

const written = fc.letrec<{ or: Written; and: Written; not: Written; comparison: Written }>((tie) => ({
  or: fc.array(tie('and'), { minLength: 1, maxLength: 3, depthIdentifier: 'tier' }).map((parts) => ({
    text: parts.map(({ text }) => text).join(' or '),
    value: (x, y) => parts.some(({ value }) => value(x, y)),
  })),
  and: fc.array(tie('not'), { minLength: 1, maxLength: 3, depthIdentifier: 'tier' }).map((parts) => ({
    text: parts.map(({ text }) => text).join(' and '),
    value: (x, y) => parts.every(({ value }) => value(x, y)),
  })),
  not: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tier' },
    tie('comparison'),
    tie('not').map(({ text, value }) => ({
      text: `not ${text}`,
      value: (x: number, y: number) => !value(x, y),
    })),
    tie('or').map(({ text, value }) => ({ text: `(${text})`, value })),
  ),
  comparison: fc
    .tuple(
      fc.constantFrom('x', 'y'),
      fc.constantFrom(...Object.keys(OPERATORS)),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([name, operator, number]) => ({
      text: `${name} ${operator} ${number}`,
      value: (x, y) => OPERATORS[operator]!(name === 'x' ? x : y, number),
    })),
}))

describe('expressions', () => {
  test.each<[string, boolean]>([
    ['quality >= 0.9', true],
    ['quality > 0.9', false],
    ['quality < 9e-1', false],
    ['quality <= .9', true],
    ['quality == 0.90', true],
    ['quality != 0.9', false],
    ['0.5 < quality', true],
    ['tokens>=8192 and language.label=="en"', true],
    ["tokens >= 8192 and language.label == 'de'", false],
    ['language.label != "de"', true],
    ['gopher-quality.mean-word-length >= 3', true],
    ['zero > -1', true],
    ['tokens > quality', true],
    ['endless == endless', true],
    // `and` binds closer than `or`, `not` closer than both
    ['quality > 2 and quality > 2 or quality > 0', true],
    ['quality > 0 or quality > 2 and quality > 2', true],
    ['(quality > 0 or quality > 2) and quality > 2', false],
    ['not quality > 2 and quality > 0', true],
    ['not (quality > 2 or quality > 0)', false],
    ['not not quality > 0', true],
    ['\n( ( quality > 0 ) )\t', true],
    // a missing value, a NaN and a number against a text compare false, whatever the operator
    ['missing >= 0', false],
    ['missing < 0', false],
    ['missing != 0', false],
    ['not (missing >= 0)', true],
    ['nothing != 1', false],
    ['nothing == nothing', false],
    ['language.label > 3', false],
    ['language.label != 3', false],
    ['language.label >= language.label', false],
    ['constructor != "x"', false],
  ])('%s is %s', (expression, expected) => {
    expect(holds(expression)).toBe(expected)
  })

  test('list the values that they read, once, in order', () => {
    const { values: names } = parseTier('t', 'b.x > 1 and (a < 2 or b.x == "and") and not c-d != a')
    expect(names).toEqual(['b.x', 'a', 'c-d'])
  })

  test('agree with the tree that they were written from', () => {
    fc.assert(
      fc.property(
        written.or,
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        ({ text, value }, x, y) => {
          expect(parseTier('t', text).test((name) => (name === 'x' ? x : y))).toBe(value(x, y))
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('errors name the column and what was expected', () => {
  test.each<[string, number, RegExp]>([
    ['', 1, /a name, a number/],
    ['quality', 8, /one of == != < <= > >=/],
    ['quality >=', 11, /a name, a number or a quoted text/],
    ['quality = 1', 9, /one of ==/],
    ['quality => 1', 9, /one of ==/],
    ['quality >= 0.9 tokens > 1', 16, /`and`, `or` or the end/],
    ['1 < x < 3', 7, /`and`, `or` or the end/],
    ['(quality >= 0.9', 16, /`and`, `or` or `\)`/],
    ['quality >= 0.9)', 15, /no parenthesis is open/],
    ['quality >= "high"', 12, /texts have no order/],
    ['"high" <= quality', 8, /texts have no order/],
    ['language == "en', 13, /the closing "/],
    ['a > 1 && b > 2', 7, /a name, a number, a quoted text, an operator/],
    ['and > 1', 1, /a name, a number/],
    ['a > 1 and', 10, /a name, a number, a quoted text, `not` or `\(`/],
    ['a > 8k', 5, /./],
    [`${'('.repeat(MAX_DEPTH + 1)}a > 1`, MAX_DEPTH + 1, /at most 64 parentheses/],
  ])('%s', (expression, column, expected) => {
    expect(() => parseTier('t', expression)).toThrow(
      expect.objectContaining({
        code: 'RECIPE_INVALID',
        message: expect.stringMatching(expected),
        facts: expect.objectContaining({ column }),
      }),
    )
  })

  test('hostile text neither overflows the stack nor takes quadratic time', () => {
    const many = 200_000
    expect(holds(`${'not '.repeat(many)}quality > 0`)).toBe(true)
    expect(holds(Array.from({ length: many }, () => 'quality > 0').join(' and '))).toBe(true)
    expect(() => holds('('.repeat(many))).toThrow(/parentheses/)
    for (const part of ['1', '"', '.', 'a', 'a.', '-', '1.', "'", '<']) {
      expect(() => holds(part.repeat(many))).toThrow(/expected/)
    }
  })
})

describe('tierOf', () => {
  const tiers = [parseTier('top', 'quality >= 0.9'), parseTier('long', 'tokens >= 8192')]
  const of = (document: Record<string, number>) => tierOf(tiers, (name) => document[name])

  test('a document goes into the first tier that takes it', () => {
    expect(of({ quality: 0.95, tokens: 10_000 })).toBe('top')
    expect(of({ quality: 0.5, tokens: 10_000 })).toBe('long')
  })

  test('what no tier takes is the source’s rest', () => {
    expect(of({ quality: 0.5, tokens: 10 })).toBeUndefined()
    expect(of({})).toBeUndefined()
  })
})

describe('takesOnly', () => {
  test.each<[string, number, boolean]>([
    ['tokens >= 8192', 8192, true],
    ['tokens >= 8192', 8193, false],
    ['8191 < tokens', 8192, true],
    ['tokens == 100', 100, true],
    ['tokens == 100', 101, false],
    ['tokens != 100', 101, false],
    ['not tokens < 8192', 8192, true],
    ['quality > 0.9 and tokens >= 10', 10, true],
    ['quality > 0.9 or tokens >= 10', 10, false],
    ['tokens >= 20 or tokens >= 10 and quality > 2', 10, true],
    ['quality > 0.9', 1, false],
    ['tokens >= quality', 1, false],
  ])('%s of at least %i: %s', (expression, tokens, expected) => {
    expect(parseTier('t', expression).takesOnly(tokens)).toBe(expected)
  })

  test('whatever it says holds for every shorter document', () => {
    fc.assert(
      fc.property(written.or, fc.integer({ min: 1, max: 5 }), ({ text }, tokens) => {
        const tier = parseTier('t', text.replaceAll('x', 'tokens'))
        if (!tier.takesOnly(tokens)) return
        for (let count = 0; count < tokens; count++) {
          for (const y of [0, 1, 2, 3, undefined])
            expect(tier.test((name) => (name === 'tokens' ? count : y))).toBe(false)
        }
      }),
    )
  })
})
