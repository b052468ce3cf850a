/**
 * plan: pools → schedule. Pure but for finding the held-out head of a pool; it holds part totals, never a list of
 * documents. The same schedule is made again, from the same recipe and pools, by every unit that emits.
 */
import path from 'node:path'
import { planSchedule } from '../../stages/feasibility.ts'
import type { Schedule } from '../../stages/schedule.ts'
import type { PoolInput, Segment } from '../../stages/types.ts'
import type { PlanWarning } from '../../stages/warnings.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { MillraceError } from '../errors.ts'
import type { Pilot } from '../pilot.ts'
import type { LoadedRecipe } from '../recipe/load.ts'
import type { Recipe } from '../recipe/schema.ts'
import { formatCount, formatItems } from '../report/text.ts'
import { basePools } from './base-pools.ts'
import {
  type HeldOut,
  POOL_WIDTH,
  type Pool,
  type PoolLimits,
  type PoolPart,
  poolDocuments,
  poolNames,
  poolTokens,
} from './pools.ts'
import { openRun } from './runs.ts'
import type { Split } from './survey.ts'

/** The schedule over what the pools hold. Throws PLAN_INFEASIBLE with every pool that blocks it. */
export function scheduleOf(recipe: Recipe, pools: readonly Pool[]): Schedule {
  return planSchedule({
    stages: recipe.stages,
    phases: recipe.phases,
    pools: pools.map((pool) => inputOf(recipe, pool)),
  })
}

function inputOf(recipe: Recipe, pool: Pool): PoolInput {
  const { base } = pool
  return {
    name: pool.name,
    tokens: poolTokens(pool) - pool.heldOut.tokens,
    documents: poolDocuments(pool) - pool.heldOut.documents,
    longest: Math.max(0, ...pool.parts.map(({ longest }) => longest)),
    ...(base === undefined
      ? limitsOf(recipe, pool.source)
      : { ...base.limits, start: base.start, settings: base.settings }),
  }
}

/** What a source's settings ask of each of its pools. */
function limitsOf({ sources }: Recipe, source: string): PoolLimits {
  const { maxEpochs = 1, onExhausted, maxShare, minTokens } = sources[source] ?? {}
  return { maxEpochs, onExhausted, maxShare, minTokens }
}

/** `shards/00-base-2048`: a segment's folder, relative to the build's. Later segments never change an earlier one's name. */
export function segmentFolder({ index, stageName, sequenceLength }: Segment): string {
  return `shards/${String(index).padStart(2, '0')}-${stageName}-${sequenceLength}`
}

/**
 * How much of each pool's head is held out: whole documents, from the first one on, until what `heldTokens` says is reached.
 * The order is a keyed hash, so the head is a sample; and dedup came first, so no near-copy of it is left in what is trained
 * on.
 */
export function holdOut(folder: string, recipe: Recipe, pools: readonly Omit<Pool, 'heldOut'>[]): Pool[] {
  const { held, tooLarge } = heldTokens(
    recipe,
    pools.map((pool) => ({ ...pool, tokens: poolTokens(pool) })),
  )
  if (tooLarge !== undefined) throw holdoutError(tooLarge)
  return pools.map((pool, at) => ({ ...pool, heldOut: headOf(folder, pool.parts, held[at] ?? 0) }))
}

/** More is to be held out than there is. */
interface TooLarge {
  readonly asked: number
  readonly available: number
  /** Undefined where it is all of them together. */
  readonly source: string | undefined
}

/**
 * Tokens of `holdout` by pool, of the sources that a mix draws from: a pool's part by its size, in its source or in all of
 * them. Where there is less than is asked, also the first of those, and nothing held out.
 */
function heldTokens(
  { holdout, stages }: Recipe,
  pools: readonly { readonly name: string; readonly source: string; readonly tokens: number }[],
): { readonly held: readonly number[]; readonly tooLarge?: TooLarge } {
  const none = pools.map(() => 0)
  if (holdout === undefined) return { held: none }
  const { tokens: asked, perSource } = holdout
  const mixed = new Set(stages.flatMap(({ mix }) => Object.keys(mix)))
  const sources = new Set(pools.flatMap(({ name, source }) => (mixed.has(name) ? source : [])))
  const held: number[] = []
  for (const { source, tokens } of pools) {
    const among = pools.filter((pool) => (perSource ? source === pool.source : sources.has(pool.source)))
    const available = among.reduce((sum, pool) => sum + pool.tokens, 0)
    const isHeld = sources.has(source) && available > 0
    if (isHeld && asked >= available)
      return { held: none, tooLarge: { asked, available, source: perSource ? source : undefined } }
    held.push(isHeld ? Math.round(asked * (tokens / available)) : 0)
  }
  return { held }
}

function headOf(folder: string, parts: readonly PoolPart[], target: number): HeldOut {
  let documents = 0
  let tokens = 0
  for (const part of parts) {
    if (tokens >= target) break
    const run = openRun(path.join(folder, `${part.path}.documents`), POOL_WIDTH)
    try {
      const rows = run.read(0, run.rows)
      for (let at = UID_WORDS; at < rows.length && tokens < target; at += POOL_WIDTH) {
        documents++
        tokens += rows[at] ?? 0
      }
    } finally {
      run.close()
    }
  }
  return { documents, tokens }
}

function holdoutError(tooLarge: TooLarge): MillraceError {
  return new MillraceError('PLAN_INFEASIBLE', holdoutMessage(tooLarge), {
    key: 'holdout.tokens',
    got: tooLarge.asked,
    limit: tooLarge.available,
    fix: HOLDOUT_FIX,
  })
}

