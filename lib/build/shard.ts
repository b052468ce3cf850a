/**
 * Writes one output shard: its documents, in a given order, in every format that the recipe asks for, and the placements:
 * which document each token came from. Memory: 40 bytes a document, and one sequence.
 */

import type { Packing } from '../../stages/define-packing.ts'
import { pack } from '../../stages/packing/index.ts'
import { type PackingMetrics, packingMetrics } from '../../stages/packing/metrics.ts'
import type { TokenIds } from '../../tokenizers/index.ts'
import { UID_BYTES, UID_WORDS } from '../documents/uid.ts'
import type { FormatDefinition, ShardCounts, ShardTarget } from '../formats/define-format.ts'
import { formatByName } from '../formats/index.ts'
import { countLearned } from '../formats/loss-mask.ts'
import { paddingId } from '../formats/packed.ts'
import type { Use } from '../recipe/use-schema.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { type PlacedDocuments, writePlacements } from './placements.ts'
import { type PoolDocuments, type PoolReader } from './pool-reader.ts'
import { tokenArray, tokenWidth } from './pools.ts'
import { shardName } from './shard-name.ts'
import { type StepContext, within } from './step.ts'
import { tokenizerOf } from './tables.ts'

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

/** What a format's files hold. */
export interface FormatCounts extends ShardCounts {
  /** Tokens that the loss counts: all but padding, where no source is masked. */
  readonly learned: number
  /** Tokens of documents that the packing does not place, and how many of them the loss would count. */
  readonly truncated: number
  readonly truncatedLearned: number
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
    const written = await writeFormat(format, { ...target, base }, documents, packing)
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

/** The shard's documents in mix order. */
interface OrderedDocuments extends PlacedDocuments {
  readonly tokens: number
  read(index: number, start: number, length: number): TokenIds
  /** Which of these tokens the loss counts, a byte each; undefined: all. */
  learned(index: number, start: number, length: number): Uint8Array | undefined
  source(index: number): string
}

function inOrder({ pools, order }: ShardRequest): OrderedDocuments {
  const count = order.length
  const places = new Uint32Array(count)
  const next = new Uint32Array(pools.length)
  const lengths = new Uint32Array(count)
  const uids = new Uint32Array(count * UID_WORDS)
  const epochs = new Uint16Array(count)
  let tokens = 0
  for (let index = 0; index < count; index++) {
    const pool = order[index] ?? 0
    const documents = pools[pool]?.documents
    if (documents === undefined) throw new RangeError(`the order names pool ${pool} of ${pools.length}`)
    const place = next[pool] ?? 0
    next[pool] = place + 1
    places[index] = place
    lengths[index] = documents.lengths[place] ?? 0
    epochs[index] = documents.epochs[place] ?? 0
    uids.set(documents.uids.subarray(place * UID_WORDS, (place + 1) * UID_WORDS), index * UID_WORDS)
    tokens += lengths[index] ?? 0
  }
  const poolOf = (index: number): ShardRequest['pools'][number] => {
    const pool = pools[order[index] ?? 0]
    if (pool === undefined) throw new RangeError(`document ${index} is not in the shard`)
    return pool
  }
  return {
    count,
    tokens,
    lengths,
    uids,
    epochs,
    read(index, start, length) {
      const { reader, documents } = poolOf(index)
      return reader.read(documents, places[index] ?? 0, start, length)
    },
    learned(index, start, length) {
      const { reader, documents } = poolOf(index)
      return reader.learned(documents, places[index] ?? 0, start, length)
    },
    source: (index) => poolOf(index).reader.pool.source,
  }
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

async function writeFormat(
  format: FormatDefinition,
  target: ShardTarget,
  documents: OrderedDocuments,
  packing: Packing | undefined,
): Promise<{ files: WrittenFile[]; counts: FormatCounts }> {
  let learned = 0
  if (format.kind === 'documents') {
    const writer = await format.create(target)
    const uids = new Uint8Array(documents.uids.buffer)
    try {
      for (let index = 0; index < documents.count; index++) {
        const length = documents.lengths[index] ?? 0
        const mask = documents.learned(index, 0, length)
        const uid = uids.subarray(index * UID_BYTES, (index + 1) * UID_BYTES)
        const facts = { uid, source: documents.source(index) }
        await writer.write(documents.read(index, 0, length), facts, mask)
        learned += countLearned({ pieceLengths: [length], learned: mask })
      }
      return {
        files: await writer.close(),
        counts: {
          items: documents.count,
          tokens: documents.tokens,
          padding: 0,
          learned,
          ...nothingTruncated,
        },
      }
    } finally {
      await writer.abort()
    }
  }
  if (packing === undefined) throw new RangeError(`format ${format.name} needs a packing`)
  const writer = await format.create(target)
  const width = tokenWidth(target.vocabularySize)
  const padding = paddingId(target.tokenizer)
  try {
    const filled = tokenArray(width, target.sequenceLength)
    let tokens = 0
    for (let piece = 0, sequence = 0; sequence < packing.sequences; sequence++) {
      filled.fill(padding)
      const mask = target.masked ? new Uint8Array(target.sequenceLength) : undefined
      const pieceLengths: number[] = []
      for (; piece < packing.pieces && packing.sequence[piece] === sequence; piece++) {
        const length = packing.length[piece] ?? 0
        const document = packing.document[piece] ?? 0
        const from = packing.documentStart[piece] ?? 0
        const at = packing.start[piece] ?? 0
        filled.set(documents.read(document, from, length), at)
        const own = documents.learned(document, from, length)
        if (own === undefined) mask?.fill(1, at, at + length)
        else mask?.set(own, at)
        pieceLengths.push(length)
      }
      await writer.write({ tokens: filled, pieceLengths, learned: mask })
      learned += countLearned({ pieceLengths, learned: mask })
      tokens += countLearned({ pieceLengths })
    }
    const stored = packing.sequences * target.sequenceLength
    const whole = tokens === documents.tokens ? learned : countAllLearned(documents)
    return {
      files: await writer.close(),
      counts: {
        items: packing.sequences,
        tokens,
        padding: stored - tokens,
        learned,
        truncated: documents.tokens - tokens,
        truncatedLearned: whole - learned,
      },
    }
  } finally {
    await writer.abort()
  }
}

const nothingTruncated = { truncated: 0, truncatedLearned: 0 }

function countAllLearned(documents: OrderedDocuments): number {
  let all = 0
  for (let index = 0; index < documents.count; index++) {
    const length = documents.lengths[index] ?? 0
    all += countLearned({ pieceLengths: [length], learned: documents.learned(index, 0, length) })
  }
  return all
}

function countPool(reader: PoolReader, documents: PoolDocuments): PoolCounts {
  const { count, lengths, epochs } = documents
  let tokens = 0
  let learned = 0
  let firstEpoch = 0
  for (let index = 0; index < count; index++) {
    const length = lengths[index] ?? 0
    tokens += length
    learned += countLearned({ pieceLengths: [length], learned: reader.learned(documents, index, 0, length) })
    if (epochs[index] === 0) firstEpoch++
  }
  return { documents: count, tokens, firstEpoch, learned }
}
