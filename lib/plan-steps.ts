/** Disk, files and time of a build before it runs, step by step, as ranges. Sizes are of what each step leaves. */
import { dedupPasses } from '../filters/dedup/index.ts'
import type { OutlineSegment } from '../stages/outline.ts'
import type { PoolEstimate } from './build/plan.ts'
import { poolNames, type TokenWidth } from './build/pools.ts'
import type { Split } from './build/survey.ts'
import { formatByName } from './formats/index.ts'
import type { Pilot } from './pilot.ts'
import type { PilotRates } from './pilot-build.ts'
import type { Recipe } from './recipe/schema.ts'

export type Range = readonly [low: number, high: number]

export interface PlannedStep {
  readonly step: 'survey' | 'refine' | 'dedup' | 'tokenize' | 'shuffle' | 'emit' | 'index'
  readonly bytes: Range
  readonly files: Range
  /** On one core. */
  readonly seconds: Range
  /** Where the rate is from: the plan did the step itself, the pilot, or the default of {@link DEFAULT_RATES}. */
  readonly rate: 'measured' | 'pilot' | 'default'
}

/**
 * Per second of one core, as the benches measured them (test/bench/NAME/RESULTS.md): bytes of text, documents, or bytes of
 * tokens. Refining: the four heuristics, first pass; what recipes ask for differs more than anything else here. Dedup: keys matched and joined; comparing what is
 * alike comes on top, as there are copies. Shuffle, emit, index: on a machine that had other work.
 */
export const DEFAULT_RATES = {
  refine: { perSecond: 11e6, of: 'text', bench: 'filters' },
  sketch: { perSecond: 78e6, of: 'text', bench: 'dedup' },
  dedup: { perSecond: 600e3, of: 'documents', bench: 'dedup' },
  decontaminate: { perSecond: 40e6, of: 'text', bench: 'decontaminate' },
  tokenize: { perSecond: 80e6, of: 'text', bench: 'tokenize' },
  shuffle: { perSecond: 400e6, of: 'tokens', bench: 'emit' },
  emit: { perSecond: 110e6, of: 'tokens', bench: 'emit' },
  index: { perSecond: 1500e6, of: 'tokens', bench: 'emit' },
} as const

/**
 * A range of time reaches from the rate's figure divided by the first to its product with the second. What a build of a
 * pilot's documents takes has costs that do not grow with a corpus (files, code that is compiled): it is an upper end.
 */
const SPREAD = { pilot: [1.25, 1.25], pilotBuild: [2, 1.25], default: [2, 2] } as const

/** Bytes of text a token, and tokens a document, where no pilot counted them. */
const [TEXT_BYTES, DOCUMENT_TOKENS] = [4.2, 1000]
/** Bytes of JSON lines a compressed byte. */
const COMPRESSION = 3.5
/** Bytes of a record's row beside its text, of its `.index` rows, and of a pool's row. */
const [RECORD_BYTES, INDEX_BYTES, POOL_ROW_BYTES] = [64, 48, 24]
/** Bytes of keys and sketches a document, by method: see the table in README.md. */
const SKETCH_BYTES: Readonly<Record<string, number>> = { url: 28, exact: 28, minhash: 640 }
/** Text of a refined part, tokens of a pool part, rows of an index range: what ends a file. */
const [PART_TEXT, PART_TOKENS, INDEX_ROWS] = [16 << 20, 16 << 20, 256 << 10]
/** Most that placements take of the token bytes. */
const PLACEMENT_SHARE = 0.03
const FILES = { part: 5, placements: 3 }

interface StepsInput {
  readonly recipe: Recipe
  readonly splits: readonly Split[]
  readonly pools: readonly PoolEstimate[]
  readonly segments: readonly OutlineSegment[]
  readonly shards: number
  /** Bytes of a token in the pools, and in all formats together. */
  readonly width: TokenWidth
  readonly stored: number
  readonly measured: Measured
}

/** What a plan found by doing it. */
export interface Measured {
  /** Time that looking at the files took. */
  readonly surveySeconds: number
  readonly pilot?: Pilot | undefined
}

