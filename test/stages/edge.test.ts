import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shardEdge, shardEdges } from '../../stages/edge.ts'
import { createSchedule, type Schedule, shards } from '../../stages/schedule.ts'
import type { ScheduleInput, StageInput } from '../../stages/types.ts'
import {
  aroundIn,
  byShardEdge,
  casesOf,
  extremes,
  longestOf,
  prefixes,
  shardsOf,
  smallDocuments,
  sum,
} from './emitted-run.ts'

describe('shardEdge', () => {
  test('the worked example', () => {
    const request = {
      positions: [169, 120, 111],
      previous: [0, 0, 0],
      recent: [169, 120, 111],
      starts: [100, 100, 100],
      ends: [200, 200, 200],
    }
    expect(shardEdge(request)).toEqual([200, 100, 100])
  })

  test('a document that ends at the edge leaves nothing to choose', () => {
    const [positions, previous] = [
      [30, 10],
      [0, 0],
    ]
    const request = { positions, previous, recent: positions, starts: positions, ends: positions }
    expect(shardEdge(request)).toEqual([30, 10])
  })

  test('a document that reaches over two edges lies before the second', () => {
    const request = {
      positions: [20, 80],
      previous: [10, 40],
      recent: [999, 999],
      starts: [5, 80],
      ends: [500, 80],
    }
    expect(shardEdge(request)).toEqual([500, 80])
  })

  test('a document longer than its pool’s part of the shard lies where it begins', () => {
    const request = {
      positions: [900, 40],
      previous: [0, 0],
      recent: [900, 40],
      starts: [850, 0],
      ends: [1050, 100],
    }
    expect(shardEdge(request)).toEqual([850, 100])
  })

  test('ties go to the pool named first', () => {
    const request = {
      positions: [15, 15],
      previous: [0, 0],
      recent: [15, 15],
      starts: [10, 10],
      ends: [20, 20],
    }
    expect(shardEdge(request)).toEqual([20, 10])
  })
})

describe('shards cut by shardEdge', () => {
  const shardTokens = fc.oneof(fc.integer({ min: 30, max: 2500 }), fc.constant(1e6))

  test('take every document once, whatever the shards', () => {
    fc.assert(
      fc.property(casesOf(1, 8), shardTokens, (run, shardTokens) => {
        let before = run.pools.map(() => 0)
        for (const segment of run.schedule.segments) {
          for (const { first, until } of shardsOf(run, segment, shardTokens, byShardEdge)) {
            expect(first).toEqual(before)
            for (const [i, document] of until.entries()) expect(document).toBeGreaterThanOrEqual(first[i]!)
            before = until
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('end nearer to t than half the longest document, where none is longer than its part of a shard', () => {
    fc.assert(
      fc.property(smallDocuments, ({ run, shardTokens }) => {
        const longest = Math.max(...run.pools.map(longestOf))
        for (const segment of run.schedule.segments) {
          const { until } = shardsOf(run, segment, shardTokens, byShardEdge)[0]!
          const emitted = sum(until.map((document, i) => run.pools[i]!.starts[document]!))
          const t = Math.min(segment.end, segment.start + shardTokens)
          expect(Math.abs(emitted - t)).toBeLessThanOrEqual(longest / 2 + run.pools.length)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('keep the deviation within the longest document over every prefix, where none is longer than its part of a shard', () => {
    fc.assert(
      fc.property(smallDocuments, ({ run, shardTokens }) => {
        const longest = Math.max(...run.pools.map(longestOf))
        for (const segment of run.schedule.segments) {
          const all = prefixes(run, segment, shardTokens, byShardEdge)
          for (const [i, pool] of run.pools.entries()) {
            const share = segment.shares[pool.name]!
            const { ahead, behind } = extremes(all, segment, i)
            const limit = (1 - share) * longestOf(pool) + share * longest
            expect(Math.max(ahead, behind)).toBeLessThanOrEqual(limit + run.pools.length)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('over stages that do not all have the same pools', () => {
  const names = ['p0', 'p1', 'p2', 'p3']
  const stage = fc.record({
    tokens: fc.integer({ min: 1, max: 900 }),
    weights: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }),
  })
  const runs = fc.record({
    stages: fc.array(stage, { minLength: 1, maxLength: 4 }),
    lengths: fc.array(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }), {
      minLength: 4,
      maxLength: 4,
    }),
    shardTokens: fc.integer({ min: 20, max: 400 }),
    cut: fc.nat(),
  })
  const inputOf = (stages: readonly StageInput[]): ScheduleInput => ({
    stages,
    phases: [{ sequenceLength: 64, tokens: 'rest', packing: { name: 'concat', settings: {} } }],
    pools: names.map((name) => ({ name, tokens: 1e6, maxEpochs: 1 })),
  })
  const stagesOf = (given: { tokens: number; weights: number[] }[]): StageInput[] =>
    given.map(({ tokens, weights }, at) => {
      const mix = names.flatMap((name, pool) => (weights[pool]! > 0 ? [[name, weights[pool]!]] : []))
      return { name: `s${at}`, tokens, mix: mix.length === 0 ? { p0: 1 } : Object.fromEntries(mix) }
    })
  const edgesOf = (schedule: Schedule, shardTokens: number, cycles: number[][]) => {
    const around = aroundIn(names.map((name, pool) => ({ name, cycle: cycles[pool]! })))
    return shards(schedule, shardTokens).map((range) => ({
      range,
      ...shardEdges(schedule, range, shardTokens, around),
    }))
  }

  test('a shard begins in each pool where the last one that has the pool ended', () => {
    fc.assert(
      fc.property(runs, ({ stages, lengths, shardTokens }) => {
        const left = new Map(names.map((name) => [name, 0]))
        for (const { first, last } of edgesOf(
          createSchedule(inputOf(stagesOf(stages))),
          shardTokens,
          lengths,
        )) {
          expect([...last.keys()].toSorted()).toEqual([...first.keys()].toSorted())
          for (const [pool, position] of first) expect([pool, position]).toEqual([pool, left.get(pool)])
          for (const [pool, position] of last) {
            expect(position).toBeGreaterThanOrEqual(first.get(pool)!)
            left.set(pool, position)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a shard has the same edges, whatever comes after it: its stage ends with it, or goes on', () => {
    fc.assert(
      fc.property(runs, ({ stages, lengths, shardTokens, cut }) => {
        const whole = stagesOf(stages)
        const before = edgesOf(createSchedule(inputOf(whole)), shardTokens, lengths)
        const { segment, end } = before[cut % before.length]!.range
        const start = whole.slice(0, segment).reduce((total, { tokens }) => total + tokens, 0)
        const cutStages = [
          ...whole.slice(0, segment),
          { ...whole[segment]!, tokens: end - start },
          { name: 'other', tokens: 500, mix: { p1: 1, p3: 2 } },
        ]
        const after = edgesOf(createSchedule(inputOf(cutStages)), shardTokens, lengths)
        const kept = before.filter(({ range }) => range.end <= end)
        expect(kept.length).toBeGreaterThan(0)
        expect(after.slice(0, kept.length)).toEqual(kept)
      }),
      { numRuns: 300 },
    )
  })
})
