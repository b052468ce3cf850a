/**
 * emit: a shard of the schedule: the documents whose first token is due in it, mixed, packed and written. `holdout` writes
 * the held-out head of a source's pools the same way.
 */
import path from 'node:path'
import { shardEdge } from '../../stages/edge.ts'
import { mix } from '../../stages/mix.ts'
import { dueIn, emittedIn, type Schedule } from '../../stages/schedule.ts'
import type { ShardRange } from '../../stages/types.ts'
import type { Use } from '../recipe/use-schema.ts'
import { readOwnJson } from '../storage/own-json.ts'
import { scheduleOf } from './plan.ts'
import { openPool, type PoolReader } from './pool-reader.ts'
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
  revision: 2,
  async run({ pools: file, range, folder, number }, context) {
    const pools = await readPools(context, file)
    const schedule = scheduleOf(context.recipe, pools)
    const segment = schedule.segments[range.segment]
    if (segment === undefined) throw new RangeError(`there is no segment ${range.segment}`)
    const named = pools.filter(({ name }) => name in segment.shares)
    return withReaders(named, context, async (readers) => {
      const first = edgeOf(range.start, readers, schedule, range, context)
      const last = edgeOf(range.end, readers, schedule, range, context)
      const taken = readers.map((reader, pool) => ({
        reader,
        documents: reader.documents(first[pool] ?? 0, last[pool] ?? 0),
      }))
      const order = mix({
        lengths: taken.map(({ documents }) => documents.lengths),
        emitted: readers.map(({ pool }, at) => emittedIn(schedule, segment, pool.name, first[at] ?? 0)),
        due: readers.map(({ pool }) => dueIn(schedule, segment, pool.name, range.end)),
      })
      const { storedLength, packing } = segment
      return writeShard({ folder, number, storedLength, packing, pools: taken, order }, context)
    })
  },
}

/**
 * Each pool's position at run position `t`, an end of the shard: it takes the documents whose first token lies in
 * [edge at its start, edge at its end). Where a segment begins or ends, a document belongs to the segment that its first
 * token is due in, whatever comes after; between the shards of a segment, `shardEdge` chooses for all pools together.
 */
function edgeOf(
  t: number,
  readers: readonly PoolReader[],
  schedule: Schedule,
  { segment: index, start }: ShardRange,
  { recipe }: StepContext,
): number[] {
  const segment = schedule.segments[index]
  const positionsAt = (time: number): number[] =>
    readers.map(({ pool }) => schedule.position(pool.name, time))
  const positions = positionsAt(t)
  const around = readers.map((reader, pool) => reader.around(positions[pool] ?? 0))
  const ends = around.map(({ end }) => end)
  if (segment === undefined || t === segment.start || t === segment.end) return ends
  const previous = positionsAt(t === start ? start - recipe.output.shardTokens : start)
  return shardEdge({ positions, previous, starts: around.map((document) => document.start), ends })
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
