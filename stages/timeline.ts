import { COSINE_KNOTS, cosineKnot } from './cosine.ts'
import { type Curve, lastWithinPiece, type Piece, pieceEnd, shareAt } from './cumulative.ts'
import { blend, effectiveShares, type Mix, onGrid, stageMixes } from './mixes.ts'
import { decimal, floor, multiply, ONE, type Rational, rational, ZERO } from './rational.ts'
import type { PoolInput, StageInput } from './types.ts'

/** A pool ran out at a run position, and what the schedule does about it. */
export interface Exhaustion {
  readonly pool: string
  /** The last run position at which no more is asked of the pool than it has. */
  readonly position: number
  readonly effect: 'renormalise' | 'stop'
}

export interface Timeline {
  /** Run positions that are served: the stages' sum, or where a pool stopped the run. */
  readonly tokens: number
  /** By pool, for pools that some mix names. */
  readonly curves: ReadonlyMap<string, Curve>
  readonly exhaustions: readonly Exhaustion[]
}

/** Run positions [start, end) in which the mix goes in a straight line from one to another, before limits. */
interface Span {
  readonly start: number
  readonly end: number
  readonly from: Mix
  readonly to: Mix
}

/**
 * Every pool's curve, by going through the run from event to event: ends of stages, knots of transitions, and the positions
 * at which a pool that says `onExhausted: renormalise | stop` has given all its epochs. Between two events the shares are
 * straight lines that sum to 1, so all positions are exact, and what comes before an event does not depend on it.
 *
 * Worked example: 100 tokens of {a: 1, b: 1}, and a has 20 and renormalises. a's share is 1/2 up to position 41, the last
 * with floor(P) = 20, and 0 from there; b's goes from 1/2 to 1.
 */
export function timeline(stages: readonly StageInput[], pools: readonly PoolInput[]): Timeline {
  const spans = stageSpans(stages)
  const names = new Set(spans.flatMap(({ from, to }) => [...to.keys(), ...from.keys()]))
  const pieces = new Map<string, Piece[]>([...names].map((name) => [name, []]))
  const limits = exhaustible(pools, names)
  const maxShare = new Map(
    pools.flatMap(({ name, maxShare }) =>
      maxShare === undefined ? [] : [[name, decimal(maxShare)] as const],
    ),
  )
  const exhausted = new Set<string>()
  const exhaustions: Exhaustion[] = []

  for (const span of spans) {
    for (let { start, from } = span; start < span.end; ) {
      const shares = endShares(from, span.to, exhausted, maxShare)
      const next = [...names].map((name): [string, Piece] => {
        const before = pieces.get(name)?.at(-1)
        const [first, last] = shares.map((mix) => mix.get(name) ?? ZERO)
        const base = before === undefined ? ZERO : pieceEnd(before)
        return [name, { start, end: span.end, base, from: first ?? ZERO, to: last ?? ZERO }]
      })
      const out = firstOut(next, limits)
      const end = out?.position ?? span.end
      if (end > start) for (const [name, piece] of next) pieces.get(name)?.push(cut(piece, end))
      if (out === undefined) break
      from = onGrid(blend(from, span.to, rational(BigInt(end - start), BigInt(span.end - start))))
      start = end
      limits.delete(out.pool)
      exhausted.add(out.pool)
      if (out.effect === 'renormalise' && isServed(from, span.to, exhausted)) exhaustions.push(out)
      else if (out.effect === 'stop')
        return { tokens: end, curves: curvesOf(pieces), exhaustions: [...exhaustions, out] }
      else exhausted.delete(out.pool) // The last pool of a mix goes on, and is a shortfall of the plan.
    }
  }
  return { tokens: spans.at(-1)?.end ?? 0, curves: curvesOf(pieces), exhaustions }
}

