import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mix } from '../../stages/mix.ts'
import { createSchedule, dueIn, emittedIn, type Schedule, shards } from '../../stages/schedule.ts'
import type { Segment } from '../../stages/types.ts'

/** A pool's documents on its axis: document d is tokens [starts[d], starts[d + 1]). */
interface PoolDocuments {
  name: string
  lengths: number[]
  starts: number[]
}

interface Case {
  schedule: Schedule
  pools: PoolDocuments[]
}

function startsOf(lengths: number[]): number[] {
  const starts = [0]
  for (const length of lengths) starts.push(starts.at(-1)! + length)
  return starts
}

/** Two stages over some pools, whose documents differ in length by pool and within each. */
const casesOf = (minLength: number, maxLength: number): fc.Arbitrary<Case> =>
  fc
    .record({
      tokens: fc.tuple(fc.integer({ min: 1, max: 2500 }), fc.integer({ min: 1, max: 2500 })),
      pools: fc.array(
        fc.record({
          weights: fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 })),
          lengths: fc.array(
            fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 50, max: 400 })),
            {
              minLength: 1,
              maxLength: 20,
            },
          ),
        }),
        { minLength, maxLength },
      ),
    })
    .map(({ tokens, pools }) => {
      const stages = tokens.map((n, stage) => ({
        name: `s${stage}`,
        tokens: n,
        mix: Object.fromEntries(pools.map(({ weights }, i) => [`p${i}`, weights[stage]!])),
      }))
      const named = pools.map(({ lengths: cycle }, i): PoolDocuments => {
        // The pool goes round its list until it can fill the run; the 1 keeps it from standing still.
        const lengths: number[] = []
        for (let sum = 0; sum <= tokens[0] + tokens[1]; ) {
          const length =
            lengths.length % (cycle.length + 1) === cycle.length
              ? 1
              : cycle[lengths.length % (cycle.length + 1)]!
          lengths.push(length)
          sum += length
        }
        return { name: `p${i}`, lengths, starts: startsOf(lengths) }
      })
      const schedule = createSchedule({
        stages,
        phases: [{ sequenceLength: 64, tokens: 'rest', packing: 'concat' }],
        pools: named.map(({ name }) => ({ name, tokens: 1e6, maxEpochs: 1 })),
      })
      return { schedule, pools: named }
    })

function firstAtOrAfter({ starts }: PoolDocuments, position: number): number {
  return starts.findIndex((start) => start >= position)
}

/** One shard's order as the emit step asks for it. */
function orderOf({ schedule, pools }: Case, segment: Segment, start: number, end: number): number[] {
  const firsts = pools.map((pool) => firstAtOrAfter(pool, schedule.position(pool.name, start)))
  const order = mix({
    lengths: pools.map((pool, i) => {
      const until = firstAtOrAfter(pool, schedule.position(pool.name, end))
      return Uint32Array.from(pool.lengths.slice(firsts[i], until))
    }),
    emitted: pools.map((pool, i) => emittedIn(schedule, segment, pool.name, pool.starts[firsts[i]!]!)),
    due: pools.map((pool) => dueIn(schedule, segment, pool.name)),
  })
  return [...order]
}

interface Prefix {
  /** Per pool, tokens since the segment's start. */
  emitted: number[]
  /** Their sum: tokens emitted. */
  total: number
}

/** Every prefix of a segment that is emitted in shards of `shardTokens`, from what is emitted at its start. */
function prefixes(run: Case, segment: Segment, shardTokens: number): Prefix[] {
  const { schedule, pools } = run
  const next = pools.map((pool) => firstAtOrAfter(pool, schedule.position(pool.name, segment.start)))
  const emitted = pools.map((pool, i) => emittedIn(schedule, segment, pool.name, pool.starts[next[i]!]!))
  const all: Prefix[] = []
  const add = () => all.push({ emitted: [...emitted], total: emitted.reduce((sum, n) => sum + n, 0) })
  add()
  for (const shard of shards(schedule, shardTokens).filter(({ segment: index }) => index === segment.index)) {
    for (const pool of orderOf(run, segment, shard.start, shard.end)) {
      emitted[pool]! += pools[pool]!.lengths[next[pool]!]!
      next[pool]!++
      add()
    }
    // Every document of the shard, and none of the next, is emitted at its end.
    expect(next).toEqual(pools.map((pool) => firstAtOrAfter(pool, schedule.position(pool.name, shard.end))))
  }
  return all
}

/** How far each pool's last document reaches over a shard's edge, for all edges of a segment. */
function overhangs({ schedule, pools }: Case, segment: Segment, shardTokens: number): number[][] {
  const ranges = shards(schedule, shardTokens).filter(({ segment: index }) => index === segment.index)
  return [segment.start, ...ranges.map(({ end }) => end)].map((t) =>
    pools.map((pool) => {
      const position = schedule.position(pool.name, t)
      return pool.starts[firstAtOrAfter(pool, position)]! - position
    }),
  )
}

const longestOf = (pool: PoolDocuments): number => Math.max(...pool.lengths)
const sum = (numbers: number[]): number => numbers.reduce((total, n) => total + n, 0)

/** The most of pool i's balance over the prefixes, against its share of the tokens emitted: ahead > 0, behind < 0. */
function extremes(all: readonly Prefix[], segment: Segment, pool: number): { ahead: number; behind: number } {
  const share = segment.shares[`p${pool}`]!
  const balances = all.map(({ emitted, total }) => emitted[pool]! - share * total)
  return { ahead: Math.max(...balances), behind: -Math.min(...balances) }
}

