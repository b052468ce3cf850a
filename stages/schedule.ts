import { MillraceError } from '../lib/errors.ts'
import { checkInput } from './check-input.ts'
import { type Curve, clip, cumulative, inverse, meanShare } from './cumulative.ts'
import { floor, type Rational, rational, reduced, subtract, toNumber } from './rational.ts'
import { type Exhaustion, timeline } from './timeline.ts'
import type { PoolInput, ScheduleInput, Segment, ShardRange } from './types.ts'

/**
 * The schedule of a run as one piecewise function. Run position t counts real tokens from 0 to `tokens`; every pool has
 * a cumulative position P(t), the tokens that were asked of it before t. A unit that emits [t0, t1) takes of each pool the
 * documents whose first token lies in [position(pool, t0), position(pool, t1)), so it needs to know nothing of the others.
 */
export interface Schedule {
  /** Tokens of the run: the stages' sum, or less where an exhausted pool stops it. */
  readonly tokens: number
  readonly pools: readonly PoolInput[]
  readonly segments: readonly Segment[]
  /** By pool name, for pools that some mix names. */
  readonly curves: ReadonlyMap<string, Curve>
  /** Pools that run out and are not refused, in the order of the run. */
  readonly exhaustions: readonly Exhaustion[]
  /**
   * floor(P(t)): the tokens asked of a pool before run position t (0 <= t <= tokens). Exact and monotone; over all pools
   * it sums to at most t, and to more than t - (number of pools in mixes). 0 for a pool that no mix names.
   */
  readonly position: (pool: string, t: number) => number
}

/**
 * Worked example: stages of 100 tokens {a: 3, b: 1} and 60 {a: 1, b: 1}, phases of 120 and the rest:
 *
 *     t         0              100   120      160
 *     stage     |  a 3/4  b 1/4 |  a 1/2  b 1/2 |
 *     phase     |       2048          |   8192  |
 *     segment   |       0       |  1  |    2    |
 *     P of a    0              75    85       105
 *
 * @throws MillraceError RECIPE_INVALID with all that is wrong with the input. It does not ask whether the pools can give
 * what is asked: see `requireFeasible`.
 */
export function createSchedule(input: ScheduleInput): Schedule {
  checkInput(input)
  const { tokens, curves, exhaustions } = timeline(input.stages, input.pools)
  return {
    tokens,
    pools: input.pools,
    segments: cutSegments(input, tokens, curves),
    curves,
    exhaustions,
    position: (pool, t) => {
      requirePosition(t, tokens)
      const curve = curves.get(pool)
      return curve === undefined ? 0 : Number(floor(cumulative(curve, t)))
    },
  }
}

const noPacking = { name: '', settings: undefined }

/** Tokens stored a sequence of a phase. */
export function storedLength(sequenceLength: number, unit: 'S' | 'S+1' = 'S'): number {
  return unit === 'S' ? sequenceLength : sequenceLength + 1
}

function cutSegments(
  { stages, phases }: ScheduleInput,
  tokens: number,
  curves: ReadonlyMap<string, Curve>,
): Segment[] {
  const segments: Segment[] = []
  const stageEnds = ends(stages.map((stage) => stage.tokens))
  const phaseEnds = ends(
    phases.map((phase) => (phase.tokens === 'rest' ? Number.POSITIVE_INFINITY : phase.tokens)),
  )
  let stage = 0
  let phase = 0
  for (let start = 0; start < tokens; ) {
    const end = Math.min(tokens, stageEnds[stage] ?? tokens, phaseEnds[phase] ?? tokens)
    const { name: stageName = '', mix: weights = {} } = stages[stage] ?? {}
    const { sequenceLength = 0, packing = noPacking, unit = 'S' } = phases[phase] ?? {}
    const index = segments.length
    segments.push({
      index,
      stage,
      stageName,
      phase,
      start,
      end,
      sequenceLength,
      storedLength: storedLength(sequenceLength, unit),
      packing,
      weights,
      shares: meanShares(Object.keys(weights), curves, start, end),
    })
    if (end === stageEnds[stage]) stage++
    if (end === phaseEnds[phase]) phase++
    start = end
  }
  return segments
}

