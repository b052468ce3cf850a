import { lastShardOf } from '../../stages/edge.ts'
import { packingByName } from '../../stages/packing/index.ts'
import { piecesIn, type Schedule, shards, storedLength } from '../../stages/schedule.ts'
import type { Segment } from '../../stages/types.ts'
import type { Completion } from '../journal.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { EmitInput, HoldoutInput } from './emit.ts'
import type { IndexResult } from './lookup-index.ts'
import { segmentFolder } from './plan.ts'
import type { Pooled } from './pool-units.ts'
import type { Refined } from './refine-units.ts'
import { keyRanges, rangeBits } from './runs.ts'
import type { Session } from './session.ts'
import type { ShardResult } from './shard.ts'
import { shardName } from './shard-name.ts'
import { contentHash, formatDependencies, unit } from './units.ts'

/** The written shards. */
export interface Emitted {
  /** In the schedule's order, with the segment of each. */
  readonly shards: readonly { readonly segment: number; readonly completion: Completion<ShardResult> }[]
  /** By source. */
  readonly holdout: readonly { readonly source: string; readonly completion: Completion<ShardResult> }[]
}

export async function runEmit(
  session: Session,
  recipe: Recipe,
  pooled: Pooled,
  schedule: Schedule,
): Promise<Emitted> {
  const ranges = shards(schedule, recipe.output.shardTokens)
  const numbers = new Map<number, number>()
  const units = ranges.flatMap((range) => {
    const segment = schedule.segments[range.segment]
    if (segment === undefined) return []
    const number = numbers.get(range.segment) ?? 0
    numbers.set(range.segment, number + 1)
    const folder = segmentFolder(segment)
    const input: EmitInput = { pools: pooled.list, range, folder, number }
    const { shardTokens } = recipe.output
    const { storedLength, packing } = segment
    const dependsOn = {
      pools: Object.keys(segment.shares).map((pool) => [
        identityOf(pooled, pool),
        // Where the shard and its segment begin and end in the pool: what earlier stages took, and nothing of later ones.
        [segment.start, Math.max(segment.start, range.start - shardTokens), range.start, range.end].map((t) =>
          schedule.position(pool, t),
        ),
        // And how it comes to be due from there on, which orders the documents.
        piecesIn(schedule, pool, segment.start, range.end),
      ]),
      // A segment begins where shards before it ended, by all of their pools.
      before: range.start === segment.start ? endsBefore(pooled, schedule, segment, shardTokens) : [],
      storedLength,
      packing: [packing.name, packing.settings, packingByName(packing.name).revision],
      seed: recipe.seed,
      order: recipe.order,
      tokenizer: pooled.tokenizer,
      formats: formatDependencies(recipe),
    }
    return [unit('emit', `${folder}/${shardName(number)}`, input, dependsOn)]
  })
  const completions = await session.run<ShardResult>(units)
  return {
    shards: completions.map((completion, at) => ({ segment: ranges[at]?.segment ?? 0, completion })),
    holdout: await runHoldout(session, recipe, pooled),
  }
}

/** What decides which documents a pool has, in which order. */
function identityOf({ pools, hashes }: Pooled, name: string): unknown[] {
  const pool = pools.find((each) => each.name === name)
  if (pool === undefined) return [name]
  const { heldOut, base } = pool
  return [
    name,
    hashes[name],
    heldOut,
    ...(base === undefined ? [] : [base.name, base.seed, base.order, base.start]),
  ]
}

/** What decides where a segment begins in its pools: the shards that they were left at, with all pools of these. */
function endsBefore(
  pooled: Pooled,
  schedule: Schedule,
  { index, shares }: Segment,
  shardTokens: number,
): unknown[] {
  const left = Object.keys(shares).flatMap((pool) => lastShardOf(schedule, pool, index, shardTokens) ?? [])
  const shards = new Map(left.map((shard) => [shard.segment.index, shard]))
  return [...shards.values()].map(({ segment, start, end }) =>
    Object.keys(segment.shares).map((pool) => [
      identityOf(pooled, pool),
      [start, Math.max(segment.start, end - shardTokens), end].map((t) => schedule.position(pool, t)),
    ]),
  )
}

/** Validation data is packed as the first phase is. */
async function runHoldout(session: Session, recipe: Recipe, pooled: Pooled): Promise<Emitted['holdout']> {
  const [phase] = recipe.phases
  const sources = Object.keys(recipe.sources).filter((source) =>
    pooled.pools.some((pool) => pool.source === source && pool.heldOut.documents > 0),
  )
  if (phase === undefined || sources.length === 0) return []
  const { packing } = phase
  const completions = await session.run<ShardResult>(
    sources.map((source) => {
      const input: HoldoutInput = {
        pools: pooled.list,
        source,
        folder: `holdout/${source}`,
        storedLength: storedLength(phase.sequenceLength, phase.unit),
        packing,
      }
      const own = pooled.pools.filter((pool) => pool.source === source)
      const pools = own.map(({ name, heldOut }) => [name, pooled.hashes[name], heldOut])
      return unit('holdout', source, input, {
        pools,
        packing: packingByName(packing.name).revision,
        seed: recipe.seed,
        tokenizer: pooled.tokenizer,
        formats: formatDependencies(recipe),
      })
    }),
  )
  return completions.map((completion, at) => ({ source: sources[at] ?? '', completion }))
}

/** Rows of the index a range: what merging holds in memory, and what a look-up searches. */
const ROWS_PER_RANGE = 256 << 10

export async function runIndex(
  session: Session,
  refined: Refined,
  emitted: Emitted,
): Promise<Completion<IndexResult>[]> {
  const shards = [...emitted.shards, ...emitted.holdout].map(({ completion }) => completion)
  const placements = shards.map(
    ({ result }) => `${result.folder}/placements/${shardName(result.number)}.index`,
  )
  const placed = shards.reduce((total, { result }) => {
    return total + Object.values(result.pools).reduce((sum, { documents }) => sum + documents, 0)
  }, 0)
  const records = refined.parts.reduce((total, part) => total + part.records, 0)
  const content = [
    refined.listHash,
    contentHash(refined.completions, '.index'),
    contentHash(shards, '.index'),
  ]
  return session.run<IndexResult>(
    keyRanges(rangeBits(records * 3 + placed, ROWS_PER_RANGE)).map((range) => {
      const name = String(range.index).padStart(4, '0')
      return unit('index', name, { range, parts: refined.list, placements, path: `index/${name}` }, content)
    }),
  )
}