describe('over every prefix of a segment, whatever the shards', () => {
  const shardTokens = fc.oneof(fc.integer({ min: 30, max: 2500 }), fc.constant(1e6))

  test('no pool is ahead by its own longest document, nor behind by more than the stated bound', () => {
    fc.assert(
      fc.property(casesOf(1, 8), shardTokens, (run, shardTokens) => {
        const { schedule, pools } = run
        const rounding = pools.length // P in whole tokens: under one a pool
        const longest = pools.map(longestOf)
        for (const segment of schedule.segments) {
          const edges = overhangs(run, segment, shardTokens)
          const all = prefixes(run, segment, shardTokens)
          for (const [i, own] of longest.entries()) {
            const share = segment.shares[`p${i}`]!
            const others = Math.max(...edges.map((edge) => sum(edge) - edge[i]!))
            const { ahead, behind } = extremes(all, segment, i)
            expect(ahead).toBeLessThanOrEqual((1 - share) * own + rounding)
            expect(behind).toBeLessThanOrEqual(
              (1 - share) * own + share * Math.max(...longest, others) + rounding,
            )
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('up to the first edge, the deviation is at most the longest document of the segment', () => {
    fc.assert(
      fc.property(casesOf(1, 8), shardTokens, (run, shardTokens) => {
        const segment = run.schedule.segments[0]!
        const end = Math.min(shardTokens, segment.end)
        const before = prefixes(run, segment, shardTokens).filter(({ total }) => total <= end)
        const limit = Math.max(...run.pools.map(longestOf)) + run.pools.length
        for (const i of run.pools.keys()) {
          const { ahead, behind } = extremes(before, segment, i)
          expect(Math.max(ahead, behind)).toBeLessThanOrEqual(limit)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('with two pools, it is so through all shards', () => {
    fc.assert(
      fc.property(casesOf(2, 2), shardTokens, (run, shardTokens) => {
        const limit = Math.max(...run.pools.map(longestOf)) + 2
        for (const segment of run.schedule.segments) {
          const { ahead, behind } = extremes(prefixes(run, segment, shardTokens), segment, 0)
          expect(Math.max(ahead, behind)).toBeLessThanOrEqual(limit)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('at an edge, a pool is ahead of what the run position asks by less than its longest document', () => {
    fc.assert(
      fc.property(casesOf(1, 8), shardTokens, (run, shardTokens) => {
        for (const segment of run.schedule.segments) {
          const { emitted } = prefixes(run, segment, shardTokens).at(-1)!
          for (const [i, pool] of run.pools.entries()) {
            const ahead =
              emitted[i]! -
              emittedIn(run.schedule, segment, pool.name, run.schedule.position(pool.name, segment.end))
            expect(ahead).toBeGreaterThanOrEqual(-1e-6)
            expect(ahead).toBeLessThan(longestOf(pool))
          }
        }
      }),
      { numRuns: 100 },
    )
  })
})

const constant = (share: number) => (tokens: number) => tokens / share
const never = () => Number.POSITIVE_INFINITY
const tens = (count: number) => new Uint32Array(count).fill(10)

describe('mix', () => {
  test('the worked example', () => {
    const order = mix({ lengths: [tens(6), tens(2)], emitted: [0, 0], due: [constant(0.75), constant(0.25)] })
    expect([...order]).toEqual([0, 1, 0, 0, 0, 1, 0, 0])
  })

  test('ties go to the pool named first', () => {
    const due = [constant(1 / 3), constant(1 / 3), constant(1 / 3)]
    const order = mix({ lengths: [tens(2), tens(2), tens(2)], emitted: [0, 0, 0], due })
    expect([...order]).toEqual([0, 1, 2, 0, 1, 2])
  })

  test('a pool that is ahead at the start waits', () => {
    const order = mix({ lengths: [tens(2), tens(3)], emitted: [15, 0], due: [constant(0.5), constant(0.5)] })
    expect([...order]).toEqual([1, 1, 0, 1, 0])
  })

  test('documents of a pool without a share, and ones that are not due, are emitted all the same', () => {
    expect([...mix({ lengths: [tens(2), tens(1)], emitted: [0, 0], due: [never, constant(1)] })]).toEqual([
      1, 0, 0,
    ])
    // 80 tokens are emitted and neither is due: pool 0 at 50 / 0.5 = 100, pool 1 at 30 / 0.3333 = 90.
    const due = [constant(0.5), constant(1 / 3)]
    expect([...mix({ lengths: [tens(1), tens(1)], emitted: [50, 30], due })]).toEqual([1, 0])
  })

  test('documents without tokens are emitted, and nothing gives nothing', () => {
    const lengths = [Uint32Array.of(0, 0, 5), Uint32Array.of(0)]
    const order = mix({ lengths, emitted: [0, 0], due: [constant(0.5), constant(0.5)] })
    expect(order.toSorted()).toEqual(Uint32Array.of(0, 0, 0, 1))
    expect(mix({ lengths: [], emitted: [], due: [] })).toHaveLength(0)
    expect(mix({ lengths: [new Uint32Array(0)], emitted: [0], due: [constant(1)] })).toHaveLength(0)
  })
})
