/**
 * Which documents Megatron's samples have. Megatron cuts and shuffles documents itself, and keeps the order that it chose in
 * its `--data-cache-path` (megatron/core/datasets): a blend says for each sample of a run which data set it is of, and which
 * of its samples; a data set, of one shard, has a permutation of its samples, where each begins, and the order of documents:
 *
 *   HASH-BlendedDataset-train-{description.txt, dataset_index.npy, dataset_sample_index.npy}
 *   HASH-GPTDataset-train-{description.txt, shuffle_index.npy, sample_index.npy, document_index.npy}
 *
 * Of one prefix there is no blend: samples are those of the one data set.
 */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { RunSegment } from '../build/run-schedule.ts'
import { shardName } from '../build/shard-name.ts'
import { MillraceError } from '../errors.ts'
import { canonicalJson } from '../recipe/canonical-json.ts'
import { type NpyArray, openNpy } from '../storage/npy.ts'
import { type FinishedBuild, notFound, readPlacement } from './records.ts'
import { type Rank, readRunSchedule, requireRank, type TracedPiece } from './trace.ts'

/** A document's part of a sample. */
export interface MegatronPiece extends TracedPiece {
  readonly sample: number
  /** Relative to the build's folder, without extension. */
  readonly shard: string
  /** Number of the document in the shard. */
  readonly document: number
}

export interface MegatronCache {
  readonly segment: RunSegment
  /** Samples of the run. */
  readonly samples: number
  /**
   * What sample `sample` has, in order: S + 1 tokens, of which the last is a label only. Throws NOT_FOUND where the run has no
   * such sample.
   */
  sample(sample: number): Promise<MegatronPiece[]>
  close(): Promise<void>
}

/** Names a segment: which is needed where the cache has the orders of several. */
export interface SegmentName {
  readonly stage?: string | undefined
  readonly sequenceLength?: number | undefined
}

const dataSetSchema = z.looseObject({ dataset_path: z.string(), sequence_length: z.number() })
const blendSchema = z.looseObject({ datasets: z.array(dataSetSchema) })

type DataSet = z.infer<typeof dataSetSchema>

/** A run that the cache has the order of. */
interface CachedRun {
  /** Path of its blend's files without their ends; undefined where it has one prefix. */
  readonly blend?: string
  readonly dataSets: readonly { readonly base: string; readonly description: DataSet }[]
}

/**
 * Opens the order of a segment's training samples. Throws NOT_FOUND where the folder has none of this build, or several that
 * the name does not tell apart; OUTPUT_DAMAGED where its files are not as Megatron writes them.
 */