export function plannedSteps(input: StepsInput): PlannedStep[] {
  const { recipe, width, stored, segments } = input
  const { pilot, surveySeconds } = input.measured
  const held = heldTokens(input)
  const text = scaled(held, TEXT_BYTES)
  const documents = documentsOf(held, pilot)
  const read = textRead(input)
  const parts = atLeast(scaled(text, 1 / PART_TEXT), input.splits.length)
  const methods = [...dedupPasses(recipe.dedup).before.names, ...dedupPasses(recipe.dedup).after.names]
  const sketches = methods.reduce((sum, name) => sum + (SKETCH_BYTES[name] ?? 0), 0)
  const isSketched = methods.includes('minhash')
  const timed = (step: 'refine' | 'tokenize', byRates: Range): Pick<PlannedStep, 'seconds' | 'rate'> => {
    if (pilot === undefined) return { seconds: byRates, rate: 'default' }
    const all = Object.values(pilot.sources).reduce((total, { seconds }) => total + seconds[step], 0)
    return { seconds: spread([all, all], 'pilot'), rate: 'pilot' }
  }
  /** `perUnit`: units of the default rate in one of the pilot's. */
  const afterwards = (
    step: keyof PilotRates,
    amount: Range,
    perUnit: number,
  ): Pick<PlannedStep, 'seconds' | 'rate'> => {
    const rate = pilot?.rates?.[step]
    if (rate === undefined) return { seconds: timeOf(scaled(amount, perUnit), step), rate: 'default' }
    return { seconds: spread(scaled(amount, 1 / rate), 'pilotBuild'), rate: 'pilot' }
  }
  const cleaning: Range = recipe.decontaminate === undefined ? [0, 0] : timeOf(text, 'decontaminate')
  const pooled = scaled(held, width)
  const run = segments.reduce((total, { start, end }) => total + end - start, 0)
  const formats = recipe.output.formats.map(formatByName)
  const endings = formats.reduce((total, { extensions }) => total + extensions.length, 0)
  const rows = scaled(documents, 3)
  return [
    { step: 'survey', bytes: [0, 0], files: [0, 0], seconds: exactly(surveySeconds), rate: 'measured' },
    {
      step: 'refine',
      bytes: sum(text, scaled(documents, RECORD_BYTES + INDEX_BYTES + sketches)),
      files: files(scaled(parts, FILES.part)),
      ...timed('refine', sum(timeOf(read, 'refine'), isSketched ? timeOf(text, 'sketch') : [0, 0])),
    },
    {
      step: 'dedup',
      bytes: scaled(documents, methods.length === 0 ? 0 : 16),
      files: files(methods.length === 0 ? [0, 0] : scaled(parts, 1)),
      ...afterwards('dedup', methods.length === 0 ? [0, 0] : documents, 1),
    },
    {
      step: 'tokenize',
      bytes: sum(pooled, scaled(documents, POOL_ROW_BYTES)),
      files: files(scaled(parts, 2)),
      ...timed('tokenize', sum(cleaning, timeOf(text, 'tokenize'))),
    },
    {
      step: 'shuffle',
      bytes: sum(pooled, scaled(documents, POOL_ROW_BYTES)),
      files: files(sum(scaled(held, 2 / PART_TOKENS), exactly(2 * poolNames(recipe).length))),
      ...afterwards('shuffle', held, width),
    },
    {
      step: 'emit',
      // At most a byte of loss mask a token beside its id; boundaries and padding are within it where nothing is masked.
      bytes: [run * stored, run * (stored + formats.length + width * PLACEMENT_SHARE)],
      files: exactly(input.shards * (FILES.placements + endings)),
      ...afterwards('emit', exactly(run), width),
    },
    {
      step: 'index',
      bytes: scaled(rows, 16),
      files: files(scaled(rows, 2 / INDEX_ROWS)),
      ...afterwards('index', held, width),
    },
  ]
}

/** Tokens of the build's own pools: at least what the run takes of them once and the holdout, at most what is estimated. */
function heldTokens({ pools, segments, measured: { pilot } }: StepsInput): Range {
  const unique = new Map<string, number>()
  for (const segment of segments) {
    for (const row of segment.pools) unique.set(row.pool, (unique.get(row.pool) ?? 0) + row.unique)
  }
  const own = pools.filter(({ basis }) => basis !== 'base')
  const ends = own.map(({ name, tokens, heldOut, basis }): Range => {
    const range = basis === 'pilot' ? pilot?.pools[name] : undefined
    if (range !== undefined) return [range.low, range.high]
    return [Math.min(tokens, unique.get(name) ?? 0) + heldOut, tokens + heldOut]
  })
  return ends.reduce(sum, [0, 0])
}

function documentsOf(held: Range, pilot: Pilot | undefined): Range {
  if (pilot === undefined) return scaled(held, 1 / DOCUMENT_TOKENS)
  const kept = Object.values(pilot.sources).map((source) =>
    source.sampled === 0 ? 0 : (source.kept / source.sampled) * source.records,
  )
  const count = kept.reduce((total, documents) => total + documents, 0)
  return [count, count]
}

/** Bytes of text that refining reads: of the files, or of declared tokens. */
function textRead({ recipe, splits, pools }: StepsInput): Range {
  const stored = splits.flatMap(({ pieces }) => pieces)
  const files = stored.reduce(
    (total, { bytes, compressed }) => total + bytes * (compressed ? COMPRESSION : 1),
    0,
  )
  const declared = pools.filter(
    ({ source, basis }) => basis === 'declared' && (recipe.sources[source]?.tokens ?? 0) > 0,
  )
  const tokens = declared
    .filter(({ source }) => !splits.some((split) => split.source === source))
    .reduce((total, pool) => total + pool.tokens + pool.heldOut, 0)
  return [files + tokens * TEXT_BYTES, files + tokens * TEXT_BYTES]
}

function timeOf(amount: Range, step: keyof typeof DEFAULT_RATES): Range {
  return spread(scaled(amount, 1 / DEFAULT_RATES[step].perSecond), 'default')
}

function spread([low, high]: Range, by: keyof typeof SPREAD): Range {
  const [down, up] = SPREAD[by]
  return [low / down, high * up]
}

function exactly(value: number): Range {
  return [value, value]
}

function scaled([low, high]: Range, factor: number): Range {
  return [low * factor, high * factor]
}

function atLeast([low, high]: Range, least: number): Range {
  return [Math.max(low, least), Math.max(high, least)]
}

function sum(a: Range, b: Range): Range {
  return [a[0] + b[0], a[1] + b[1]]
}

function files([low, high]: Range): Range {
  return [Math.floor(low), Math.ceil(high)]
}
