import { meanShare } from './cumulative.ts'
import type { Schedule } from './schedule.ts'
import type { PoolInput, Segment } from './types.ts'

/** A segment of the plan in figures. */
export interface OutlineSegment {
  readonly stage: string
  readonly sequenceLength: number
  readonly packing: string
  /** Tokens stored a sequence. */
  readonly storedLength: number
  /** Run positions [start, end), in real tokens. */
  readonly start: number
  readonly end: number
  /** Sequences that the tokens fill; padding comes on top, and with it more sequences. */
  readonly sequences: number
  /** Whole training steps in them, and the tokens beyond the last one (policy `floor`); absent without batchTokens. */
  readonly steps?: { readonly count: number; readonly leftoverTokens: number }
  readonly pools: readonly OutlineRow[]
}

/** What a segment takes of a pool. */
export interface OutlineRow {
  readonly pool: string
  /** As written in the stage's mix; null for a pool that is there by a transition or replay. */
  readonly weight: number | null
  /** Mean share of the segment. */
  readonly share: number
  readonly tokens: number
  /** Tokens of them that the run has not taken before: in the pool's first epoch. */
  readonly unique: number
  /** Where the segment starts and ends in the pool: in tokens, and in epochs of it; what an earlier run took comes before. */
  readonly range: readonly [start: number, end: number]
  readonly epochs: readonly [start: number, end: number]
}

/** The schedule as rows: what a plan shows, and a launcher may ask. */
export function outline(schedule: Schedule, batchTokens?: number): OutlineSegment[] {
  const sizes = new Map(schedule.pools.map((pool) => [pool.name, pool]))
  return schedule.segments.map((segment) => {
    const { stageName: stage, sequenceLength, storedLength, packing, start, end } = segment
    const tokens = end - start
    const stepTokens = ((batchTokens ?? sequenceLength) / sequenceLength) * storedLength
    const count = batchTokens === undefined ? 0 : Math.floor(tokens / stepTokens)
    return {
      stage,
      sequenceLength,
      storedLength,
      packing: packing.name,
      start,
      end,
      sequences: Math.ceil(tokens / storedLength),
      ...(batchTokens !== undefined && { steps: { count, leftoverTokens: tokens - count * stepTokens } }),
      pools: Object.keys(segment.shares).map((pool) => rowOf(schedule, segment, pool, sizes.get(pool))),
    }
  })
}

function rowOf(schedule: Schedule, segment: Segment, pool: string, input: PoolInput | undefined): OutlineRow {
  const { tokens: size = 0, start = 0 } = input ?? {}
  const from = start + schedule.position(pool, segment.start)
  const to = start + schedule.position(pool, segment.end)
  return {
    pool,
    weight: segment.weights[pool] ?? null,
    share: segment.shares[pool] ?? 0,
    tokens: to - from,
    unique: Math.max(0, Math.min(to, size) - Math.min(from, size)),
    range: [from, to],
    epochs: [from === 0 ? 0 : from / size, to === 0 ? 0 : to / size],
  }
}

/** Each pool's mean share in `parts` equal parts of the run, or in as many as it has tokens: what a picture shows. */
export function sharesOverRun(schedule: Schedule, parts: number): Record<string, number[]> {
  const points = Math.max(1, Math.min(parts, schedule.tokens))
  const edges = Array.from({ length: points + 1 }, (_, at) => Math.round((schedule.tokens * at) / points))
  return Object.fromEntries(
    [...schedule.curves].map(([pool, curve]) => [
      pool,
      edges.slice(0, -1).map((start, at) => {
        const end = edges[at + 1] ?? start
        return end === start ? 0 : meanShare(curve, start, end)
      }),
    ]),
  )
}
