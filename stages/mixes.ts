import { MillraceError } from '../lib/errors.ts'
import {
  add,
  commonDenominator,
  compare,
  decimal,
  multiply,
  ONE,
  type Rational,
  rational,
  subtract,
  ZERO,
} from './rational.ts'
import type { StageInput } from './types.ts'

/** Pool → weight or share, exact. */
export type Mix = ReadonlyMap<string, Rational>

/** Weights by name → exact shares that sum to 1: {a: 84.5, b: 10} → {a: 169/189, b: 20/189}. */
export function normalise(weights: Readonly<Record<string, number>>): Mix {
  return toShares(new Map(Object.entries(weights).map(([name, weight]) => [name, decimal(weight)])))
}

/**
 * Each stage's own mix with its replay: share r of an earlier stage's mix (with that one's own replay), 1 - r of what is
 * written.
 */
export function stageMixes(stages: readonly StageInput[]): Mix[] {
  const mixes = new Map<string, Mix>()
  for (const { name, mix, replay } of stages) {
    const own = normalise(mix)
    const earlier = replay && (replay.mix === undefined ? mixes.get(replay.stage) : normalise(replay.mix))
    mixes.set(name, earlier ? blend(own, earlier, decimal(replay.share)) : own)
  }
  return [...mixes.values()]
}

/** (1 - part) x a + part x b, over the pools of both, those of `a` first. */
export function blend(a: Mix, b: Mix, part: Rational): Mix {
  const rest = part.denominator - part.numerator
  return new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((name) => {
      const [first, second] = [a.get(name) ?? ZERO, b.get(name) ?? ZERO]
      // As one fraction: common divisors are looked for once at most.
      const numerator =
        first.numerator * second.denominator * rest + second.numerator * first.denominator * part.numerator
      return [name, rational(numerator, first.denominator * second.denominator * part.denominator)]
    }),
  )
}

/**
 * The shares that a mix comes to without the pools that are exhausted, none above its `maxShare`: what is taken off goes to
 * the others in proportion to their weights. Empty where no pool is left.
 *
 * Worked example: {a: 6, b: 3, c: 1} with a at most 0.4: b and c share 0.6 as 3 to 1: 0.4, 0.45, 0.15.
 *
 * @throws MillraceError PLAN_INFEASIBLE where all pools that are left have a limit, and their limits sum to less than 1.
 */
export function effectiveShares(mix: Mix, exhausted: ReadonlySet<string>, maxShare: Mix): Mix {
  const weights = new Map([...mix].filter(([name, weight]) => weight.numerator > 0n && !exhausted.has(name)))
  const limited = new Map<string, Rational>()
  for (;;) {
    const left = subtract(ONE, sum(limited.values()))
    const free = new Map([...weights].filter(([name]) => !limited.has(name)))
    if (free.size === 0) {
      if (limited.size > 0 && left.numerator > 0n) throw unfilled([...limited.keys()], exhausted)
      return limited
    }
    const shares = new Map([...toShares(free)].map(([name, share]) => [name, multiply(share, left)]))
    const over = [...shares].flatMap(([name, share]) => {
      const limit = maxShare.get(name)
      return limit !== undefined && compare(share, limit) > 0 ? [[name, limit] as const] : []
    })
    if (over.length === 0)
      return new Map([...weights.keys()].map((name) => [name, shares.get(name) ?? limited.get(name) ?? ZERO]))
    for (const [name, limit] of over) limited.set(name, limit)
  }
}

/** Shares inside transitions and after an exhaustion are multiples of 2^-60: under 10^-5 tokens off over 10T tokens. */
const GRID = 1n << 60n

/** Shares on the grid, still summing to 1: what is cut off goes to the first pools, so that fractions do not grow. */
export function onGrid(shares: Mix): Mix {
  const units = [...shares].map(([name, { numerator, denominator }]): [string, bigint] => [
    name,
    (numerator * GRID) / denominator,
  ])
  let missing = GRID - units.reduce((total, [, count]) => total + count, 0n)
  return new Map(
    units.map(([name, count]) => {
      const extra = count > 0n && missing > 0n ? 1n : 0n
      missing -= extra
      return [name, { numerator: count + extra, denominator: GRID }]
    }),
  )
}

/** Over a common denominator the weights are whole numbers, and so is their sum. */
function toShares(weights: Mix): Mix {
  const common = commonDenominator([...weights.values()])
  const units = [...weights].map(([name, { numerator, denominator }]): [string, bigint] => [
    name,
    numerator * (common / denominator),
  ])
  const total = units.reduce((all, [, count]) => all + count, 0n)
  return new Map(units.map(([name, count]) => [name, rational(count, total)]))
}

function sum(values: Iterable<Rational>): Rational {
  let total = ZERO
  for (const value of values) total = add(total, value)
  return total
}

function unfilled(pools: readonly string[], exhausted: ReadonlySet<string>): MillraceError {
  const gone = exhausted.size === 0 ? '' : ` once ${[...exhausted].join(', ')} is exhausted`
  return new MillraceError(
    'PLAN_INFEASIBLE',
    `the maxShare of ${pools.join(', ')} leaves a part of the mix to no pool${gone}`,
    {
      key: 'maxShare',
      got: pools.join(', '),
      fix: 'Raise one of them, or add a pool without maxShare to the mix.',
    },
  )
}
