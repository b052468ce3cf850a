import { type Issue, MillraceError } from '../lib/errors.ts'
import { formatCount, formatItems } from '../lib/report/text.ts'
import { settingsOf } from './check-input.ts'
import { lastWithin } from './cumulative.ts'
import { createSchedule, type Schedule } from './schedule.ts'
import { availableTokens } from './timeline.ts'
import type { PoolInput, PoolUsage, ScheduleInput, UsageRow } from './types.ts'

/** A pool that cannot give what the schedule asks. */
export interface Shortfall extends PoolUsage {
  readonly pool: string
  /** The longest run that this pool can serve with these mixes, in tokens. */
  readonly runTokens: number
}

/** What a pool gives to the whole run. */
export function poolUsage(schedule: Schedule, pool: PoolInput): PoolUsage {
  const asked = schedule.position(pool.name, schedule.tokens)
  const available = Number(availableTokens(pool))
  return { asked, available, epochs: epochs(asked && asked + (pool.start ?? 0), pool.tokens) }
}

/** Per segment and pool of its mix, in order: the tokens asked, as a range and in epochs. */
export function usage(schedule: Schedule): UsageRow[] {
  const pools = new Map(schedule.pools.map((pool) => [pool.name, pool]))
  return schedule.segments.flatMap((segment) =>
    Object.keys(segment.shares).map((pool) => {
      const start = schedule.position(pool, segment.start)
      const end = schedule.position(pool, segment.end)
      const { tokens = 0, start: before = 0 } = pools.get(pool) ?? {}
      return {
        segment: segment.index,
        pool,
        start,
        end,
        asked: end - start,
        epochStart: epochs(before + start, tokens),
        epochEnd: epochs(before + end, tokens),
      }
    }),
  )
}

/**
 * Every pool of which more is asked than its tokens x maxEpochs, or that is in a mix without having a token, unless its
 * `onExhausted` says what happens then.
 */
export function shortfalls(schedule: Schedule): Shortfall[] {
  const found: Shortfall[] = []
  for (const pool of schedule.pools) {
    const curve = schedule.curves.get(pool.name)
    if (curve === undefined) continue
    const given = poolUsage(schedule, pool)
    if (pool.tokens > 0 && (given.asked <= given.available || pool.onExhausted === 'repeat')) continue
    if (pool.tokens === 0 && given.asked === 0 && pool.onExhausted === 'renormalise') continue
    found.push({
      pool: pool.name,
      ...given,
      runTokens: lastWithin(curve, availableTokens(pool)) ?? schedule.tokens,
    })
  }
  return found
}

/** @throws MillraceError PLAN_INFEASIBLE with one issue for every pool that blocks the run. */
export function requireFeasible(schedule: Schedule): void {
  const missing = shortfalls(schedule)
  const pools = new Map(schedule.pools.map((pool) => [pool.name, pool]))
  const tooFew = schedule.pools.flatMap((pool) => minimumIssues(schedule, pool))
  if (missing.length === 0 && tooFew.length === 0) return
  if (missing.length === 0) throw tooFewTokens(tooFew)
  const issues = [...missing.map((shortfall) => toIssue(shortfall, pools.get(shortfall.pool))), ...tooFew]
  const runTokens = missing.reduce(
    (least, shortfall) => Math.min(least, shortfall.runTokens),
    schedule.tokens,
  )
  throw new MillraceError(
    'PLAN_INFEASIBLE',
    `The pools cannot give what the schedule asks: ${missing.map((shortfall) => shortfall.pool).join(', ')}`,
    {
      key: 'stages',
      got: schedule.tokens,
      limit: runTokens,
      fix: `Raise maxEpochs as the issues say, set onExhausted, change the mix, or end the run at ${formatItems(runTokens, 'token')}.`,
    },
    { issues },
  )
}

/** The schedule of a run that its pools can serve. @throws MillraceError RECIPE_INVALID or PLAN_INFEASIBLE. */
export function planSchedule(input: ScheduleInput): Schedule {
  const schedule = createSchedule(input)
  requireFeasible(schedule)
  return schedule
}

function toIssue({ pool, asked, available, runTokens }: Shortfall, input: PoolInput | undefined): Issue {
  const tokens = input?.tokens ?? 0
  if (tokens === 0) {
    const fix = `Give ${pool} documents (its files, filters or tier expression), or take it out of every mix.`
    return {
      message: `${pool} is in the mix and has no tokens; ${formatCount(asked)} are asked`,
      key: pool,
      got: asked,
      limit: 0,
      fix,
    }
  }
  const { maxEpochs = 1, start = 0 } = input ?? {}
  const epochsNeeded = (start + asked) / tokens
  const key = settingsOf(input ?? { name: pool })
  const taken = start === 0 ? '' : `, less the ${formatCount(start)} that its base took`
  return {
    message:
      `${pool}: ${formatItems(asked, 'token')} asked, ${formatCount(available)} available (${formatItems(tokens, 'token')} x ${maxEpochs} epochs${taken}); ` +
      `${roundUp(epochsNeeded)} epochs are needed, or a run of at most ${formatItems(runTokens, 'token')} with this mix`,
    key: `${key}.maxEpochs`,
    got: asked,
    limit: available,
    fix:
      `Set ${key}.maxEpochs: ${Math.ceil(epochsNeeded)}, or lower the stages' tokens to ${formatCount(runTokens)} in all, or give ${pool} a smaller weight, or ` +
      `set ${key}.onExhausted: renormalise (the other pools take its share), stop or repeat.`,
  }
}

function minimumIssues(schedule: Schedule, { name, settings, minTokens = 0 }: PoolInput): Issue[] {
  const asked = schedule.position(name, schedule.tokens)
  if (asked >= minTokens) return []
  const key = `${settingsOf({ name, settings })}.minTokens`
  const message = `${name}: the run takes ${formatItems(asked, 'token')} of it, fewer than its minTokens ${formatCount(minTokens)}`
  return [
    { message, key, got: asked, limit: minTokens, fix: `Give ${name} a larger weight, or lower ${key}.` },
  ]
}

function tooFewTokens(issues: readonly Issue[]): MillraceError {
  const fix = 'Give the pools larger weights or lower minTokens, as the issues say.'
  const message = 'The run takes fewer tokens of some pools than their minTokens'
  return new MillraceError('PLAN_INFEASIBLE', message, { key: 'minTokens', fix }, { issues })
}

function epochs(position: number, tokens: number): number {
  return position === 0 ? 0 : position / tokens
}

/** To hundredths, upwards: what is printed as needed is enough. */
function roundUp(value: number): number {
  return Math.ceil(value * 100) / 100
}
