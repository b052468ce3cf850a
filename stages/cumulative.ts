import {
  add,
  compare,
  decimal,
  divide,
  floor,
  multiply,
  type Rational,
  rational,
  subtract,
  toNumber,
  ZERO,
} from './rational.ts'

/**
 * P(t) of one pool: the tokens that the run asks of it up to run position t, as pieces over [start, end) that follow
 * each other without gaps. Every rule that changes a pool's share at some run position (a stage's end today; a
 * transition, a cap with renormalisation, a replay) is one more piece, and callers see only the functions below.
 */
export interface Curve {
  readonly pieces: readonly Piece[]
}

/** Run positions [start, end). `base` is P(start); inside, P(t) = base + added(t - start). */
export interface Piece {
  readonly start: number
  readonly end: number
  readonly base: Rational
  /** Tokens asked in the first `elapsed` run tokens of the piece; monotone, exact. */
  readonly added: (elapsed: number) => Rational
  /** The most run tokens of the piece, not rounded, in which no more than `tokens` are asked; null when never reached. */
  readonly elapsed: (tokens: Rational) => Rational | null
  /** The same in doubles, for ordering documents; Infinity when never reached. */
  readonly elapsedNumber: (tokens: number) => number
}

/** A piece at a constant share of the run. */
export function constantPiece(start: number, end: number, base: Rational, share: Rational): Piece {
  const shareNumber = toNumber(share)
  const none = share.numerator === 0n
  return {
    start,
    end,
    base,
    added: (elapsed) => multiply(share, rational(BigInt(elapsed))),
    elapsed: (tokens) => (none ? null : divide(tokens, share)),
    elapsedNumber: (tokens) => (none ? Number.POSITIVE_INFINITY : tokens / shareNumber),
  }
}

/** P(end) of a piece: the base of the next one. */
export function pieceEnd(piece: Piece): Rational {
  return add(piece.base, piece.added(piece.end - piece.start))
}

/** P(t), for run positions from 0 to the curve's end, both included. */
export function cumulative(curve: Curve, t: number): Rational {
  const piece = pieceAt(curve, t)
  return piece === undefined ? ZERO : add(piece.base, piece.added(t - piece.start))
}

/** The piece with start <= t < end; the last one for the curve's own end. */
export function pieceAt(curve: Curve, t: number): Piece | undefined {
  let low = 0
  let high = curve.pieces.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    const piece = curve.pieces[middle]
    if (piece !== undefined && piece.start <= t) low = middle
    else high = middle - 1
  }
  return curve.pieces[low]
}

/** The largest run position t with floor(P(t)) <= tokens, or null where the whole curve stays within `tokens`. */
export function lastWithin(curve: Curve, tokens: bigint): number | null {
  const limit = rational(tokens + 1n) // floor(P) <= tokens is P < tokens + 1
  for (const piece of curve.pieces) {
    if (compare(pieceEnd(piece), limit) < 0) continue
    const elapsed = piece.elapsed(subtract(limit, piece.base))
    if (elapsed === null) continue
    // P reaches the limit at `elapsed`: the last whole token strictly before it still fits.
    const whole = floor(elapsed)
    const reached = whole * elapsed.denominator === elapsed.numerator
    return piece.start + Number(reached ? whole - 1n : whole)
  }
  return null
}

/** Weights by name → exact shares that sum to 1: {a: 84.5, b: 10} → {a: 169/189, b: 20/189}. */
export function normalise(weights: Readonly<Record<string, number>>): Map<string, Rational> {
  const exact = Object.entries(weights).map(([name, weight]) => [name, decimal(weight)] as const)
  const sum = exact.reduce((total, [, weight]) => add(total, weight), ZERO)
  return new Map(exact.map(([name, weight]) => [name, divide(weight, sum)]))
}
