/**
 * Writes one output shard: its documents, in a given order, in every format that the recipe asks for, and the placements:
 * which document each token came from. Memory: 40 bytes a document, and one sequence.
 */

import type { Packing } from '../../stages/define-packing.ts'
import { pack } from '../../stages/packing/index.ts'
import { type PackingMetrics, packingMetrics } from '../../stages/packing/metrics.ts'
import type { ShardTarget } from '../formats/define-format.ts'
import { formatByName } from '../formats/index.ts'
import { learnedOf } from '../formats/loss-mask.ts'
import type { Use } from '../recipe/use-schema.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { inOrder, type OrderedDocuments } from './ordered-documents.ts'
import { writePlacements } from './placements.ts'
import type { PoolDocuments, PoolReader } from './pool-reader.ts'
import { shardName } from './shard-name.ts'
import { type StepContext, within } from './step.ts'
import { tokenizerOf } from './tables.ts'
import { type FormatCounts, writeFormat } from './write-format.ts'

export interface ShardRequest {
  /** Folder of the segment, relative to the build's folder. */
  readonly folder: string
  /** Number of the shard in its segment. */
  readonly number: number
  /** Tokens of a sequence as it is stored. */
  readonly storedLength: number
  readonly packing: Use
  /** The pools, and what each gives, in the order of the mix. */
  readonly pools: readonly { readonly reader: PoolReader; readonly documents: PoolDocuments }[]
  /** Pool of each document in the shard's order; a pool's own documents keep theirs. */
  readonly order: Uint32Array
}

export interface PoolCounts {
  readonly documents: number
  readonly tokens: number
  /** Documents of its first epoch: each counts once over all shards. */
  readonly firstEpoch: number
  /** Tokens that the loss counts. */
  readonly learned: number
}

export interface ShardResult {
  readonly folder: string
  readonly number: number
  readonly pools: Readonly<Record<string, PoolCounts>>
  readonly formats: Readonly<Record<string, FormatCounts>>
  /** Absent where no sequence format is asked for. */
  readonly packing?: PackingMetrics
}

export async function writeShard(
  request: ShardRequest,
  context: StepContext,
): Promise<{ files: WrittenFile[]; result: ShardResult }> {
  const documents = inOrder(request)
  const chosen = context.recipe.output.formats.map(formatByName)
  const counts: Record<string, FormatCounts> = {}
  const files: WrittenFile[] = []
  const target = shardTarget(request, context)
  const packing = chosen.some(({ kind }) => kind === 'sequences')
    ? packShard(request, documents, context)
    : undefined

  for (const format of chosen) {
    const base = within(context, request.folder, format.name, shardName(request.number))
    const own = { ...target, base }
    const written = await writeFormat(format, own, documents, packing)
    files.push(...written.files)
    counts[format.name] = written.counts
  }
  const placements = within(context, request.folder, 'placements', shardName(request.number))
  const names = request.pools.map(({ reader }) => reader.pool.name)
  files.push(...(await writePlacements(placements, names, request.order, documents, packing)))
  context.progress({ tokens: documents.tokens, documents: documents.count })

  const { folder, number, storedLength: sequenceLength } = request
  const pools = Object.fromEntries(
    request.pools.map(({ reader, documents }) => [reader.pool.name, countPool(reader, documents)]),
  )
  const metrics = packing && packingMetrics(packing, { lengths: documents.lengths, sequenceLength })
  return { files, result: { folder, number, pools, formats: counts, ...(metrics && { packing: metrics }) } }
}

function shardTarget(
  { storedLength: sequenceLength, pools }: ShardRequest,
  context: StepContext,
): Omit<ShardTarget, 'base'> {
  const { name, bos, eos, pad, vocabularySize } = tokenizerOf(context.tables)
  const masked = pools.some(({ reader }) => reader.pool.masked)
  const { scratch } = context
  return { vocabularySize, tokenizer: { name, bos, eos, pad }, sequenceLength, masked, scratch }
}

function packShard(
  { packing, storedLength: sequenceLength, folder, number }: ShardRequest,
  { lengths }: OrderedDocuments,
  { recipe }: StepContext,
): Packing {
  return pack(packing, { lengths, sequenceLength, seed: JSON.stringify([recipe.seed, folder, number]) })
}

function countPool(reader: PoolReader, documents: PoolDocuments): PoolCounts {
  const { count, lengths, epochs } = documents
  let tokens = 0
  let learned = 0
  let firstEpoch = 0
  for (let index = 0; index < count; index++) {
    const length = lengths[index] ?? 0
    tokens += length
    learned += learnedOf(length, reader.learned(documents, index, 0, length))
    if (epochs[index] === 0) firstEpoch++
  }
  return { documents: count, tokens, firstEpoch, learned }
}
