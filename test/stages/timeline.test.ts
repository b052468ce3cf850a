import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COSINE_KNOTS, cosineKnot } from '../../stages/cosine.ts'
import { shortfalls, usage } from '../../stages/feasibility.ts'
import { mix } from '../../stages/mix.ts'
import { toNumber } from '../../stages/rational.ts'
import { createSchedule, dueIn, emittedIn } from '../../stages/schedule.ts'
import type { OnExhausted, PoolInput, ScheduleInput, StageInput } from '../../stages/types.ts'

const plenty = (...names: string[]): PoolInput[] => names.map((name) => ({ name, tokens: 1e9, maxEpochs: 1 }))
const phases = [{ sequenceLength: 16, tokens: 'rest' as const, packing: { name: 'concat', settings: {} } }]
const scheduleOf = (stages: StageInput[], pools: PoolInput[]) => createSchedule({ stages, phases, pools })
const stage = (
  name: string,
  tokens: number,
  weights: Record<string, number>,
  more: Partial<StageInput> = {},
) => ({
  name,
  tokens,
  mix: weights,
  ...more,
})

describe('transitions', () => {
  const base = stage('base', 100, { a: 1, b: 1 })

  test('linear: the share goes in a straight line over the window', () => {
    const { position, segments } = scheduleOf(
      [base, stage('end', 100, { b: 1 }, { transition: { tokens: 50, shape: 'linear' } })],
      plenty('a', 'b'),
    )
    // a: 50 at t = 100; then 1/2 falling to 0 over 50 tokens: 50/4 = 12.5 more.
    expect([100, 110, 125, 150, 200].map((t) => position('a', t))).toEqual([50, 54, 59, 62, 62])
    expect(segments[1]!.shares).toEqual({ b: 0.875, a: 0.125 })
  })

  test('cosine: within 0.0002 of the change of the true curve, in integers', () => {
    for (let knot = 0; knot <= COSINE_KNOTS; knot++) {
      const want = (1 - Math.cos((Math.PI * knot) / COSINE_KNOTS)) / 2
      expect(Math.abs(toNumber(cosineKnot(knot)) - want)).toBeLessThan(1e-12)
    }
    expect(cosineKnot(0)).toEqual({ numerator: 0n, denominator: 1n })
    expect(cosineKnot(COSINE_KNOTS)).toEqual({ numerator: 1n, denominator: 1n })
    const window = 1e9
    const { position } = scheduleOf(
      [
        stage('base', 1000, { a: 1 }),
        stage('end', window, { b: 1 }, { transition: { tokens: window, shape: 'cosine' } }),
      ],
      [...plenty('a'), { name: 'b', tokens: 1e10, maxEpochs: 1 }],
    )
    for (const x of [0.1, 0.25, 0.5, 0.9, 1]) {
      const want = x / 2 - Math.sin(Math.PI * x) / (2 * Math.PI)
      expect(Math.abs(position('b', 1000 + x * window) / window - want)).toBeLessThan(1e-4)
    }
  })

  test('longer than its stage: the next one goes on from the mix that is reached', () => {
    const { segments } = scheduleOf(
      [
        stage('base', 100, { a: 1 }),
        stage('half', 100, { b: 1 }, { transition: { tokens: 200, shape: 'linear' } }),
        stage('back', 100, { a: 1 }, { transition: { tokens: 100, shape: 'linear' } }),
      ],
      plenty('a', 'b'),
    )
    expect(segments.map(({ shares }) => shares)).toEqual([
      { a: 1 },
      { b: 0.25, a: 0.75 },
      { a: 0.75, b: 0.25 },
    ])
  })

  test('step is no transition', () => {
    const stages = [base, stage('end', 100, { b: 1 }, { transition: { tokens: 50, shape: 'step' } })]
    expect(scheduleOf(stages, plenty('a', 'b')).position('a', 200)).toBe(50)
  })
})

test('replay gives a share of the stage to an earlier mix, with that one’s own replay', () => {
  const { segments } = scheduleOf(
    [
      stage('one', 100, { a: 1 }),
      stage('two', 100, { b: 1 }, { replay: { stage: 'one', share: 0.5 } }),
      stage('three', 100, { c: 1 }, { replay: { stage: 'two', share: 0.2 } }),
    ],
    plenty('a', 'b', 'c'),
  )
  expect(segments[2]!.shares).toEqual({ c: 0.8, b: 0.1, a: 0.1 })
  expect(segments[2]!.weights).toEqual({ c: 1 })
})