/** The stages' mixes over the run, with each transition from what the mix was at the stage's start. */
function stageSpans(stages: readonly StageInput[]): Span[] {
  const mixes = stageMixes(stages)
  const spans: Span[] = []
  let start = 0
  for (const [index, { tokens, transition }] of stages.entries()) {
    const target = mixes[index] ?? new Map<string, Rational>()
    const before = spans.at(-1)?.to
    const end = start + tokens
    if (before !== undefined && transition !== undefined && transition.shape !== 'step') {
      for (const knot of knots(transition.shape)) {
        const from = start + Math.round(transition.tokens * knot.from)
        const to = start + Math.round(transition.tokens * knot.to)
        const [first, last] = [knot.first, knot.last].map((part) => blend(target, before, flip(part)))
        if (from >= end || to === from || first === undefined || last === undefined) continue
        // A transition longer than its stage is cut off there; the next one goes on from what is reached.
        const done = Math.min(to, end)
        const reached =
          done === to ? last : blend(first, last, rational(BigInt(done - from), BigInt(to - from)))
        spans.push({ start: from, end: done, from: first, to: reached })
      }
    }
    const reached = Math.max(start, spans.at(-1)?.end ?? 0)
    if (reached < end) spans.push({ start: reached, end, from: target, to: target })
    start = end
  }
  return spans
}

/** Parts of a transition's window in [0, 1], and how much of the change is made at their ends. */
function knots(shape: 'linear' | 'cosine'): { from: number; to: number; first: Rational; last: Rational }[] {
  if (shape === 'linear') return [{ from: 0, to: 1, first: ZERO, last: ONE }]
  return Array.from({ length: COSINE_KNOTS }, (_, knot) => ({
    from: knot / COSINE_KNOTS,
    to: (knot + 1) / COSINE_KNOTS,
    first: cosineKnot(knot),
    last: cosineKnot(knot + 1),
  }))
}

/** 1 - part. */
function flip({ numerator, denominator }: Rational): Rational {
  return { numerator: denominator - numerator, denominator }
}

interface Limit {
  readonly available: bigint
  readonly effect: Exhaustion['effect']
}

function exhaustible(pools: readonly PoolInput[], names: ReadonlySet<string>): Map<string, Limit> {
  return new Map(
    pools.flatMap((pool) => {
      const effect = pool.onExhausted
      if (!names.has(pool.name) || (effect !== 'renormalise' && effect !== 'stop')) return []
      return [[pool.name, { available: availableTokens(pool), effect }] as const]
    }),
  )
}

/** The pool that runs out first in these pieces; of several, the one named first. */
function firstOut(
  next: readonly [string, Piece][],
  limits: ReadonlyMap<string, Limit>,
): Exhaustion | undefined {
  let first: Exhaustion | undefined
  for (const [pool, piece] of next) {
    const limit = limits.get(pool)
    if (limit === undefined || piece.from.numerator + piece.to.numerator === 0n) continue
    const position = lastWithinPiece(piece, limit.available)
    if (position === null || (first !== undefined && position >= first.position)) continue
    first = { pool, position, effect: limit.effect }
  }
  return first
}

/** Shares at both ends of a span. A mix of which nothing is left takes the other's; with neither, both stay as they are. */
function endShares(from: Mix, to: Mix, exhausted: ReadonlySet<string>, maxShare: Mix): Mix[] {
  const gone = isServed(from, to, exhausted) ? exhausted : new Set<string>()
  const [first, last] = [from, to].map((mix) => effectiveShares(mix, gone, maxShare))
  if (first === undefined || last === undefined) return []
  const ends = [first.size > 0 ? first : last, last.size > 0 ? last : first]
  return from === to && gone.size === 0 ? ends : ends.map(onGrid)
}

function isServed(from: Mix, to: Mix, exhausted: ReadonlySet<string>): boolean {
  return [from, to].some((mix) =>
    [...mix].some(([name, weight]) => weight.numerator > 0n && !exhausted.has(name)),
  )
}

/** floor(tokens x maxEpochs), with maxEpochs read as the decimal it is written as, less what an earlier run took. */
export function availableTokens({ tokens, maxEpochs, start = 0 }: PoolInput): bigint {
  const left = floor(multiply(rational(BigInt(tokens)), decimal(maxEpochs))) - BigInt(start)
  return left > 0n ? left : 0n
}

function cut(piece: Piece, end: number): Piece {
  return end === piece.end ? piece : { ...piece, end, to: shareAt(piece, end) }
}

function curvesOf(pieces: ReadonlyMap<string, Piece[]>): Map<string, Curve> {
  return new Map([...pieces].map(([name, list]) => [name, { pieces: list }]))
}