function ends(lengths: readonly number[]): number[] {
  let sum = 0
  return lengths.map((length) => {
    sum += length
    return sum
  })
}

/** Of the mix's own pools, then of those that have a share of the segment by a transition or replay. */
function meanShares(
  own: readonly string[],
  curves: ReadonlyMap<string, Curve>,
  start: number,
  end: number,
): Record<string, number> {
  const names = [...new Set([...own, ...curves.keys()])]
  const shares = names.map((name): [string, number] => {
    const curve = curves.get(name)
    return [name, curve === undefined ? 0 : meanShare(curve, start, end)]
  })
  return Object.fromEntries(shares.filter(([name, share]) => share > 0 || own.includes(name)))
}

/**
 * Run tokens since a segment's start after which `tokens` of a pool, counted from P(start), are due: the inverse of P in
 * doubles, to order the documents of a shard by that ends at run position `end`. Past `end` it goes on at the last share,
 * for documents that reach over it: what the schedule does there is no matter of this shard.
 */
export function dueIn(
  schedule: Schedule,
  segment: Segment,
  pool: string,
  end: number = segment.end,
): (tokens: number) => number {
  const curve = schedule.curves.get(pool)
  return inverse(curve === undefined ? [] : clip(curve, segment.start, end))
}

/**
 * What decides the order of a pool's documents in run positions [start, end): its shares there as fractions, piece by piece;
 * equal where the schedule is the same, whatever comes after.
 */
export function piecesIn({ curves }: Schedule, pool: string, start: number, end: number): string[] {
  const pieces = clip(curves.get(pool) ?? { pieces: [] }, start, end)
  return pieces.map(
    ({ start: from, end: to, ...piece }) => `${from} ${to} ${text(piece.from)} ${text(piece.to)}`,
  )
}

function text(share: Rational): string {
  const { numerator, denominator } = reduced(share)
  return `${numerator}/${denominator}`
}

/**
 * Tokens of a pool emitted past P(start) of a segment, where everything before `position` on the pool's axis is
 * emitted: what `mix` needs of the state at a shard's start. Not rounded; negative (above -1) only by P's fraction.
 */
export function emittedIn(schedule: Schedule, segment: Segment, pool: string, position: number): number {
  const curve = schedule.curves.get(pool)
  if (curve === undefined) return 0
  return toNumber(subtract(rational(BigInt(position)), cumulative(curve, segment.start)))
}

/** More shards than any file system wants in one folder: a shardTokens that was meant otherwise. */
const MAX_SHARDS = 10_000_000

/**
 * Every segment cut at multiples of `shardTokens` from its own start; its last shard takes what is left. So a schedule
 * that changes from run position t on leaves every shard with end <= t as it is, but for the one that t now ends a segment at.
 *
 * @throws MillraceError RECIPE_INVALID for a shardTokens that is not a positive integer, or gives over 10M shards.
 */
export function shards(schedule: Schedule, shardTokens: number): ShardRange[] {
  const least = schedule.tokens / MAX_SHARDS
  if (!(Number.isSafeInteger(shardTokens) && shardTokens > 0 && shardTokens >= least)) {
    const limit = Math.ceil(least)
    throw new MillraceError('RECIPE_INVALID', `output.shardTokens is ${shardTokens}`, {
      key: 'output.shardTokens',
      got: shardTokens,
      limit,
      fix: `Write an integer of at least ${limit}.`,
    })
  }
  const ranges: ShardRange[] = []
  for (const { index: segment, start: from, end: to } of schedule.segments) {
    for (let start = from; start < to; start += shardTokens) {
      ranges.push({ index: ranges.length, segment, start, end: Math.min(to, start + shardTokens) })
    }
  }
  return ranges
}

function requirePosition(t: number, tokens: number): void {
  if (Number.isSafeInteger(t) && t >= 0 && t <= tokens) return
  throw new MillraceError('INTERNAL', `run position ${t} is outside the run`, {
    got: t,
    limit: tokens,
    fix: 'Ask for an integer from 0 to the tokens of the run.',
  })
}