export async function openMegatronCache(
  build: FinishedBuild,
  folder: string,
  name: SegmentName = {},
): Promise<MegatronCache> {
  const { run, segment } = await findRun(build, folder, name)
  const open: NpyArray[] = []
  const array = async (base: string, ending: string): Promise<NpyArray> => {
    const opened = await openNpy(`${base}-${ending}.npy`)
    open.push(opened)
    return opened
  }
  const close = async (): Promise<void> => {
    for (const each of open.splice(0)) await each.close()
  }
  try {
    const dataSets: OpenDataSet[] = []
    for (const { base, description } of run.dataSets)
      dataSets.push({
        shard: shardOf(build, description) ?? 0,
        shuffle: await array(base, 'shuffle_index'),
        starts: await array(base, 'sample_index'),
        documents: await array(base, 'document_index'),
      })
    const blend =
      run.blend === undefined
        ? undefined
        : { of: await array(run.blend, 'dataset_index'), at: await array(run.blend, 'dataset_sample_index') }
    const samples = blend?.of.length ?? dataSets[0]?.shuffle.length ?? 0
    return {
      segment,
      samples,
      async sample(sample) {
        if (!(sample >= 0 && sample < samples))
          throw notFound(`the run has no sample ${sample}`, `Give a sample from 0 to ${samples - 1}.`)
        const [of = 0] = (await blend?.of.read(sample, 1)) ?? []
        const [at = 0] = (await blend?.at.read(sample, 1)) ?? [sample]
        const dataSet = dataSets[of]
        if (dataSet === undefined) throw new RangeError(`data set ${of} of ${dataSets.length}`)
        return piecesOf(build, dataSet, sample, at)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface OpenDataSet {
  /** Index in the manifest. */
  readonly shard: number
  readonly shuffle: NpyArray
  /** A row a sample, and one more: where it begins, as a place in `documents` and a token of that document. */
  readonly starts: NpyArray
  readonly documents: NpyArray
}

/**
 * E.g. samples of 4 from documents 7, 5 of 3 and 6 tokens: sample 0 begins at (0, 0), the next one at (1, 1); it has the 3
 * tokens of document 7 and 2 of document 5, the second of which is the next sample's first.
 */
async function piecesOf(
  build: FinishedBuild,
  { shard, shuffle, starts, documents }: OpenDataSet,
  sample: number,
  at: number,
): Promise<MegatronPiece[]> {
  const [row = 0] = await shuffle.read(at, 1)
  const [first = 0, firstToken = 0, last = 0, lastToken = 0] = await starts.read(row, 2)
  const { folder = '', number = 0 } = build.manifest.shards[shard] ?? {}
  const numbers = await documents.read(first, last - first + 1)
  const pieces: MegatronPiece[] = []
  for (const [index, document] of numbers.entries()) {
    const { uid, pool, epoch, tokens } = await readPlacement(build, { shard, document })
    const start = index === 0 ? firstToken : 0
    const end = index === numbers.length - 1 ? lastToken + 1 : tokens
    const base = `${folder}/megatron/${shardName(number)}`
    pieces.push({ sample, shard: base, document, uid, pool, epoch, start, length: end - start })
  }
  return pieces
}

async function findRun(
  build: FinishedBuild,
  folder: string,
  { stage, sequenceLength }: SegmentName,
): Promise<{ run: CachedRun; segment: RunSegment }> {
  const { segments } = await readRunSchedule(build)
  const found = (await cachedRuns(folder)).flatMap((run) => {
    const shards = run.dataSets.map(({ description }) => shardOf(build, description))
    const [first] = shards
    const index = first === undefined ? undefined : build.manifest.shards[first]?.segment
    const segment = shards.includes(undefined) ? undefined : segments[index ?? -1]
    return segment === undefined ? [] : [{ run, segment }]
  })
  const matching = found.filter(
    ({ segment }) =>
      (stage === undefined || segment.stage === stage) &&
      (sequenceLength === undefined || segment.sequenceLength === sequenceLength),
  )
  const [only] = matching
  if (only !== undefined && matching.length === 1) return only
  const known = found.map(({ segment }) => `${segment.stage} at ${segment.sequenceLength}`).join(', ')
  if (only === undefined)
    throw notFound(
      `${folder} has no order of training samples of this segment`,
      known === ''
        ? 'Name the folder that the launch had as --data-cache-path, with prefixes of this build.'
        : `It has: ${known}.`,
    )
  throw notFound(
    `${folder} has ${matching.length} orders of training samples: ${known}`,
    'Say which by --stage and --phase; where a segment was launched more than once, copy the files of one launch to a folder.',
  )
}

/** What a folder has of training samples: blends, and data sets that are in none. */
async function cachedRuns(folder: string): Promise<CachedRun[]> {
  const names = await readdir(folder).catch(() => [])
  const described = async (kind: string): Promise<{ base: string; text: string }[]> => {
    const ending = `-${kind}-train-description.txt`
    const own = names.filter((name) => name.endsWith(ending)).toSorted()
    return Promise.all(
      own.map(async (name) => {
        const file = path.join(folder, name)
        return { base: file.slice(0, -'-description.txt'.length), text: await readFile(file, 'utf8') }
      }),
    )
  }
  const dataSets = new Map(
    (await described('GPTDataset')).map(({ base, text }) => {
      const description = parsed(dataSetSchema, base, text)
      return [canonicalJson(description), { base, description }] as const
    }),
  )
  const alone = new Set(dataSets.keys())
  const blends = (await described('BlendedDataset')).map(({ base, text }): CachedRun => {
    const keys = parsed(blendSchema, base, text).datasets.map((each) => canonicalJson(each))
    for (const key of keys) alone.delete(key)
    const own = keys.map((key) => dataSets.get(key))
    if (!own.every((each) => each !== undefined)) throw unlike(base, 'has data sets that the folder lacks')
    return { blend: base, dataSets: own }
  })
  const single = [...alone].flatMap((key) => dataSets.get(key) ?? [])
  return [...blends, ...single.map((dataSet): CachedRun => ({ dataSets: [dataSet] }))]
}

function parsed<T>(schema: z.ZodType<T>, base: string, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw unlike(base, 'is not as Megatron describes a data set')
  }
}

function unlike(base: string, what: string): MillraceError {
  const file = `${base}-description.txt`
  return new MillraceError('OUTPUT_DAMAGED', `${file} ${what}`, {
    file,
    fix: 'Name the folder that the launch had as --data-cache-path, whole.',
  })
}

/** The training shard of a prefix, wherever the build was when it was launched. */
function shardOf({ manifest }: FinishedBuild, { dataset_path }: DataSet): number | undefined {
  const prefix = `/${dataset_path}`
  const at = manifest.shards.findIndex(
    ({ folder, number, segment }) =>
      segment !== null && prefix.endsWith(`/${folder}/megatron/${shardName(number)}`),
  )
  return at < 0 ? undefined : at
}

export interface MegatronBatch {
  /** Samples of a step, over all ranks (`--global-batch-size`). */
  readonly batch: number
  /** Samples that a rank takes at a time (`--micro-batch-size`). */
  readonly microBatch: number
}

/**
 * The samples of a launch's step `step`, from 0, in the order of Megatron's own sampler (`--dataloader-type single`): a step
 * takes the next `batch`, and of each `world × microBatch` of these, rank r has those from r × microBatch on. Throws USAGE
 * where these do not divide the batch, and for a rank that there cannot be.
 */
export function megatronSamples(
  step: number,
  { batch, microBatch }: MegatronBatch,
  { rank, world }: Rank = { rank: 0, world: 1 },
): number[] {
  requireRank({ rank, world })
  if (batch % (world * microBatch) !== 0)
    throw new MillraceError(
      'USAGE',
      `a step of ${batch} samples is not whole micro-batches of ${microBatch} on each of ${world} ranks`,
      { fix: 'Give --batch, --micro-batch and --world as the launch had them.' },
    )
  const all = Array.from({ length: batch }, (_, at) => at)
  return all.flatMap((at) => (Math.floor(at / microBatch) % world === rank ? step * batch + at : []))
}
