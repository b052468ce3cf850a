/**
 * Writes one output shard: its documents, in a given order, in every format that the recipe asks for, and the placements:
 * which document each token came from. Memory: 40 bytes a document, and one sequence.
 */

import type { Packing } from '../../stages/define-packing.ts'
import { packingByName } from '../../stages/packing/index.ts'
import { type PackingMetrics, packingMetrics } from '../../stages/packing/metrics.ts'
import type { TokenIds } from '../../tokenizers/index.ts'
import { UID_BYTES, UID_WORDS } from '../documents/uid.ts'
import type { FormatDefinition, ShardCounts, ShardTarget } from '../formats/define-format.ts'
import { formatByName } from '../formats/index.ts'
import { paddingId } from '../formats/packed.ts'
import { createTableWriter } from '../storage/arrow-table.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { type PoolDocuments, type PoolReader } from './pool-reader.ts'
import { tokenArray, tokenWidth } from './pools.ts'
import { writeRun } from './runs.ts'
import { type StepContext, within } from './step.ts'
import { tokenizerOf } from './tables.ts'

/** Columns of `placements/N.documents.arrow`: the shard's documents in order. `pool` indexes the metadata's `pools`. */
export const DOCUMENT_COLUMNS = {
  uid: 'binary16',
  tokens: 'uint32',
  pool: 'uint16',
  epoch: 'uint16',
} as const

/**
 * Columns of `placements/N.pieces.arrow`, for sequence formats: piece by piece in order of place, the sequence, the row of
 * its document, and the token of it that the piece begins with. Lengths follow from the sequences' own boundaries.
 */
export const PIECE_COLUMNS = { sequence: 'uint32', document: 'uint32', documentStart: 'uint32' } as const

/** Words of a row of `placements/N.index`: the uid's first two words, row of the document. */
export const PLACEMENT_WIDTH = 3

export interface ShardRequest {
  /** Folder of the segment, relative to the build's folder. */
  readonly folder: string
  /** Number of the shard in its segment. */
  readonly number: number
  readonly sequenceLength: number
  readonly packing: string
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
}

export interface ShardResult {
  readonly folder: string
  readonly number: number
  readonly pools: Readonly<Record<string, PoolCounts>>
  /** What each format's files hold. */
  readonly formats: Readonly<Record<string, ShardCounts>>
  /** Absent where no sequence format is asked for. */
  readonly packing?: PackingMetrics
}

/** `00003`: a shard's name in every format's folder. */
export function shardName(number: number): string {
  return String(number).padStart(5, '0')
}

export async function writeShard(
  request: ShardRequest,
  context: StepContext,
): Promise<{ files: WrittenFile[]; result: ShardResult }> {
  const documents = inOrder(request)
  const chosen = context.recipe.output.formats.map(formatByName)
  const counts: Record<string, ShardCounts> = {}
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
  files.push(await writeDocumentTable(`${placements}.documents.arrow`, request, documents))
  files.push(await writeRun(`${placements}.index`, indexRows(documents), PLACEMENT_WIDTH))
  if (packing !== undefined) files.push(await writePieces(`${placements}.pieces.arrow`, packing))
  context.progress({ tokens: documents.tokens, documents: documents.count })

  const { folder, number, sequenceLength } = request
  const pools = Object.fromEntries(
    request.pools.map(({ reader, documents }) => [reader.pool.name, countPool(documents)]),
  )
  const metrics = packing && packingMetrics(packing, { lengths: documents.lengths, sequenceLength, seed: '' })
  return { files, result: { folder, number, pools, formats: counts, ...(metrics && { packing: metrics }) } }
}

/** The shard's documents in mix order. */
interface OrderedDocuments {
  readonly count: number
  readonly tokens: number
  readonly lengths: Uint32Array
  readonly uids: Uint32Array
  readonly epochs: Uint16Array
  read(index: number, start: number, length: number): TokenIds
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
  return {
    count,
    tokens,
    lengths,
    uids,
    epochs,
    read(index, start, length) {
      const pool = pools[order[index] ?? 0]
      if (pool === undefined) throw new RangeError(`document ${index} is not in the shard`)
      return pool.reader.read(pool.documents, places[index] ?? 0, start, length)
    },
    source: (index) => pools[order[index] ?? 0]?.reader.pool.source ?? '',
  }
}

function shardTarget({ sequenceLength }: ShardRequest, context: StepContext): Omit<ShardTarget, 'base'> {
  const { name, bos, eos, pad, vocabularySize } = tokenizerOf(context.tables)
  return { vocabularySize, tokenizer: { name, bos, eos, pad }, sequenceLength }
}

