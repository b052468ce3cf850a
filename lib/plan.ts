import { type Shortfall, shortfalls } from '../stages/feasibility.ts'
import { type OutlineSegment, outline, sharesOverRun } from '../stages/outline.ts'
import { createSchedule, type Schedule, shards } from '../stages/schedule.ts'
import type { ScheduleInput } from '../stages/types.ts'
import { type PlanWarning, warnings, withoutSteps } from '../stages/warnings.ts'
import type { TokenizerFacts } from '../tokenizers/define-tokenizer.ts'
import { createTokenizer, loadTokenizer, tokenizerFacts } from '../tokenizers/index.ts'
import { requireTokenizerOf } from './build/base-pools.ts'
import { requireFormats } from './build/check-formats.ts'
import { requireSpecials } from './build/check-specials.ts'
import { estimatePools, holdoutWarnings, type PoolEstimate, requireConceivable } from './build/plan.ts'
import { type TokenWidth, tierByName, tokenWidth } from './build/pools.ts'
import { layoutOf } from './build/source-layout.ts'
import { type Split, survey } from './build/survey.ts'
import { formatByName } from './formats/index.ts'
import type { Pilot } from './pilot.ts'
import { type Measured, type PlannedStep, plannedSteps } from './plan-steps.ts'
import { cutsAlone } from './recipe/corpora.ts'
import type { LoadedRecipe } from './recipe/load.ts'
import type { Recipe } from './recipe/schema.ts'

/** What a recipe would build, as far as it can be said before the work. Positions and counts are in tokens. */
export interface Plan {
  readonly name: string
  /** Tokens of the run. */
  readonly tokens: number
  readonly pools: readonly PoolEstimate[]
  readonly segments: readonly OutlineSegment[]
  /** Pools that hold too little by their estimated sizes; a build that finds it so is refused. */
  readonly shortfalls: readonly Shortfall[]
  readonly warnings: readonly PlanWarning[]
  /** Each pool's mean share in 240 equal parts of the run (fewer where it has fewer tokens). */
  readonly mix: Readonly<Record<string, readonly number[]>>
  readonly disk: PlannedDisk
  /** Disk, files and time step by step. */
  readonly steps: readonly PlannedStep[]
  /** What a pilot found; absent without one. */
  readonly pilot?: Pilot
}

/** Bytes that the build leaves, by what they are, and the number of files among the shards. */
export interface PlannedDisk {
  /** Text of the survivors, and token ids by part and by pool: what is built from. */
  readonly intermediates: number
  readonly shards: number
  readonly shardFiles: number
}

export interface PlanOptions {
  /** Records a source to run through its filters and the tokenizer. */
  readonly pilot?: number | undefined
}

/**
 * Plans a recipe by declared sizes, file sizes, or a pilot over some records; without a pilot it reads a few blocks of
 * each file only. Throws PLAN_INFEASIBLE where even the largest possible pools could not fill the schedule,
 * RECIPE_INVALID where an output format cannot hold the shards.
 */
export async function plan(loaded: LoadedRecipe, options: PlanOptions = {}): Promise<Plan> {
  const { recipe } = loaded
  const start = performance.now()
  const splits = await survey(loaded)
  const surveySeconds = (performance.now() - start) / 1000
  const tokenizer = await tokenizerFor(loaded)
  requireSpecials(recipe, tokenizer)
  requireFormats(recipe, tokenizer)
  const pilot = options.pilot === undefined ? undefined : await pilotOf(loaded, splits, options.pilot)
  return planOf(loaded, splits, tokenizer.vocabularySize, { surveySeconds, pilot })
}

/** Its facts, or all of it where the recipe asks for more: a base has a fingerprint, a conversation control tokens. */
async function tokenizerFor({ recipe, directory, base }: LoadedRecipe): Promise<TokenizerFacts> {
  const hasLayout = Object.values(recipe.sources).some((source) => layoutOf(source) !== undefined)
  if (base === undefined && !hasLayout) return tokenizerFacts(recipe.tokenizer, directory)
  const tokenizer = createTokenizer(await loadTokenizer(recipe.tokenizer, directory))
  if (base !== undefined) requireTokenizerOf(base, tokenizer)
  return tokenizer
}

/** Loaded where it is asked for: filters and readers are most of what there is to load. */
async function pilotOf(loaded: LoadedRecipe, splits: readonly Split[], records: number): Promise<Pilot> {
  const { runPilot } = await import('./pilot.ts')
  return runPilot(loaded, splits, records)
}

/** The plan over surveyed inputs. Throws PLAN_INFEASIBLE as {@link plan} does. */
export function planOf(
  loaded: Pick<LoadedRecipe, 'recipe' | 'base'>,
  splits: readonly Split[],
  vocabularySize: number,
  measured: Measured,
): Plan {
  const { recipe } = loaded
  const { pilot } = measured
  const pools = estimatePools(loaded, splits, pilot)
  const most = requireConceivable(recipe, pools)
  const input: ScheduleInput = { stages: recipe.stages, phases: recipe.phases, pools }
  const schedule = pools.every((pool) => pool.most === pool.tokens) ? most : createSchedule(input)
  const segments = outline(schedule, recipe.batchTokens)
  const width = tokenWidth(vocabularySize)
  const stored = recipe.output.formats
    .map(formatByName)
    .reduce((sum, { tokenBytes }) => sum + (tokenBytes?.(vocabularySize) ?? width), 0)
  const count = shards(schedule, recipe.output.shardTokens).length
  return {
    name: recipe.name,
    tokens: schedule.tokens,
    pools,
    segments,
    shortfalls: shortfalls(schedule),
    warnings: [
      ...warnings(input, schedule, (pool, tokens) =>
        tierByName(recipe, pool)?.takesOnly(tokens) === true ? 1 : pilot?.pools[pool]?.longShares[tokens],
      ),
      ...withoutSteps(segments, recipe.batchTokens),
      ...holdoutWarnings(recipe, pools),
      ...cutsAlone(recipe),
    ],
    mix: sharesOverRun(schedule, 240),
    disk: diskOf({ recipe, schedule, pools, width, stored, count }),
    steps: plannedSteps({ recipe, splits, pools, segments, shards: count, width, stored, measured }),
    ...(pilot && { pilot }),
  }
}

/** Bytes of text a token, as in estimates of pools; and the most that placements may take of the token bytes. */
const [TEXT_BYTES, PLACEMENT_SHARE] = [4.2, 0.03]
/** `.documents.arrow`, `.pieces.arrow` and `.index` of a shard's placements. */
const PLACEMENT_FILES = 3

interface DiskInput {
  readonly recipe: Recipe
  readonly schedule: Schedule
  readonly pools: readonly PoolEstimate[]
  /** Bytes of a token in the pools, and in all formats together. */
  readonly width: TokenWidth
  readonly stored: number
  /** Shards. */
  readonly count: number
}

function diskOf({ recipe: { output }, schedule, pools, width, stored, count }: DiskInput): PlannedDisk {
  const pooled = pools.reduce(
    (sum, { tokens, heldOut, basis }) => sum + (basis === 'base' ? 0 : tokens + heldOut),
    0,
  )
  const formats = output.formats.map(formatByName)
  return {
    intermediates: Math.round(pooled * (TEXT_BYTES + 2 * width)),
    shards: Math.round(schedule.tokens * (stored + width * PLACEMENT_SHARE)),
    shardFiles:
      count * (PLACEMENT_FILES + formats.reduce((sum, { extensions }) => sum + extensions.length, 0)),
  }
}
