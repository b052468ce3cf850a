import { add, compare, multiply, type Rational, rational, subtract, toNumber, ZERO } from './rational.ts'

/**
 * P(t) of one pool: the tokens that the run asks of it up to run position t, as pieces over [start, end) that follow
 * each other without gaps. Every rule that changes a pool's share at some run position (a stage's end, a transition, a cap
 * with renormalisation, a replay) is one more piece.
 */
export interface Curve {
  readonly pieces: readonly Piece[]
}

/**
 * Run positions [start, end), in which the pool's share of the run goes in a straight line from `from` to `to`.
 * `base` is P(start).
 */
export interface Piece {
  readonly start: number
  readonly end: number
  readonly base: Rational
  readonly from: Rational
  readonly to: Rational
}

/**
 * P(t) for start <= t <= end: the base and the area under the line, from x e + (to - from) x e^2 / 2n for e = t - start of n.
 *
 * Worked example: [100, 200) from 1/4 to 3/4, base 25: P(150) = 25 + 50/4 + (1/2) 2500 / 200 = 43.75.
 */
export function pieceValue(piece: Piece, t: number): Rational {
  const { zeroth, first, second, denominator } = polynomial(piece)
  const elapsed = BigInt(t - piece.start)
  return { numerator: zeroth + (first + second * elapsed) * elapsed, denominator }
}

/** P as (zeroth + first x e + second x e^2) / denominator, in integers: evaluated often, without finding divisors. */
function polynomial({
  start,
  end,
  base,
  from,
  to,
}: Piece): Record<'zeroth' | 'first' | 'second' | 'denominator', bigint> {
  const straight = compare(from, to) === 0
  const twice = straight ? 1n : 2n * BigInt(end - start) * to.denominator
  const change = straight ? 0n : to.numerator * from.denominator - from.numerator * to.denominator
  return {
    zeroth: base.numerator * from.denominator * twice,
    first: from.numerator * base.denominator * twice,
    second: change * base.denominator,
    denominator: base.denominator * from.denominator * twice,
  }
}

/**
 * P(end) of a piece, the base of the next one: the base and the mean of the shares at both ends, for all of its tokens. The
 * length cancels out, so fractions do not grow from piece to piece.
 */
export function pieceEnd({ start, end, base, from, to }: Piece): Rational {
  const twice = add(from, to)
  return add(base, multiply(twice, rational(BigInt(end - start), 2n)))
}

/** The share at run position t of a piece, start <= t <= end. */
export function shareAt({ start, end, from, to }: Piece, t: number): Rational {
  return compare(from, to) === 0
    ? from
    : add(from, multiply(subtract(to, from), rational(BigInt(t - start), BigInt(end - start))))
}

/** P(t), for run positions from 0 to the curve's end, both included. */
export function cumulative(curve: Curve, t: number): Rational {
  const piece = pieceAt(curve, t)
  return piece === undefined ? ZERO : pieceValue(piece, t)
}

/** The piece with start <= t < end; the last one for the curve's own end. */
function pieceAt({ pieces }: Curve, t: number): Piece | undefined {
  return pieces[lastIndex(pieces.length, (index) => (pieces[index]?.start ?? 0) <= t)]
}

/** The curve over [start, end) alone, cut where its pieces reach over: what it is there, whatever comes after. */
export function clip({ pieces }: Curve, start: number, end: number): Piece[] {
  return pieces
    .filter((piece) => piece.end > start && piece.start < end)
    .map((piece) => {
      const [from, to] = [Math.max(piece.start, start), Math.min(piece.end, end)]
      return {
        start: from,
        end: to,
        base: pieceValue(piece, from),
        from: shareAt(piece, from),
        to: shareAt(piece, to),
      }
    })
}

/** The largest run position t of a piece with floor(P(t)) <= tokens, or null where its end is still within. */
export function lastWithinPiece(piece: Piece, tokens: bigint): number | null {
  const { zeroth, first, second, denominator } = polynomial(piece)
  const limit = (tokens + 1n) * denominator // floor(P) <= tokens is P < tokens + 1
  const within = (elapsed: number): boolean => {
    const e = BigInt(elapsed)
    return zeroth + (first + second * e) * e < limit
  }
  const length = piece.end - piece.start
  return within(length) ? null : piece.start + lastIndex(length, within)
}

/** The largest run position t with floor(P(t)) <= tokens, or null where the whole curve stays within `tokens`. */
export function lastWithin({ pieces }: Curve, tokens: bigint): number | null {
  for (const piece of pieces) {
    const last = lastWithinPiece(piece, tokens)
    if (last !== null) return last
  }
  return null
}

/**
 * The inverse of P over pieces that follow each other, in doubles, to order documents by: tokens of the pool since the first
 * piece's start → run tokens since then after which they are due. Past the pieces it goes on at the last share that was
 * not 0, for documents that reach over the end; Infinity for a pool that has none.
 */
export function inverse(pieces: readonly Piece[]): (tokens: number) => number {
  const [first] = pieces
  if (first === undefined) return () => Number.POSITIVE_INFINITY
  const steps = pieces.map(({ start, end, base, from, to }) => ({
    start: start - first.start,
    base: toNumber(subtract(base, first.base)),
    share: toNumber(from),
    slope: compare(from, to) === 0 ? 0 : (toNumber(to) - toNumber(from)) / (end - start),
  }))
  const end = pieces.at(-1)
  const last = pieces.findLast(({ from, to }) => from.numerator + to.numerator > 0n)
  if (end === undefined || last === undefined) return () => Number.POSITIVE_INFINITY
  const given = toNumber(subtract(pieceEnd(end), first.base))
  // A share that ends at 0 has no rate to go on with: its mean in the piece is taken.
  const rate = toNumber(last.to) || toNumber(last.from) / 2
  return (tokens) => {
    if (tokens >= given) return last.end - first.start + (tokens - given) / rate
    const step = steps[lastIndex(steps.length, (index) => (steps[index]?.base ?? 0) <= tokens)]
    return step === undefined ? 0 : step.start + elapsed(step.share, step.slope, tokens - step.base)
  }
}

/** e with share x e + slope x e^2 / 2 = tokens, in the form that is stable for any sign of the slope. */
function elapsed(share: number, slope: number, tokens: number): number {
  const root = Math.sqrt(Math.max(0, share * share + 2 * slope * tokens))
  return tokens === 0 ? 0 : (2 * tokens) / (share + root)
}

/** The last index below `count` for which `holds`, which holds up to some index and not beyond; 0 where for none. */
function lastIndex(count: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = low + Math.ceil((high - low) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** a / b where both are doubles' worth: the mean share of a pool over run positions [start, end). */
export function meanShare(curve: Curve, start: number, end: number): number {
  const [from, to] = [cumulative(curve, start), cumulative(curve, end)]
  // Not by `subtract`, which finds common divisors of large fractions: plans ask for hundreds of shares a pool.
  return toNumber({
    numerator: to.numerator * from.denominator - from.numerator * to.denominator,
    denominator: from.denominator * to.denominator * BigInt(end - start),
  })
}
