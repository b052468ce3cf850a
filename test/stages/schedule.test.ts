import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../lib/errors.ts'
import { planSchedule, poolUsage, requireFeasible, shortfalls, usage } from '../../stages/feasibility.ts'
import { createSchedule, dueIn, emittedIn, shards } from '../../stages/schedule.ts'
import type { ScheduleInput } from '../../stages/types.ts'

const example: ScheduleInput = {
  stages: [
    { name: 'base', tokens: 100, mix: { a: 3, b: 1 } },
    { name: 'anneal', tokens: 60, mix: { a: 1, b: 1 } },
  ],
  phases: [
    { sequenceLength: 2048, tokens: 120, packing: { name: 'concat', settings: {} } },
    { sequenceLength: 8192, tokens: 'rest', packing: { name: 'best-fit', settings: {} } },
  ],
  pools: [
    { name: 'a', tokens: 1000, maxEpochs: 1 },
    { name: 'b', tokens: 1000, maxEpochs: 1 },
  ],
}

/** Random schedules: up to 4 stages and 4 phases over up to 5 pools, cut anywhere. */
const inputs = fc
  .record({
    tokens: fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 4 }),
    weights: fc.array(
      fc.array(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 5 }),
      {
        minLength: 4,
        maxLength: 4,
      },
    ),
    phases: fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 3 }),
  })
  .map(({ tokens, weights, phases }): ScheduleInput => {
    const run = tokens.reduce((sum, n) => sum + n, 0)
    const fixed: number[] = []
    for (const phase of phases) if (fixed.reduce((sum, n) => sum + n, 0) + phase < run) fixed.push(phase)
    return {
      stages: tokens.map((n, i) => ({
        name: `s${i}`,
        tokens: n,
        mix: Object.fromEntries(weights[i]!.map((weight, pool) => [`p${pool}`, weight])),
      })),
      phases: [...fixed, 'rest' as const].map((n, i) => ({
        sequenceLength: 2 ** (i + 4),
        tokens: n,
        packing: { name: 'concat', settings: {} },
      })),
      pools: [0, 1, 2, 3, 4].map((pool) => ({ name: `p${pool}`, tokens: 1_000_000, maxEpochs: 1 })),
    }
  })

