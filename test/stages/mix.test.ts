import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mix } from '../../stages/mix.ts'
import { emittedIn, shards } from '../../stages/schedule.ts'
import type { Segment } from '../../stages/types.ts'
import { byFirstToken, type Case, casesOf, extremes, longestOf, prefixes, sum } from './emitted-run.ts'

/** How far each pool's last document reaches over a shard's edge, for all edges of a segment. */
function overhangs({ schedule, pools }: Case, segment: Segment, shardTokens: number): number[][] {
  const ranges = shards(schedule, shardTokens).filter(({ segment: index }) => index === segment.index)
  return [segment.start, ...ranges.map(({ end }) => end)].map((t) =>
    pools.map((pool) => {
      const position = schedule.position(pool.name, t)
      return pool.starts.find((start) => start >= position)! - position
    }),
  )
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
          const all = prefixes(run, segment, shardTokens, byFirstToken)
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
        const before = prefixes(run, segment, shardTokens, byFirstToken).filter(({ total }) => total <= end)
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
          const { ahead, behind } = extremes(prefixes(run, segment, shardTokens, byFirstToken), segment, 0)
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
          const { emitted } = prefixes(run, segment, shardTokens, byFirstToken).at(-1)!
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