function packShard(
  { packing: name, sequenceLength, folder, number }: ShardRequest,
  { lengths }: OrderedDocuments,
  { recipe }: StepContext,
): Packing {
  return packingByName(name).pack({
    lengths,
    sequenceLength,
    seed: JSON.stringify([recipe.seed, folder, number]),
  })
}

async function writeFormat(
  format: FormatDefinition,
  target: ShardTarget,
  documents: OrderedDocuments,
  packing: Packing | undefined,
): Promise<{ files: WrittenFile[]; counts: ShardCounts }> {
  if (format.kind === 'documents') {
    const writer = await format.create(target)
    const uids = new Uint8Array(documents.uids.buffer)
    try {
      for (let index = 0; index < documents.count; index++) {
        await writer.write(documents.read(index, 0, documents.lengths[index] ?? 0), {
          uid: uids.subarray(index * UID_BYTES, (index + 1) * UID_BYTES),
          source: documents.source(index),
        })
      }
      return {
        files: await writer.close(),
        counts: { items: documents.count, tokens: documents.tokens, padding: 0 },
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
    for (let piece = 0, sequence = 0; sequence < packing.sequences; sequence++) {
      const tokens = tokenArray(width, target.sequenceLength).fill(padding)
      const pieceLengths: number[] = []
      for (; piece < packing.pieces && packing.sequence[piece] === sequence; piece++) {
        const length = packing.length[piece] ?? 0
        tokens.set(
          documents.read(packing.document[piece] ?? 0, packing.documentStart[piece] ?? 0, length),
          packing.start[piece] ?? 0,
        )
        pieceLengths.push(length)
      }
      await writer.write({ tokens, pieceLengths })
    }
    const stored = packing.sequences * target.sequenceLength
    const tokens = documents.tokens
    return {
      files: await writer.close(),
      counts: { items: packing.sequences, tokens, padding: stored - tokens },
    }
  } finally {
    await writer.abort()
  }
}

const TABLE_BATCH = 65_536

async function writeDocumentTable(
  file: string,
  request: ShardRequest,
  documents: OrderedDocuments,
): Promise<WrittenFile> {
  const pools = JSON.stringify(request.pools.map(({ reader }) => reader.pool.name))
  const writer = await createTableWriter(file, DOCUMENT_COLUMNS, { metadata: { pools } })
  const uid = new Uint8Array(documents.uids.buffer)
  try {
    for (let start = 0; start < documents.count; start += TABLE_BATCH) {
      const end = Math.min(documents.count, start + TABLE_BATCH)
      await writer.append({
        rows: end - start,
        columns: {
          uid: uid.subarray(start * UID_BYTES, end * UID_BYTES),
          tokens: documents.lengths.subarray(start, end),
          pool: Uint16Array.from(request.order.subarray(start, end)),
          epoch: documents.epochs.subarray(start, end),
        },
      })
    }
    return await writer.close()
  } finally {
    await writer.abort()
  }
}

async function writePieces(file: string, packing: Packing): Promise<WrittenFile> {
  const writer = await createTableWriter(file, PIECE_COLUMNS)
  try {
    for (let start = 0; start < packing.pieces; start += TABLE_BATCH) {
      const end = Math.min(packing.pieces, start + TABLE_BATCH)
      await writer.append({
        rows: end - start,
        columns: {
          sequence: packing.sequence.subarray(start, end),
          document: packing.document.subarray(start, end),
          documentStart: packing.documentStart.subarray(start, end),
        },
      })
    }
    return await writer.close()
  } finally {
    await writer.abort()
  }
}

function indexRows({ count, uids }: OrderedDocuments): Uint32Array {
  const rows = new Uint32Array(count * PLACEMENT_WIDTH)
  for (let document = 0; document < count; document++) {
    rows[document * PLACEMENT_WIDTH] = uids[document * UID_WORDS] ?? 0
    rows[document * PLACEMENT_WIDTH + 1] = uids[document * UID_WORDS + 1] ?? 0
    rows[document * PLACEMENT_WIDTH + 2] = document
  }
  return rows
}

function countPool({ count, lengths, epochs }: PoolDocuments): PoolCounts {
  let tokens = 0
  let firstEpoch = 0
  for (let index = 0; index < count; index++) {
    tokens += lengths[index] ?? 0
    if (epochs[index] === 0) firstEpoch++
  }
  return { documents: count, tokens, firstEpoch }
}
