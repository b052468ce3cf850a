import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { readMegatron } from './lib/formats/megatron-reader.ts'
import { readPacked } from './lib/formats/packed-reader.ts'

/**
 * Reads the shards of a build as a trainer would, from `schedule.json` and the formats' descriptions alone. Nothing of
 * the library runs here.
 */
export interface ReadShard {
  /** `shards/00-base-128` and `00000`. */
  readonly folder: string
  readonly name: string
  /** Index of its segment; null for the holdout. */
  readonly segment: number | null
  readonly documents: readonly ReadDocument[]
  readonly sequences: readonly {
    readonly tokens: readonly number[]
    readonly pieceLengths: readonly number[]
  }[]
  readonly pieces: readonly { readonly sequence: number; readonly document: number; readonly start: number }[]
}

export interface ReadDocument {
  readonly uid: string
  readonly pool: string
  readonly epoch: number
  readonly tokens: readonly number[]
  /** As its placement says. */
  readonly length: number
}

interface ListedFormat {
  readonly files: readonly string[]
  readonly items: readonly number[]
  readonly steps?: { readonly first: number; readonly count: number; readonly batchSequences: number }
}

export interface ListedSchedule {
  readonly segments: readonly {
    readonly stage: string
    readonly sequenceLength: number
    readonly start: number
    readonly end: number
    readonly formats: Readonly<Record<string, ListedFormat>>
  }[]
  readonly holdout: Readonly<Record<string, Readonly<Record<string, ListedFormat>>>>
}

export async function readJson<T>(folder: string, name: string): Promise<T> {
  return JSON.parse(await readFile(path.join(folder, name), 'utf8'))
}

export async function readShards(folder: string): Promise<ReadShard[]> {
  const { segments, holdout } = await readJson<ListedSchedule>(folder, 'schedule.json')
  const shards: ReadShard[] = []
  for (const [segment, { formats }] of segments.entries()) {
    for (const file of formats['megatron']!.files) shards.push(await readShard(folder, file, segment))
  }
  for (const formats of Object.values(holdout)) {
    for (const file of formats['megatron']!.files) shards.push(await readShard(folder, file, null))
  }
  return shards
}

/** `file` is the shard's `.bin`, relative to the build's folder. */
async function readShard(folder: string, file: string, segment: number | null): Promise<ReadShard> {
  const name = path.posix.basename(file, '.bin')
  const own = path.posix.dirname(path.posix.dirname(file))
  const base = (format: string): string => path.join(folder, own, format, name)
  const table = tableFromIPC(await readFile(`${base('placements')}.documents.arrow`))
  const pools: string[] = JSON.parse(table.schema.metadata.get('pools')!)
  const stored = await readMegatron(base('megatron'))
  const documents = [...table].map((row, at) => ({
    uid: Buffer.from(row['uid']).toString('hex'),
    pool: pools[row['pool']]!,
    epoch: Number(row['epoch']),
    length: Number(row['tokens']),
    tokens: Array.from(stored[at]!.tokens),
  }))
  if (documents.length !== stored.length) throw new Error(`${file} has ${stored.length} documents`)
  const sequences = (await readPacked(base('packed'))).map(({ tokens, pieceLengths }) => ({
    tokens: Array.from(tokens),
    pieceLengths,
  }))
  const pieces = [...tableFromIPC(await readFile(`${base('placements')}.pieces.arrow`))].map((row) => ({
    sequence: Number(row['sequence']),
    document: Number(row['document']),
    start: Number(row['documentStart']),
  }))
  return { folder: own, name, segment, documents, sequences, pieces }
}
