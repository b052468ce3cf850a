/**
 * emit: a shard of the schedule: the documents between its edges, mixed, packed and written. `holdout` writes
 * the held-out head of a source's pools the same way.
 */
import path from 'node:path'
import { shardEdges } from '../../stages/edge.ts'
import { mix } from '../../stages/mix.ts'
import { dueIn, emittedIn } from '../../stages/schedule.ts'
import type { ShardRange } from '../../stages/types.ts'
import type { Use } from '../recipe/use-schema.ts'
import { readOwnJson } from '../storage/own-json.ts'
import { scheduleOf } from './plan.ts'
import { aroundIn, openPool, type PoolReader } from './pool-reader.ts'
import { type Pool, tokenWidth } from './pools.ts'
import { type ShardResult, writeShard } from './shard.ts'
import type { Step, StepContext, StepOutput } from './step.ts'
import { tokenizerOf } from './tables.ts'

export interface EmitInput {
  /** The list of pools, relative to the build's folder. */
  readonly pools: string
  readonly range: ShardRange
  /** Folder of the segment, relative to the build's folder. */
  readonly folder: string
  /** Number of the shard in its segment. */
  readonly number: number
}

export const emit: Step<EmitInput, ShardResult> = {
  name: 'emit',
  revision: 3,
  async run({ pools: file, range, folder, number }, context) {
    const pools = await readPools(context, file)
    const schedule = scheduleOf(context.recipe, pools)
    const segment = schedule.segments[range.segment]
    if (segment === undefined) throw new RangeError(`there is no segment ${range.segment}`)
    // All pools: where this segment begins in one is where an earlier one left it, in which there may be others.
    return withReaders(pools, context, async (all) => {
      const around = aroundIn(all)
      const { first, last } = shardEdges(schedule, range, context.recipe.output.shardTokens, around)
      const readers = all.filter(({ pool }) => Object.hasOwn(segment.shares, pool.name))
      const taken = readers.map((reader) => {
        const { name } = reader.pool
        return { reader, documents: reader.documents(first.get(name) ?? 0, last.get(name) ?? 0) }
      })
      const order = mix({
        lengths: taken.map(({ documents }) => documents.lengths),
        emitted: readers.map(({ pool: { name } }) =>
          emittedIn(schedule, segment, name, first.get(name) ?? 0),
        ),
        due: readers.map(({ pool }) => dueIn(schedule, segment, pool.name, range.end)),
      })
      const { storedLength, packing } = segment
      return writeShard({ folder, number, storedLength, packing, pools: taken, order }, context)
    })
  },
}

export interface HoldoutInput {
  readonly pools: string
  readonly source: string
  readonly folder: string
  readonly storedLength: number
  readonly packing: Use
}

export const holdout: Step<HoldoutInput, ShardResult> = {
  name: 'holdout',
  revision: 2,
  async run({ pools: file, source, folder, storedLength, packing }, context) {
    const own = (await readPools(context, file)).filter((pool) => pool.source === source)
    return withReaders(own, context, async (readers) => {
      const pools = readers.map((reader) => ({ reader, documents: reader.heldOut() }))
      const order = Uint32Array.from(
        pools.flatMap(({ documents }, pool) => Array<number>(documents.count).fill(pool)),
      )
      return writeShard({ folder, number: 0, storedLength, packing, pools, order }, context)
    })
  },
}

async function withReaders(
  pools: readonly Pool[],
  context: StepContext,
  use: (readers: PoolReader[]) => Promise<StepOutput<ShardResult>>,
): Promise<StepOutput<ShardResult>> {
  const width = tokenWidth(tokenizerOf(context.tables).vocabularySize)
  const readers = pools.map((pool) => openPool(context.folder, pool, context.recipe, width))
  try {
    return await use(readers)
  } finally {
    for (const reader of readers) reader.close()
  }
}

async function readPools(context: StepContext, file: string): Promise<readonly Pool[]> {
  return readOwnJson<Pool[]>(path.join(context.folder, file))
}