describe('segments', () => {
  test('are the stage x phase intersections in order', () => {
    const { segments, tokens } = createSchedule(example)
    expect(tokens).toBe(160)
    expect(segments.map(({ stage, phase, start, end }) => [stage, phase, start, end])).toEqual([
      [0, 0, 0, 100],
      [1, 0, 100, 120],
      [1, 1, 120, 160],
    ])
    expect(segments[2]).toMatchObject({
      index: 2,
      stageName: 'anneal',
      sequenceLength: 8192,
      packing: { name: 'best-fit', settings: {} },
      weights: { a: 1, b: 1 },
      shares: { a: 0.5, b: 0.5 },
    })
  })

  test('a stage and a phase that end together end one segment', () => {
    const phases = [100, 60].map((tokens) => ({
      sequenceLength: 16,
      tokens,
      packing: { name: 'concat', settings: {} },
    }))
    expect(createSchedule({ ...example, phases }).segments).toHaveLength(2)
  })

  test('tile the run, and each lies in one stage and one phase', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { segments, tokens } = createSchedule(input)
        let at = 0
        for (const [index, segment] of segments.entries()) {
          expect(segment).toMatchObject({ index, start: at })
          expect(segment.end).toBeGreaterThan(segment.start)
          const stageStart = input.stages
            .slice(0, segment.stage)
            .reduce((sum, stage) => sum + stage.tokens, 0)
          expect(segment.start).toBeGreaterThanOrEqual(stageStart)
          expect(segment.end).toBeLessThanOrEqual(stageStart + input.stages[segment.stage]!.tokens)
          at = segment.end
        }
        expect(at).toBe(tokens)
        const fixed = input.phases.reduce(
          (sum, phase) => sum + (phase.tokens === 'rest' ? 0 : phase.tokens),
          0,
        )
        for (const [phase, { tokens: asked }] of input.phases.entries()) {
          const got = segments.filter((s) => s.phase === phase).reduce((sum, s) => sum + s.end - s.start, 0)
          expect(got).toBe(asked === 'rest' ? tokens - fixed : asked)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('position', () => {
  test('is the integral of the shares', () => {
    const { position } = createSchedule(example)
    expect([0, 1, 4, 100, 101, 102, 120, 160].map((t) => position('a', t))).toEqual([
      0, 0, 3, 75, 75, 76, 85, 105,
    ])
    expect([4, 100, 160].map((t) => position('b', t))).toEqual([1, 25, 55])
    expect(position('not in a mix', 160)).toBe(0)
  })

  test('reads weights as decimals: ten pools of 0.1 get 1/10 exactly at 2T tokens', () => {
    const names = Array.from({ length: 10 }, (_, i) => `p${i}`)
    const schedule = createSchedule({
      stages: [{ name: 's', tokens: 2e12, mix: Object.fromEntries(names.map((name) => [name, 0.1])) }],
      phases: [{ sequenceLength: 2048, tokens: 'rest', packing: { name: 'concat', settings: {} } }],
      pools: names.map((name) => ({ name, tokens: 2e11, maxEpochs: 1 })),
    })
    for (const name of names) expect(schedule.position(name, 2e12)).toBe(2e11)
    expect(shortfalls(schedule)).toEqual([])
  })

  test('is monotone, and over all pools falls short of t by less than a token each', () => {
    fc.assert(
      fc.property(
        inputs,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        (input, cuts) => {
          const { position, tokens, curves } = createSchedule(input)
          const names = [...curves.keys()]
          let before = names.map(() => 0)
          for (const t of [
            ...cuts.map((cut) => Math.floor(cut * tokens)).toSorted((a, b) => a - b),
            tokens,
          ]) {
            const now = names.map((name) => position(name, t))
            for (const [i, value] of now.entries()) expect(value).toBeGreaterThanOrEqual(before[i]!)
            const sum = now.reduce((total, value) => total + value, 0)
            expect(sum).toBeLessThanOrEqual(t)
            expect(sum).toBeGreaterThan(t - names.length)
            before = now
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  test('does not depend on how far the schedule goes on', () => {
    const shorter = createSchedule({
      ...example,
      stages: example.stages.slice(0, 1),
      phases: example.phases.slice(1),
    })
    const longer = createSchedule(example)
    for (let t = 0; t <= 100; t++) expect(shorter.position('a', t)).toBe(longer.position('a', t))
  })

  test('outside the run is an error', () => {
    const { position } = createSchedule(example)
    for (const t of [-1, 161, 0.5]) expect(() => position('a', t)).toThrow(/run position/)
  })

  test('plans 2T tokens, 3 stages x 4 phases and 60 pools', () => {
    const names = Array.from({ length: 60 }, (_, i) => `pool-${i}`)
    const mix = (stage: number) =>
      Object.fromEntries(names.map((name, i) => [name, 0.37 + ((i * 7 + stage) % 13) / 1.7]))
    const schedule = planSchedule({
      stages: [1e12, 0.95e12, 0.05e12].map((tokens, i) => ({ name: `s${i}`, tokens, mix: mix(i) })),
      phases: [0.7e12, 0.9e12, 0.37e12, 'rest' as const].map((tokens) => ({
        sequenceLength: 2048,
        tokens,
        packing: { name: 'concat', settings: {} },
      })),
      pools: names.map((name) => ({ name, tokens: 2e11, maxEpochs: 2 })),
    })
    expect(schedule.segments).toHaveLength(6)
    const sum = names.reduce((total, name) => total + schedule.position(name, 2e12), 0)
    expect(sum).toBeGreaterThan(2e12 - 60)
    expect(sum).toBeLessThanOrEqual(2e12)
    expect(shards(schedule, 1e9)).toHaveLength(2000)
  })
})

describe('dueIn and emittedIn', () => {
  test('count from the segment start', () => {
    const schedule = createSchedule(example)
    const segment = schedule.segments[1]!
    expect(dueIn(schedule, segment, 'a')(10)).toBe(20)
    expect(dueIn(schedule, schedule.segments[0]!, 'b')(10)).toBe(40)
    expect(emittedIn(schedule, segment, 'a', 80)).toBe(5)
    expect(dueIn(schedule, segment, 'none')(1)).toBe(Number.POSITIVE_INFINITY)
  })

  test('emittedIn keeps the fraction of P, on both sides', () => {
    const phases = [2, 'rest' as const].map((tokens) => ({
      sequenceLength: 16,
      tokens,
      packing: { name: 'concat', settings: {} },
    }))
    const schedule = createSchedule({ ...example, phases })
    const segment = schedule.segments[1]! // starts at 2, where P(a) = 1.5
    expect(emittedIn(schedule, segment, 'a', 1)).toBe(-0.5)
    expect(emittedIn(schedule, segment, 'a', 4)).toBe(2.5)
  })
})

describe('shards', () => {
  test('cut each segment from its own start', () => {
    const ranges = shards(createSchedule(example), 30).map(({ index, segment, start, end }) => [
      index,
      segment,
      start,
      end,
    ])
    expect(ranges).toEqual([
      [0, 0, 0, 30],
      [1, 0, 30, 60],
      [2, 0, 60, 90],
      [3, 0, 90, 100],
      [4, 1, 100, 120],
      [5, 2, 120, 150],
      [6, 2, 150, 160],
    ])
  })

  test('before a changed point stay as they are, with the same documents', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 50, max: 3000 }), (input, shardTokens) => {
        const last = input.stages.at(-1)!
        const changed = {
          ...input,
          stages: [...input.stages.slice(0, -1), { ...last, tokens: last.tokens * 2, mix: { p0: 1 } }],
        }
        const before = createSchedule(input)
        const after = createSchedule(changed)
        const from = before.tokens - last.tokens
        const kept = shards(before, shardTokens).filter((shard) => shard.end <= from)
        expect(shards(after, shardTokens).slice(0, kept.length)).toEqual(kept)
        for (const { end } of kept) expect(after.position('p1', end)).toBe(before.position('p1', end))
      }),
      { numRuns: 50 },
    )
  })

  test.each([0, -5, 1.5, Number.NaN])('of %d tokens are an error', (shardTokens) => {
    expect(() => shards(createSchedule(example), shardTokens)).toThrow(/shardTokens/)
  })
})

function caught(run: () => unknown): MillraceError {
  try {
    run()
  } catch (error) {
    if (error instanceof MillraceError) return error
  }
  throw new Error('did not throw a MillraceError')
}

const withPoolA = (tokens: number): ScheduleInput => ({
  ...example,
  pools: [{ name: 'a', tokens, maxEpochs: 1 }, example.pools[1]!],
})

describe('feasibility', () => {
  test('all blocking pools are named, with the way out of each', () => {
    const pools = [
      { name: 'a', tokens: 100, maxEpochs: 1 },
      { name: 'b.top', tokens: 10, maxEpochs: 2.5 },
      { name: 'c', tokens: 0, maxEpochs: 1 },
      { name: 'd', tokens: 0, maxEpochs: 1 },
    ]
    const stages = [{ name: 's', tokens: 160, mix: { a: 105, 'b.top': 40, c: 15 } }]
    const error = caught(() => planSchedule({ ...example, stages, pools }))
    expect(error.code).toBe('PLAN_INFEASIBLE')
    expect(error.exitCode).toBe(2)
    expect(error.issues.map(({ key, got, limit }) => [key, got, limit])).toEqual([
      ['sources.a.maxEpochs', 105, 100],
      ['sources.b.maxEpochs', 40, 25],
      ['c', 15, 0],
    ])
    expect(error.issues[0]!.message).toContain('1.05 epochs are needed')
    expect(error.issues[0]!.fix).toContain('sources.a.maxEpochs: 2')
    expect(error.issues[1]!.fix).toContain('sources.b.maxEpochs: 4')
    expect(error.facts.fix).toContain('at 10 tokens') // c: P = t x 15/160 is below 1 up to t = 10
  })

  test('counts are grouped, as in all that is printed', () => {
    const pools = [{ name: 'a', tokens: 1_000_000, maxEpochs: 1 }]
    const stages = [{ name: 's', tokens: 2_000_000, mix: { a: 1 } }]
    const { issues, facts } = caught(() =>
      planSchedule({ ...example, stages, pools, phases: example.phases.slice(1) }),
    )
    expect(issues[0]!.message).toMatch(
      /^a: 2,000,000 tokens asked, 1,000,000 available \(1,000,000 tokens x 1/,
    )
    expect(facts.fix).toContain('end the run at 1,000,000 tokens.')
  })

  test('an empty pool blocks even where its share is too small to ask a token', () => {
    const pools = [...example.pools, { name: 'c', tokens: 0, maxEpochs: 1 }]
    const stages = [{ name: 's', tokens: 160, mix: { a: 1e6, c: 1 } }]
    expect(caught(() => planSchedule({ ...example, stages, pools })).issues).toMatchObject([
      { key: 'c', got: 0 },
    ])
  })

  test('what is just enough passes, one token more does not', () => {
    expect(() => planSchedule(withPoolA(105))).not.toThrow()
    expect(() => planSchedule(withPoolA(104))).toThrow(/a/)
  })

  test('maxEpochs counts as the decimal it is written as', () => {
    const a = { name: 'a', tokens: 150, maxEpochs: 0.7 } // 0.7 x 150 is 105, in doubles just below
    expect(() => planSchedule({ ...example, pools: [a, example.pools[1]!] })).not.toThrow()
  })

  test('the run that would fit is the longest that does', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 3000 }), (input, tokens) => {
        const schedule = createSchedule({ ...input, pools: input.pools.map((pool) => ({ ...pool, tokens })) })
        for (const { pool, available, runTokens } of shortfalls(schedule)) {
          expect(schedule.position(pool, runTokens)).toBeLessThanOrEqual(available)
          expect(schedule.position(pool, runTokens + 1)).toBeGreaterThan(available)
        }
        const blocked = new Set(shortfalls(schedule).map(({ pool }) => pool))
        for (const pool of schedule.pools) {
          expect(blocked.has(pool.name)).toBe(schedule.position(pool.name, schedule.tokens) > tokens)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('usage adds up over segments and carries epochs on', () => {
    const schedule = createSchedule({
      ...example,
      pools: [{ name: 'a', tokens: 50, maxEpochs: 3 }, example.pools[1]!],
    })
    const rows = usage(schedule).filter((row) => row.pool === 'a')
    expect(rows.map(({ segment, start, end, asked }) => [segment, start, end, asked])).toEqual([
      [0, 0, 75, 75],
      [1, 75, 85, 10],
      [2, 85, 105, 20],
    ])
    expect(rows[1]).toMatchObject({ epochStart: 1.5, epochEnd: 1.7 })
    expect(poolUsage(schedule, schedule.pools[0]!)).toEqual({ asked: 105, available: 150, epochs: 2.1 })
    expect(() => requireFeasible(schedule)).not.toThrow()
  })
})

describe('input', () => {
  const stage = example.stages[0]!
  test.each<[string, Partial<ScheduleInput>, string]>([
    [
      'phases that sum to less',
      { phases: [{ sequenceLength: 16, tokens: 159, packing: { name: 'concat', settings: {} } }] },
      'phases',
    ],
    [
      'phases that leave no rest',
      { phases: [{ ...example.phases[0]!, tokens: 160 }, example.phases[1]!] },
      'phases',
    ],
    ['rest that is not last', { phases: example.phases.toReversed() }, 'phases[0].tokens'],
    ['a weight of 0', { stages: [{ ...stage, mix: { a: 0, b: 1 } }] }, 'stages[0].mix.a'],
    ['a weight that is not a number', { stages: [{ ...stage, mix: { a: Number.NaN } }] }, 'stages[0].mix.a'],
    ['an unknown pool', { stages: [{ ...stage, mix: { z: 1 } }] }, 'stages[0].mix.z'],
    ['an empty mix', { stages: [{ ...stage, mix: {} }] }, 'stages[0].mix'],
    ['a stage of no tokens', { stages: [{ ...stage, tokens: 0 }] }, 'stages[0].tokens'],
    ['no stage', { stages: [] }, 'stages'],
    ['no phase', { phases: [] }, 'phases'],
    [
      'a sequence of no tokens',
      { phases: [{ sequenceLength: 0, tokens: 'rest', packing: { name: 'concat', settings: {} } }] },
      'phases[0].sequenceLength',
    ],
    ['a pool twice', { pools: [...example.pools, example.pools[0]!] }, 'pools.a'],
    [
      'maxEpochs of 0',
      { pools: [{ name: 'a', tokens: 1, maxEpochs: 0 }, example.pools[1]!] },
      'sources.a.maxEpochs',
    ],
    ['2^53 tokens', { stages: [stage, { ...stage, tokens: 2 ** 53 - 1 }] }, 'stages'],
  ])('%s is an error that names the setting', (_, change, key) => {
    expect(() => createSchedule({ ...example, ...change })).toThrow(
      expect.objectContaining({ code: 'RECIPE_INVALID', facts: expect.objectContaining({ key }) }),
    )
  })

  test('all problems are reported at once', () => {
    const stages = [{ ...stage, tokens: -1, mix: { z: 0 } }]
    expect(() => createSchedule({ ...example, stages })).toThrow(
      expect.objectContaining({ issues: [expect.anything(), expect.anything(), expect.anything()] }),
    )
  })
})