describe('maxShare', () => {
  test('gives what is above it to the others by their weights', () => {
    const pools = [{ name: 'a', tokens: 1e9, maxEpochs: 1, maxShare: 0.4 }, ...plenty('b', 'c')]
    expect(scheduleOf([stage('s', 100, { a: 6, b: 3, c: 1 })], pools).segments[0]!.shares).toEqual({
      a: 0.4,
      b: 0.45,
      c: 0.15,
    })
  })

  test('that leaves a part of the mix to nobody is refused', () => {
    const pools = plenty('a', 'b').map((pool) => ({ ...pool, maxShare: 0.4 }))
    expect(() => scheduleOf([stage('s', 100, { a: 6, b: 3 })], pools)).toThrow(/maxShare of a, b/)
  })
})

const short = (onExhausted: OnExhausted | undefined, tokens = 20): PoolInput[] => [
  { name: 'a', tokens, maxEpochs: 1, onExhausted },
  ...plenty('b', 'c'),
]

describe('onExhausted', () => {
  const stages = [stage('s', 100, { a: 2, b: 1, c: 1 }), stage('t', 100, { a: 1, b: 1 })]

  test('renormalise: the others take its share from there on, in later stages too', () => {
    const schedule = scheduleOf(stages, short('renormalise'))
    expect(schedule.exhaustions).toEqual([{ pool: 'a', position: 41, effect: 'renormalise' }])
    expect([41, 100, 200].map((t) => schedule.position('a', t))).toEqual([20, 20, 20])
    expect([41, 43, 100, 200].map((t) => schedule.position('b', t))).toEqual([10, 11, 39, 139])
    expect(schedule.segments.map(({ shares }) => shares['a'])).toEqual([0.205, 0])
    expect(shortfalls(schedule)).toEqual([])
  })

  test('renormalise takes an empty pool out of the mix', () => {
    const schedule = scheduleOf(stages, short('renormalise', 0))
    expect([100, 200].map((t) => Math.round(schedule.position('b', t) / 50))).toEqual([1, 3])
    expect(shortfalls(schedule)).toEqual([])
  })

  test('renormalise of the last pool of a mix is still a shortfall', () => {
    const pools = ['a', 'b'].map((name) => ({
      name,
      tokens: 60,
      maxEpochs: 1,
      onExhausted: 'renormalise' as const,
    }))
    const found = shortfalls(scheduleOf([stage('s', 200, { a: 1, b: 1 })], pools))
    expect(found.map(({ pool, asked }) => [pool, asked])).toEqual([['b', 139]])
    const later = scheduleOf([stage('s', 20, { a: 1, b: 9 }), stage('t', 200, { a: 1 })], pools)
    expect(shortfalls(later).map(({ pool }) => pool)).toEqual(['a'])
  })

  test('stop ends the run there', () => {
    const schedule = scheduleOf(stages, short('stop'))
    expect(schedule).toMatchObject({ tokens: 41, exhaustions: [{ pool: 'a', position: 41, effect: 'stop' }] })
    expect(schedule.segments.map(({ end }) => end)).toEqual([41])
    expect(shortfalls(schedule)).toEqual([])
  })

  test('repeat goes on; error, the default, is a shortfall', () => {
    const repeated = scheduleOf(stages, short('repeat'))
    expect(repeated.position('a', 200)).toBe(100)
    expect(shortfalls(repeated)).toEqual([])
    for (const effect of ['error', undefined] as const) {
      expect(shortfalls(scheduleOf(stages, short(effect))).map(({ pool }) => pool)).toEqual(['a'])
    }
  })
})

