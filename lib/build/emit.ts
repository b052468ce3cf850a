/**
 * emit: a shard of the schedule: the documents whose first token is due in it, mixed, packed and written. `holdout` writes
 * the held-out head of a source's pools the same way.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { mix } from '../../stages/mix.ts'
import { dueIn, emittedIn, type Schedule } from '../../stages/schedule.ts'
import type { ShardRange } from '../../stages/types.ts'
import { scheduleOf } from './plan.ts'
import { openPool, type PoolReader } from './pool-reader.ts'
import { type Pool, tokenWidth } from './pools.ts'
import { type ShardRequest, type ShardResult, writeShard } from './shard.ts'
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
  revision: 1,
  async run({ pools: file, range, folder, number }, context) {
    const pools = await readPools(context, file)
    const schedule = scheduleOf(context.recipe, pools)
    const segment = schedule.segments[range.segment]
    if (segment === undefined) throw new RangeError(`there is no segment ${range.segment}`)
    const named = pools.filter(({ name }) => name in segment.weights)
    return withReaders(named, context, async (readers) => {
      const taken = readers.map((reader) => ({ reader, ...documentsOf(reader, schedule, range) }))
      const order = mix({
        lengths: taken.map(({ documents }) => documents.lengths),
        emitted: taken.map(({ reader, first }) => emittedIn(schedule, segment, reader.pool.name, first)),
        due: readers.map(({ pool }) => dueIn(schedule, segment, pool.name)),
      })
      const { sequenceLength, packing } = segment
      return writeShard({ folder, number, sequenceLength, packing, pools: taken, order }, context)
    })
  },
}

function documentsOf(
  reader: PoolReader,
  schedule: Schedule,
  range: ShardRange,
): { documents: ShardRequest['pools'][number]['documents']; first: number } {
  const from = schedule.position(reader.pool.name, range.start)
  const to = schedule.position(reader.pool.name, range.end)
  return { documents: reader.documents(from, to), first: reader.startAtOrAfter(from) }
}

export interface HoldoutInput {
  readonly pools: string
  readonly source: string
  readonly folder: string
  readonly sequenceLength: number
  readonly packing: string
}

export const holdout: Step<HoldoutInput, ShardResult> = {
  name: 'holdout',
  revision: 1,
  async run({ pools: file, source, folder, sequenceLength, packing }, context) {
    const own = (await readPools(context, file)).filter((pool) => pool.source === source)
    return withReaders(own, context, async (readers) => {
      const pools = readers.map((reader) => ({ reader, documents: reader.heldOut() }))
      const order = Uint32Array.from(
        pools.flatMap(({ documents }, pool) => Array<number>(documents.count).fill(pool)),
      )
      return writeShard({ folder, number: 0, sequenceLength, packing, pools, order }, context)
    })
  },
}

async function withReaders(
  pools: readonly Pool[],
  context: StepContext,
  use: (readers: PoolReader[]) => Promise<StepOutput<ShardResult>>,
): Promise<StepOutput<ShardResult>> {
  const width = tokenWidth(tokenizerOf(context.tables).vocabularySize)
  const readers = pools.map((pool) => openPool(context.folder, pool, context.recipe.seed, width))
  try {
    return await use(readers)
  } finally {
    for (const reader of readers) reader.close()
  }
}

async function readPools(context: StepContext, file: string): Promise<readonly Pool[]> {
  return JSON.parse(await readFile(path.join(context.folder, file), 'utf8')) as Pool[]
}