const HOLDOUT_FIX =
  'Lower holdout.tokens, or set holdout.perSource: false to spread it over the sources by their size.'

function holdoutMessage({ asked, available, source }: TooLarge, about: '' | '~' = ''): string {
  const where = source === undefined ? 'all sources' : `source ${source}`
  return `holdout asks ${formatItems(asked, 'token')} of ${where}, which has ${about}${formatCount(available)}`
}

/** Bytes of English text a token of a 32,000-piece vocabulary; only for estimates ahead of the data. */
const BYTES_PER_TOKEN = 4.2
/** Bytes of JSON lines a compressed byte, for estimates; and the most that is believed before the file is read. */
const COMPRESSION = { typical: 3.5, most: 12 }

/** A pool's size ahead of the data: declared, or guessed from its files' sizes, with the most that it could be. */
export interface PoolEstimate extends PoolInput {
  readonly source: string
  readonly basis: 'declared' | 'pilot' | 'file sizes' | 'token files' | 'base'
  /** Tokens of it for validation; `tokens` and `most` are what they leave. */
  readonly heldOut: number
  /** Upper bound, by the files where they are there: no tokenizer gives more tokens than the text has bytes. */
  readonly most: number
}

/**
 * Estimates of every pool, by what is best known: the recipe's declared sizes, a pilot, file sizes. By file sizes, a
 * source's tiers and rest are each given the source's whole size, as their shares are unknown. Those of the base are counted.
 */
export function estimatePools(
  { recipe, base }: Pick<LoadedRecipe, 'recipe' | 'base'>,
  splits: readonly Split[],
  pilot?: Pilot,
): PoolEstimate[] {
  const given = base === undefined ? [] : basePools(base.folder, recipe, base)
  const counted = given.map((pool): PoolEstimate => {
    const input = inputOf(recipe, pool)
    return { ...input, source: pool.source, basis: 'base', heldOut: pool.heldOut.tokens, most: input.tokens }
  })
  const whole = estimateOwn(recipe, splits, pilot)
  const { held } = heldTokens(recipe, whole)
  const most = heldTokens(
    recipe,
    whole.map((pool) => ({ ...pool, tokens: pool.most })),
  )
  if (most.tooLarge !== undefined) throw holdoutError(most.tooLarge)
  const own = whole.map(
    (pool, at): PoolEstimate => ({
      ...pool,
      tokens: pool.tokens - (held[at] ?? 0),
      heldOut: held[at] ?? 0,
      most: pool.most - (most.held[at] ?? 0),
    }),
  )
  return [...own, ...counted]
}

/** What is estimated may be too little for the holdout: then nothing of it is held out here, and a build may be refused. */
export function holdoutWarnings(recipe: Recipe, estimates: readonly PoolEstimate[]): PlanWarning[] {
  const own = estimates.filter(({ basis }) => basis !== 'base')
  const { tooLarge } = heldTokens(
    recipe,
    own.map((pool) => ({ ...pool, tokens: pool.tokens + pool.heldOut })),
  )
  if (tooLarge === undefined) return []
  const { asked, available } = tooLarge
  const message = `${holdoutMessage(tooLarge, '~')}: a build that counts so few is refused`
  return [{ code: 'large-holdout', message, got: asked, limit: available, fix: HOLDOUT_FIX }]
}

function estimateOwn(
  recipe: Recipe,
  splits: readonly Split[],
  pilot?: Pilot,
): Omit<PoolEstimate, 'heldOut'>[] {
  return poolNames(recipe).map(({ name, source }) => {
    const settings = recipe.sources[source]
    const own = splits.flatMap((split) => (split.source === source ? split.pieces : []))
    const bytes = (factor: number): number =>
      own.reduce((sum, piece) => sum + piece.bytes * (piece.compressed ? factor : 1), 0)
    const guess = Math.floor((bytes(COMPRESSION.typical) * (settings?.sample ?? 1)) / BYTES_PER_TOKEN)
    const counted = own.some((piece) => piece.tokens !== undefined)
    if (counted) {
      const tokens = own.reduce((sum, piece) => sum + (piece.tokens ?? 0), 0)
      // With BOS and EOS put to each document, however short.
      const most = settings?.tokenized?.specials === 'add' ? 3 * tokens : tokens
      const likely = Math.round(tokens * (settings?.sample ?? 1))
      return { name, source, basis: 'token files', tokens: likely, most, ...limitsOf(recipe, source) }
    }
    const declared = settings && declaredTokens(settings, name.slice(source.length + 1))
    const piloted = pilot?.pools[name]
    return {
      name,
      source,
      basis: declared !== undefined ? 'declared' : piloted ? 'pilot' : 'file sizes',
      tokens: declared ?? piloted?.tokens ?? guess,
      most: own.length === 0 ? (declared ?? 0) : bytes(COMPRESSION.most) + 1024,
      ...limitsOf(recipe, source),
    }
  })
}

/** The declared size of a tier, or of the rest (''): what the declared tiers leave of the source. */
function declaredTokens({ tokens, tierTokens }: Recipe['sources'][string], tier: string): number | undefined {
  if (tier !== '') return tierTokens[tier] ?? tokens
  const tiers = Object.values(tierTokens).reduce((sum, size) => sum + size, 0)
  return tokens === undefined ? undefined : Math.max(0, tokens - tiers)
}

/** The schedule over the largest possible pools. Refuses, before any work, one that even these could not fill. */
export function requireConceivable(recipe: Recipe, estimates: readonly PoolEstimate[]): Schedule {
  return planSchedule({
    stages: recipe.stages,
    phases: recipe.phases,
    pools: estimates.map(({ most, ...pool }) => ({ ...pool, tokens: most })),
  })
}