/** Random schedules with every rule: transitions, replay, limits, pools that run out. */
const inputs = fc
  .record({
    stages: fc.array(
      fc.record({
        tokens: fc.integer({ min: 1, max: 5000 }),
        weights: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }),
        transition: fc.option(
          fc.record({
            tokens: fc.integer({ min: 1, max: 6000 }),
            shape: fc.constantFrom('step' as const, 'linear' as const, 'cosine' as const),
          }),
          { nil: undefined },
        ),
        replay: fc.option(fc.double({ min: 0.01, max: 0.9, noNaN: true }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    sizes: fc.array(fc.integer({ min: 0, max: 6000 }), { minLength: 4, maxLength: 4 }),
    effects: fc.array(fc.constantFrom('renormalise' as const, 'repeat' as const, 'stop' as const), {
      minLength: 4,
      maxLength: 4,
    }),
    maxShare: fc.option(fc.double({ min: 0.05, max: 1, noNaN: true }), { nil: undefined }),
  })
  .map(
    ({ stages, sizes, effects, maxShare }): ScheduleInput => ({
      stages: stages.map(({ tokens, weights, transition, replay }, i) => ({
        name: `s${i}`,
        tokens,
        // p4 is in every mix: it has no limit, so that no mix is left without a pool.
        mix: Object.fromEntries([
          ...weights.slice(0, -1).map((w, p) => [`p${p}`, w]),
          ['p4', weights.at(-1)!],
        ]),
        transition,
        replay: i > 0 && replay !== undefined ? { stage: `s${i - 1}`, share: replay } : undefined,
      })),
      phases,
      pools: [...sizes, 1e9].map((tokens, p) => ({
        name: `p${p}`,
        tokens,
        maxEpochs: 1,
        onExhausted: p === 4 ? undefined : effects[p],
        maxShare: p === 0 ? maxShare : undefined,
      })),
    }),
  )

describe('with every rule together', () => {
  test('all that is asked is the run, nothing beyond a limit, and position is monotone', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { position, tokens, curves, pools, segments } = createSchedule(input)
        const names = [...curves.keys()]
        let before = names.map(() => 0)
        for (let step = 0; step <= 40; step++) {
          const t = Math.floor((tokens * step) / 40)
          const now = names.map((name) => position(name, t))
          const sum = now.reduce((total, value) => total + value, 0)
          expect(sum).toBeLessThanOrEqual(t)
          expect(sum).toBeGreaterThan(t - names.length)
          for (const [i, value] of now.entries()) expect(value).toBeGreaterThanOrEqual(before[i]!)
          before = now
        }
        for (const { name, tokens: size, onExhausted } of pools) {
          expect(onExhausted === 'repeat' || position(name, tokens) <= size).toBe(true)
        }
        for (const { shares } of segments) {
          expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
          expect(Object.values(shares).every((share) => share >= 0)).toBe(true)
        }
        expect(usage({ ...createSchedule(input) }).every(({ asked }) => asked >= 0)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('what comes before a changed stage stays as it is', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const from = input.stages.slice(0, -1).reduce((sum, { tokens }) => sum + tokens, 0)
        const changed = [...input.stages.slice(0, -1), stage('other', 777, { p1: 1, p4: 1 })]
        const a = createSchedule(input)
        const b = createSchedule({ ...input, stages: changed })
        for (const name of a.curves.keys()) {
          for (const t of [0, from >> 2, from >> 1, from]) {
            const at = Math.min(t, a.tokens, b.tokens)
            expect(b.position(name, at)).toBe(a.position(name, at))
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test('dueIn is the inverse of P', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const schedule = createSchedule(input)
        for (const segment of schedule.segments) {
          for (const name of Object.keys(segment.shares)) {
            const due = dueIn(schedule, segment, name)
            let last = 0
            const given = schedule.position(name, segment.end) - schedule.position(name, segment.start)
            for (let x = 1; x < given; x += Math.ceil(given / 20)) {
              const t = segment.start + due(x)
              expect(t - segment.start).toBeGreaterThanOrEqual(last)
              last = t - segment.start
              expect(last).toBeLessThanOrEqual(segment.end - segment.start + 1e-6)
              // At that position, x tokens are asked, to a token and the fraction at the segment's start.
              const asked = schedule.position(name, Math.floor(t)) - schedule.position(name, segment.start)
              expect(Math.abs(asked - x)).toBeLessThanOrEqual(2)
            }
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test('mixing follows the curves: ahead by less than its own longest document, behind by less than two', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 60 }), (input, longest) => {
        const schedule = createSchedule(input)
        const [segment] = schedule.segments
        if (segment === undefined) return
        const names = Object.keys(segment.shares)
        // Documents of 1 to `longest` tokens whose first token is due in the segment.
        const lengths = names.map((name, pool) => {
          const list: number[] = []
          const asked = schedule.position(name, segment.end)
          for (let at = 0; at < asked; at += list.at(-1)!)
            list.push(1 + ((list.length * 7 + pool * 3) % longest))
          return list
        })
        const order = mix({
          lengths: lengths.map((list) => Uint32Array.from(list)),
          emitted: names.map((name) => emittedIn(schedule, segment, name, 0)),
          due: names.map((name) => dueIn(schedule, segment, name)),
        })
        const emitted = names.map(() => 0)
        const next = names.map(() => 0)
        let total = 0
        for (const pool of order) {
          const length = lengths[pool]![next[pool]!++]!
          emitted[pool]! += length
          total += length
          if (total >= segment.end) break
          for (const [i, name] of names.entries()) {
            const balance = emitted[i]! - schedule.position(name, total)
            // Positions are rounded down, each pool's by less than a token: what they leave may all be one pool's.
            expect(balance).toBeLessThanOrEqual(longest + names.length)
            expect(-balance).toBeLessThanOrEqual(2 * longest + 1)
          }
        }
      }),
      { numRuns: 150 },
    )
  })
})
