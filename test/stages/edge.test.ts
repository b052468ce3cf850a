import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shardEdge } from '../../stages/edge.ts'
import {
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
      positions: [169, 20, 11],
      previous: [0, 0, 0],
      starts: [100, 0, 0],
      ends: [200, 100, 100],
    }
    expect(shardEdge(request)).toEqual([200, 0, 0])
  })

  test('a document that ends at the edge leaves nothing to choose', () => {
    expect(shardEdge({ positions: [30, 10], previous: [0, 0], starts: [30, 10], ends: [30, 10] })).toEqual([
      30, 10,
    ])
  })

  test('a document that reaches over two edges lies before the second', () => {
    const request = { positions: [20, 80], previous: [10, 40], starts: [5, 80], ends: [500, 80] }
    expect(shardEdge(request)).toEqual([500, 80])
  })

  test('ties go to the pool named first', () => {
    expect(shardEdge({ positions: [5, 5], previous: [0, 0], starts: [0, 0], ends: [10, 10] })).toEqual([
      10, 0,
    ])
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

  test('end nearer to t than half the longest document, where none reaches over two edges', () => {
    fc.assert(
      fc.property(casesOf(1, 8), (run) => {
        const segment = run.schedule.segments[0]!
        const longest = Math.max(...run.pools.map(longestOf))
        const { until } = shardsOf(run, segment, 1e6, byShardEdge).at(-1)!
        const emitted = sum(until.map((document, i) => run.pools[i]!.starts[document]!))
        expect(Math.abs(emitted - segment.end)).toBeLessThanOrEqual(longest / 2 + run.pools.length)
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
