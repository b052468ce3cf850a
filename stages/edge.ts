import type { Schedule } from './schedule.ts'
import type { Segment, ShardRange } from './types.ts'

/**
 * Where a shard ends in each of its pools, chosen for all pools together.
 *
 * P(t) falls inside a document of most pools. Giving all of these to the shard before t puts every pool ahead, together
 * by half a document a pool: a pool with most of the weight is then behind its share of what was emitted by that
 * sum, more than any order of the documents can mend. Here as many of them go before the edge as keep the shard's end
 * nearest to t, those first of which the largest part is due before t (largest remainders).
 *
 * With it, `mix` keeps every pool over every prefix of a segment within (1 - w) L + w M of its share of the tokens emitted
 * (w = share, L = its own longest document, M = the longest of any pool; so within M, and within L where documents are
 * equally long), as long as no document is longer than its pool's part of a shard, and of a segment's last shard, which
 * may be shorter. That is held by a property test, not a proof. On the same runs, first-token edges let a pool fall behind by
 * 4 M with 13 pools.
 *
 * It needs only the documents at the edge, so that the shards on both sides find the same edge on their own; and only
 * what the schedule is before it, so that a shard stays as it is whatever comes after, also where a stage ends with it.
 */
export interface EdgeRequest {
  /** floor(P(t)) of each pool at the edge: `Schedule.position`. */
  readonly positions: readonly number[]
  /** The same at the shard's other end, where it starts; 0 for each at the run's start. */
  readonly previous: readonly number[]
  /** Tokens of each pool that are due in the run tokens before the edge, as many as a shard has, or its segment so far. */
  readonly recent: readonly number[]
  /** Tokens [start, end) of the document of each pool with start < position < end; both the position where there is none. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/**
 * Each pool's position at the edge: the start or the end of its document there. A shard takes the documents whose first
 * token lies in [edge at its start, edge at its end). Some documents are not chosen about, they lie before the edge: one
 * that reaches over the previous edge too, so that edges never go back; and one longer than its pool's part of a shard,
 * which would mostly reach over the next edge too, maybe that of a stage which asks hardly anything of the pool.
 *
 * Worked example, t = 400, the first edge: positions 169, 120, 111 in documents [100, 200) of each pool. All three before the edge would
 * be 600 tokens, none 300. The first, due to 69 %, makes it 400; the others stay: edges 200, 100, 100.
 */
export function shardEdge({ positions, previous, recent, starts, ends }: EdgeRequest): number[] {
  // P in whole tokens: a part that is just as long may seem one shorter.
  const fits = positions.map(
    (position, pool) => (ends[pool] ?? position) - (starts[pool] ?? position) <= (recent[pool] ?? 0) + 1,
  )
  const open = positions.map(
    (position, pool) => fits[pool] && (starts[pool] ?? position) >= (previous[pool] ?? 0),
  )
  const edge = positions.map((position, pool) => (open[pool] ? starts[pool] : ends[pool]) ?? position)
  // What is still to come before t, below 0 if beyond; without documents that are too long, which take no other's place.
  let missing = positions.reduce((sum, at, pool) => sum + (fits[pool] ? at - (edge[pool] ?? 0) : 0), 0)
  /** The part of the pool's document that is due before t. */
  const due = (pool: number): number => {
    const [start, end] = [starts[pool] ?? 0, ends[pool] ?? 0]
    return open[pool] && end > start ? ((positions[pool] ?? 0) - start) / (end - start) : 0
  }
  const byPartDue = [...positions.keys()].filter((pool) => due(pool) > 0)
  for (const pool of byPartDue.toSorted((a, b) => due(b) - due(a) || a - b)) {
    const end = ends[pool] ?? 0
    const length = end - (starts[pool] ?? 0)
    if (length > 2 * missing) break
    edge[pool] = end
    missing -= length
  }
  return edge
}

/** Tokens [start, end) of the document of a pool with start < position < end; both the position where one begins there. */
export type Around = (pool: string, position: number) => { readonly start: number; readonly end: number }

/** Run positions [start, end) of a segment that are one shard. */
export interface ShardSpan {
  readonly segment: Segment
  readonly start: number
  readonly end: number
}

/** The last shard before the segment `index` whose segment has the pool: where the run left it. */
export function lastShardOf(
  { segments }: Schedule,
  pool: string,
  index: number,
  shardTokens: number,
): ShardSpan | undefined {
  const segment = segments.findLast((each) => each.index < index && Object.hasOwn(each.shares, pool))
  if (segment === undefined) return undefined
  const { start, end } = segment
  return { segment, start: start + Math.floor((end - start - 1) / shardTokens) * shardTokens, end }
}

/** Each pool's position where a shard ends. */
function shardEnd(
  schedule: Schedule,
  { segment, start, end }: ShardSpan,
  shardTokens: number,
  around: Around,
): Map<string, number> {
  const since = Math.max(segment.start, end - shardTokens)
  const names = schedule.pools.flatMap(({ name }) => (Object.hasOwn(segment.shares, name) ? name : []))
  const positions = names.map((name) => schedule.position(name, end))
  const documents = names.map((name, pool) => around(name, positions[pool] ?? 0))
  const edge = shardEdge({
    positions,
    previous: names.map((name) => schedule.position(name, start)),
    recent: names.map((name, pool) => (positions[pool] ?? 0) - schedule.position(name, since)),
    starts: documents.map((document) => document.start),
    ends: documents.map((document) => document.end),
  })
  return new Map(names.map((name, pool) => [name, edge[pool] ?? 0]))
}

/**
 * Where the run is in pools before the segment `index`: at the end of the last shard that has each, 0 in those that none
 * has. With the number of segments for an index, where it ends.
 */
export function leftAt(
  schedule: Schedule,
  pools: readonly string[],
  index: number,
  shardTokens: number,
  around: Around,
): Map<string, number> {
  const ends = new Map<number, ReadonlyMap<string, number>>()
  return new Map(
    pools.map((pool) => {
      const shard = lastShardOf(schedule, pool, index, shardTokens)
      if (shard === undefined) return [pool, 0]
      const end = ends.get(shard.segment.index) ?? shardEnd(schedule, shard, shardTokens, around)
      ends.set(shard.segment.index, end)
      return [pool, end.get(pool) ?? 0]
    }),
  )
}

/** Each pool's position at both ends of a shard: it has the documents whose first token lies in [first, last). */
export function shardEdges(
  schedule: Schedule,
  { segment: index, start, end }: ShardRange,
  shardTokens: number,
  around: Around,
): { readonly first: ReadonlyMap<string, number>; readonly last: ReadonlyMap<string, number> } {
  const segment = schedule.segments[index]
  if (segment === undefined) throw new RangeError(`there is no segment ${index}`)
  const first =
    start === segment.start
      ? leftAt(schedule, Object.keys(segment.shares), index, shardTokens, around)
      : shardEnd(schedule, { segment, start: start - shardTokens, end: start }, shardTokens, around)
  return { first, last: shardEnd(schedule, { segment, start, end }, shardTokens, around) }
}
