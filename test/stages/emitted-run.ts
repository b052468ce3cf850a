import * as fc from 'fast-check'
import { expect } from 'vitest'
import { type Around, shardEdges } from '../../stages/edge.ts'
import { mix } from '../../stages/mix.ts'
import { createSchedule, dueIn, emittedIn, type Schedule, shards } from '../../stages/schedule.ts'
import type { Segment, ShardRange } from '../../stages/types.ts'

/** A pool's documents on its axis: document d is tokens [starts[d], starts[d + 1]). */
export interface PoolDocuments {
  name: string
  lengths: number[]
  starts: number[]
}

export interface Case {
  schedule: Schedule
  pools: PoolDocuments[]
}

function startsOf(lengths: number[]): number[] {
  const starts = [0]
  for (const length of lengths) starts.push(starts.at(-1)! + length)
  return starts
}

/** Two stages over some pools, whose documents differ in length by pool and within each. */
export const casesOf = (minLength: number, maxLength: number): fc.Arbitrary<Case> =>
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
        phases: [{ sequenceLength: 64, tokens: 'rest', packing: { name: 'concat', settings: {} } }],
        pools: named.map(({ name }) => ({ name, tokens: 1e6, maxEpochs: 1 })),
      })
      return { schedule, pools: named }
    })

function mixOf(weights: number[]): Record<string, number> {
  return Object.fromEntries(weights.map((weight, i) => [`p${i}`, weight]))
}

function cycled(cycle: number[], tokens: number): number[] {
  const lengths: number[] = []
  for (let total = 0; total <= tokens; total += lengths.at(-1)!)
    lengths.push(cycle[lengths.length % cycle.length]!)
  return lengths
}

/**
 * Runs as real ones are: up to 13 pools, one of which may have nearly all the weight, and no document longer than its
 * pool's part of a shard, also of a segment's last one. With the tokens of a shard.
 */
export const smallDocuments: fc.Arbitrary<{ run: Case; shardTokens: number }> = fc
  .record({
    heavy: fc.integer({ min: 1, max: 200 }),
    light: fc.array(fc.integer({ min: 5, max: 20 }), { minLength: 1, maxLength: 12 }),
    cycles: fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }), {
      minLength: 13,
      maxLength: 13,
    }),
    equal: fc.boolean(),
    slack: fc.double({ min: 1, max: 3, noNaN: true }),
    shards: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ heavy, light, cycles, equal, slack, shards: count }) => {
    const weights = [heavy, ...light]
    const lengths = weights.map((_, i) => (equal ? [40] : cycles[i]!))
    // In both stages, of which the second has the weights in reverse.
    const least = weights.map(
      (weight, i) => (Math.max(...lengths[i]!) * sum(weights)) / Math.min(weight, weights.at(-1 - i)!),
    )
    const lastShard = Math.ceil(Math.max(...least))
    const shardTokens = Math.ceil(lastShard * slack)
    const tokens = shardTokens * (count - 1) + lastShard
    const pools = lengths.map((cycle, i): PoolDocuments => {
      const all = cycled(cycle, 2 * tokens + 100)
      return { name: `p${i}`, lengths: all, starts: startsOf(all) }
    })
    const schedule = createSchedule({
      stages: [
        { name: 's0', tokens, mix: mixOf(weights) },
        { name: 's1', tokens, mix: mixOf(weights.toReversed()) },
      ],
      phases: [{ sequenceLength: 64, tokens: 'rest', packing: { name: 'concat', settings: {} } }],
      pools: pools.map(({ name }) => ({ name, tokens: 1e6, maxEpochs: 1 })),
    })
    return { run: { schedule, pools }, shardTokens }
  })

/** Documents around positions of pools that go round a list of lengths. */
export function aroundIn(pools: readonly { name: string; cycle: number[] }[]): Around {
  return (pool, position) => {
    const { cycle = [] } = pools.find(({ name }) => name === pool) ?? {}
    let start = 0
    for (let at = 0; cycle.length > 0; at++) {
      const end = start + cycle[at % cycle.length]!
      if (end > position) return start === position ? { start, end: start } : { start, end }
      start = end
    }
    return { start: position, end: position }
  }
}

/** The documents of each pool in a shard: [first, until). */
export interface ShardDocuments {
  first: number[]
  until: number[]
}

export type Edges = (run: Case, range: ShardRange, shardTokens: number) => ShardDocuments

/** A shard has everything whose first token is due in it. */
export const byFirstToken: Edges = ({ schedule, pools }, { start, end }) => {
  const [first, until] = [start, end].map((t) =>
    pools.map(({ name, starts }) => starts.findIndex((at) => at >= schedule.position(name, t))),
  )
  return { first: first!, until: until! }
}

/** As `shardEdges` says. */
export const byShardEdge: Edges = ({ schedule, pools }, range, shardTokens) => {
  const around = aroundIn(pools.map(({ name, lengths }) => ({ name, cycle: lengths })))
  const edges = shardEdges(schedule, range, shardTokens, around)
  const [first, until] = [edges.first, edges.last].map((edge) =>
    pools.map(({ name, starts }) => starts.findIndex((start) => start >= edge.get(name)!)),
  )
  return { first: first!, until: until! }
}

/** The shards of a segment with their documents. */
export function shardsOf(run: Case, segment: Segment, shardTokens: number, edges: Edges): ShardDocuments[] {
  return shards(run.schedule, shardTokens)
    .filter((range) => range.segment === segment.index)
    .map((range) => edges(run, range, shardTokens))
}

export interface Prefix {
  /** Per pool, tokens since the segment's start. */
  emitted: number[]
  /** Their sum: tokens emitted. */
  total: number
}

/** Every prefix of a segment that is emitted in shards, from what is emitted at its start. */
export function prefixes(run: Case, segment: Segment, shardTokens: number, edges: Edges): Prefix[] {
  const { schedule, pools } = run
  const ranges = shardsOf(run, segment, shardTokens, edges)
  const next = [...ranges[0]!.first]
  const since = (pool: number): number => {
    const { name, starts } = pools[pool]!
    return emittedIn(schedule, segment, name, starts[next[pool]!]!)
  }
  const emitted = pools.map((_, pool) => since(pool))
  const all: Prefix[] = []
  const add = () => all.push({ emitted: [...emitted], total: sum(emitted) })
  add()
  for (const { first, until } of ranges) {
    expect(next).toEqual(first)
    const order = mix({
      lengths: pools.map(({ lengths }, i) => Uint32Array.from(lengths.slice(first[i], until[i]))),
      emitted: pools.map((_, pool) => since(pool)),
      due: pools.map(({ name }) => dueIn(schedule, segment, name)),
    })
    for (const pool of order) {
      emitted[pool]! += pools[pool]!.lengths[next[pool]!]!
      next[pool]!++
      add()
    }
    expect(next).toEqual(until)
  }
  return all
}

export const longestOf = (pool: PoolDocuments): number => Math.max(...pool.lengths)
export const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)

/** The most of pool i's balance over the prefixes, against its share of the tokens emitted: ahead > 0, behind < 0. */
export function extremes(
  all: readonly Prefix[],
  segment: Segment,
  pool: number,
): { ahead: number; behind: number } {
  const share = segment.shares[`p${pool}`]!
  const balances = all.map(({ emitted, total }) => emitted[pool]! - share * total)
  return { ahead: Math.max(...balances), behind: -Math.min(...balances) }
}
