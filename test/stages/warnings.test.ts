import { expect, test } from 'vitest'
import { outline, sharesOverRun } from '../../stages/outline.ts'
import { createSchedule } from '../../stages/schedule.ts'
import type { PoolInput, ScheduleInput } from '../../stages/types.ts'
import { warnings, withoutSteps } from '../../stages/warnings.ts'

const pool = (name: string, more: Partial<PoolInput> = {}): PoolInput => ({
  name,
  tokens: 1e6,
  maxEpochs: 9,
  ...more,
})
const input = (change: Partial<ScheduleInput>): ScheduleInput => ({
  stages: [{ name: 'base', tokens: 1e5, mix: { a: 1 } }],
  phases: [{ sequenceLength: 2048, tokens: 'rest', packing: { name: 'concat', settings: {} } }],
  pools: [pool('a'), pool('b')],
  ...change,
})
const codes = (given: ScheduleInput, longShare?: (pool: string, tokens: number) => number | undefined) =>
  warnings(given, createSchedule(given), longShare).map(({ code, got }) => [code, got])

test('a plain schedule has no warnings', () => {
  expect(codes(input({}))).toEqual([])
})

test('a pool without tokens falls short, and is not said to be repeated', () => {
  const given = codes(input({ pools: [pool('a', { tokens: 0 }), pool('b')] }))
  expect(given.map(([code]) => code)).not.toContain('many-epochs')
})

test.each<[string, Partial<ScheduleInput>, unknown[]]>([
  ['more than four epochs', { pools: [pool('a', { tokens: 20_000 }), pool('b')] }, ['many-epochs', 5]],
  [
    'an exhausted pool',
    {
      stages: [{ name: 'base', tokens: 1e5, mix: { a: 1, b: 1 } }],
      pools: [pool('a', { tokens: 10_000, maxEpochs: 1, onExhausted: 'renormalise' }), pool('b')],
    },
    ['exhausted', 20_001],
  ],
  [
    'a transition longer than its stage',
    {
      stages: [
        { name: 'base', tokens: 1e5, mix: { a: 1 } },
        { name: 'end', tokens: 100, mix: { b: 1 }, transition: { tokens: 200, shape: 'linear' } },
      ],
    },
    ['short-stage', 100],
  ],
  [
    'a later stage without replay',
    {
      stages: [
        { name: 'base', tokens: 1e5, mix: { a: 1 } },
        { name: 'end', tokens: 100, mix: { b: 96, a: 4 } },
      ],
    },
    ['no-replay', 0.04],
  ],
  [
    'long sequences over short documents',
    {
      pools: [pool('a', { longest: 4000 }), pool('b')],
      phases: [{ sequenceLength: 8192, tokens: 'rest', packing: { name: 'concat', settings: {} } }],
    },
    ['no-long-documents', 0],
  ],
  [
    'long sequences over documents of unknown lengths',
    { phases: [{ sequenceLength: 8192, tokens: 'rest', packing: { name: 'concat', settings: {} } }] },
    ['unknown-long-documents', 1],
  ],
  [
    'a third stage with what only the second one had',
    {
      stages: [
        { name: 'base', tokens: 97_000, mix: { a: 1 } },
        { name: 'bridge', tokens: 3000, mix: { a: 1, b: 9 } },
        { name: 'end', tokens: 1000, mix: { b: 1 } },
      ],
    },
    ['no-replay', 0.027],
  ],
  [
    'weights that nearly sum to 100',
    { stages: [{ name: 'base', tokens: 1e5, mix: { a: 60, b: 40.5 } }] },
    ['weights-normalised', 100.5],
  ],
])('%s', (_, change, found) => {
  expect(codes(input(change))).toEqual([found])
})

test('what a pilot says of long documents counts', () => {
  const long = input({
    phases: [{ sequenceLength: 8192, tokens: 'rest', packing: { name: 'concat', settings: {} } }],
  })
  expect(codes(long, () => 0.04)).toEqual([['no-long-documents', 0.04]])
  expect(codes(long, () => 0.06)).toEqual([])
  const both = { ...long, stages: [{ name: 'base', tokens: 1e5, mix: { a: 1, b: 19 } }] }
  // Enough of it is in long documents, whatever the rest has.
  expect(codes(both, (name) => (name === 'a' ? 1 : undefined))).toEqual([])
})

test('a segment that fills no step', () => {
  const given = input({
    stages: [
      { name: 'base', tokens: 1000, mix: { a: 1 } },
      { name: 'end', tokens: 299, mix: { a: 1 } },
    ],
  })
  const found = (batch?: number) =>
    withoutSteps(outline(createSchedule(given), batch), batch).map(({ code, got, limit }) => [
      code,
      got,
      limit,
    ])
  expect(found(300)).toEqual([['no-step', 299, 300]])
  expect(found(299)).toEqual([])
  expect(found()).toEqual([])
})

test('the outline has what a segment takes of each pool, and what of it is new', () => {
  const given = input({
    stages: [
      { name: 'base', tokens: 1000, mix: { a: 3, b: 1 } },
      { name: 'end', tokens: 1000, mix: { b: 1 }, replay: { stage: 'base', share: 0.4 } },
    ],
    pools: [pool('a', { tokens: 800 }), pool('b')],
  })
  const [base, end] = outline(createSchedule(given), 300)
  expect(base).toMatchObject({ sequences: 1, steps: { count: 3, leftoverTokens: 100 } })
  expect(base?.pools[0]).toEqual({
    pool: 'a',
    weight: 3,
    share: 0.75,
    tokens: 750,
    unique: 750,
    range: [0, 750],
    epochs: [0, 0.9375],
  })
  expect(end?.pools.map(({ pool: name, weight, tokens, unique }) => [name, weight, tokens, unique])).toEqual([
    ['b', 1, 700, 700],
    ['a', null, 300, 50],
  ])
  const shares = sharesOverRun(createSchedule(given), 4)
  expect(shares).toEqual({ a: [0.75, 0.75, 0.3, 0.3], b: [0.25, 0.25, 0.7, 0.7] })
})
