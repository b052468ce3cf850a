import path from 'node:path'
import { PIECE_COLUMNS } from '../build/placements.ts'
import type { RunSchedule } from '../build/run-schedule.ts'
import { shardName } from '../build/shard-name.ts'
import { uidFromHex } from '../documents/uid.ts'
import { MillraceError } from '../errors.ts'
import type { ShardReader } from '../formats/define-format.ts'
import { formatByName, formatOfFile } from '../formats/index.ts'
import { formatCount, formatItems } from '../report/text.ts'
import { openTable } from '../storage/arrow-table.ts'
import { readOwnJson } from '../storage/own-json.ts'
import { documentOf } from './base.ts'
import { type FinishedBuild, notFound, type RecordFacts, readPlacement, tokenizerOfBuild } from './records.ts'

/** A token's way back, or that of a sequence's every piece. */
export interface TokenTrace {
  readonly shard: string
  readonly stage: string | null
  readonly sequenceLength: number | null
  /** Position in the shard, as asked. */
  readonly position: number
  /** Sequence of a sequence format; null for a document format. */
  readonly sequence: number | null
  /** `learned`: whether the loss counts it. */
  readonly token: { readonly id: number; readonly piece: string; readonly learned: boolean }
  /** The document, and the token's place in it (specials count). */
  readonly document: {
    readonly uid: string
    readonly pool: string
    readonly epoch: number
    readonly tokens: number
    readonly at: number
  }
  /** The document's records: more than one where the input has copies. */
  readonly records: readonly RecordFacts[]
  /**
   * True when tokenizing the refined text again, or taking the given ids, gives the same token, and the same loss mask, at
   * the same place.
   */
  readonly reproduced: boolean
  /** Text around the token, the token itself between the second pair of strings. */
  readonly context: readonly [before: string, token: string, after: string]
}

/**
 * Where token `position` of a shard came from. `file` is a shard's file, as given on the command line or relative to the
 * build's folder. Throws NOT_FOUND for a file that is no shard of the build, or a position that is padding or past its end.
 */
export async function traceToken(build: FinishedBuild, file: string, position: number): Promise<TokenTrace> {
  const { shard, format, base, relative } = findShard(build, file)
  const reader = await format.open(base)
  try {
    const stored = reader.counts.tokens + reader.counts.padding
    if (!Number.isInteger(position) || position < 0 || position >= stored) {
      throw notFound(
        `${relative} has no token ${position}`,
        `Give a position from 0 to ${formatCount(stored - 1)}.`,
        { file: relative, got: position, limit: stored - 1 },
      )
    }
    const { item, offset } = reader.locate(position)
    const content = await reader.item(item)
    const place =
      format.kind === 'documents'
        ? { document: item, at: offset }
        : await pieceAt(piecesFile(build, shard), item, offset, content.pieceLengths, relative)
    const placed = await readPlacement(build, {
      shard: build.manifest.shards.indexOf(shard),
      document: place.document,
    })
    const uid = uidFromHex(placed.uid) ?? new Uint8Array(16)
    const { origin, found, records } = await documentOf(build, placed.pool, uid)
    // Encoding, and with it tokenizers and filters, are for the token alone: `where` and a step's sequences need none.
    const { encodeAgain } = await import('./encode-again.ts')
    const { ids, learned: mask } = await encodeAgain(origin, found)
    const id = content.tokens[offset] ?? 0
    const learned = content.learned === undefined || content.learned[offset] === 1
    const tokenizer = await tokenizerOfBuild(build)
    const segment =
      shard.segment === null ? undefined : (await readRunSchedule(build)).segments[shard.segment]
    return {
      shard: relative,
      stage: segment?.stage ?? null,
      sequenceLength: segment?.sequenceLength ?? null,
      position,
      sequence: format.kind === 'sequences' ? item : null,
      token: { id, piece: tokenizer.piece(id), learned },
      document: {
        uid: placed.uid,
        pool: placed.pool,
        epoch: placed.epoch,
        tokens: placed.tokens,
        at: place.at,
      },
      records,
      reproduced:
        ids[place.at] === id &&
        ids.length === placed.tokens &&
        (mask === undefined || mask[place.at] === 1) === learned,
      context: [
        tokenizer.decode(ids.slice(Math.max(0, place.at - 24), place.at)),
        tokenizer.piece(id),
        tokenizer.decode(ids.slice(place.at + 1, place.at + 25)),
      ],
    }
  } finally {
    await reader.close()
  }
}

/** A piece of a sequence: the document that it is of, and which of its tokens. */
export interface TracedPiece {
  readonly uid: string
  readonly pool: string
  readonly epoch: number
  /** Tokens [start, start + length) of the document. */
  readonly start: number
  readonly length: number
}

/**
 * The documents in item `item` of a shard, from 0: a sequence's of a sequence format, the one document of a document
 * format. Throws NOT_FOUND for a file that is no shard of the build, or an item that it does not have.
 */
export async function traceItem(build: FinishedBuild, file: string, item: number): Promise<TracedPiece[]> {
  const { shard, format, base, relative } = findShard(build, file)
  const reader = await format.open(base)
  try {
    requireItem(reader, relative, format.kind === 'sequences' ? 'sequence' : 'document', item)
    const { pieceLengths } = await reader.item(item)
    const pieces =
      format.kind === 'documents'
        ? [{ document: item, documentStart: 0 }]
        : await piecesOf(piecesFile(build, shard), item)
    const traced: TracedPiece[] = []
    for (const [at, { document, documentStart }] of pieces.entries()) {
      const { uid, pool, epoch } = await readPlacement(build, {
        shard: build.manifest.shards.indexOf(shard),
        document,
      })
      traced.push({ uid, pool, epoch, start: documentStart, length: pieceLengths[at] ?? 0 })
    }
    return traced
  } finally {
    await reader.close()
  }
}

/** A run of sequences in one file: what one training step reads of it. */
export interface StepSlice {
  readonly file: string
  /** Sequences [start, end). */
  readonly start: number
  readonly end: number
}

/** A data-parallel rank, 0 <= rank < world. */
export interface Rank {
  readonly rank: number
  readonly world: number
}

/**
 * The sequences that training step `step` (from 0, over the whole run) reads, in order; of a rank, its part of them: the
 * batch of B is cut end to end, and rank r of W has [floor(r B / W), floor((r + 1) B / W)). Needs `batchTokens` in the
 * recipe. Throws NOT_FOUND for a step that there is not, USAGE for a rank.
 */
export async function sequencesOfStep(
  build: FinishedBuild,
  step: number,
  { rank, world }: Rank = { rank: 0, world: 1 },
): Promise<{ stage: string; slices: StepSlice[] }> {
  requireRank({ rank, world })
  const { segments } = await readRunSchedule(build)
  let steps = 0
  for (const { stage, formats } of segments) {
    const format = Object.values(formats).find((candidate) => candidate.steps !== undefined)
    if (format?.steps === undefined) continue
    const { first, count, batchSequences } = format.steps
    steps = first + count
    if (step < first || step >= steps) continue
    const from = (step - first) * batchSequences
    const [start, end] = [rank, rank + 1].map((at) => from + Math.floor((at * batchSequences) / world))
    return { stage, slices: slicesOf(format.files, format.items, start ?? from, end ?? from) }
  }
  throw notFound(
    steps === 0 ? 'the build has no training steps' : `the run has no step ${step}`,
    steps === 0
      ? 'Set batchTokens in the recipe, and a sequence format in output.formats.'
      : `Give a step from 0 to ${steps - 1}.`,
  )
}

/** Throws USAGE for a rank that there cannot be. */
export function requireRank({ rank, world }: Rank): void {
  if (rank >= 0 && rank < world) return
  const fix = `Give a rank from 0 to ${world - 1}.`
  throw new MillraceError('USAGE', `there is no rank ${rank} of ${world}`, {
    got: rank,
    limit: world - 1,
    fix,
  })
}

function slicesOf(files: readonly string[], items: readonly number[], from: number, to: number): StepSlice[] {
  const slices: StepSlice[] = []
  let first = 0
  for (const [at, file] of files.entries()) {
    const count = items[at] ?? 0
    const start = Math.max(0, from - first)
    const end = Math.min(count, to - first)
    if (start < end) slices.push({ file, start, end })
    first += count
  }
  return slices
}

/** The first shard file of a segment, by the names that a person knows: for `--stage S --phase P --sequence N`. */
export async function shardOfSequence(
  build: FinishedBuild,
  stage: string,
  sequenceLength: number | undefined,
  sequence: number,
): Promise<StepSlice> {
  const { segments } = await readRunSchedule(build)
  const matching = segments.filter(
    (segment) =>
      segment.stage === stage && (sequenceLength === undefined || segment.sequenceLength === sequenceLength),
  )
  const formats = matching.flatMap(({ formats }) =>
    Object.entries(formats)
      .filter(([name]) => formatByName(name).kind === 'sequences')
      .slice(0, 1),
  )
  let left = sequence
  for (const [, { files, items }] of formats) {
    const [slice] = slicesOf(files, items, left, left + 1)
    if (slice !== undefined) return slice
    left -= items.reduce((total, count) => total + count, 0)
  }
  const named = sequenceLength === undefined ? `stage ${stage}` : `stage ${stage} at ${sequenceLength}`
  if (matching.length === 0) {
    const known = segments.map((segment) => `${segment.stage} at ${segment.sequenceLength}`).join(', ')
    throw notFound(`there is no ${named}`, `Segments of this build: ${known}.`)
  }
  const count = sequence - left
  throw notFound(
    `${named} has ${formatItems(count, 'sequence')}, and none is number ${formatCount(sequence)}`,
    count === 0
      ? 'Sequences are of sequence formats: put one into output.formats.'
      : `Give a sequence from 0 to ${formatCount(count - 1)}.`,
    { got: sequence, limit: count - 1 },
  )
}

export async function readRunSchedule({ folder }: FinishedBuild): Promise<RunSchedule> {
  return readOwnJson<RunSchedule>(path.join(folder, 'schedule.json'))
}

type ManifestShard = FinishedBuild['manifest']['shards'][number]

function findShard(
  { folder, manifest }: FinishedBuild,
  file: string,
): { shard: ManifestShard; format: ReturnType<typeof formatByName>; base: string; relative: string } {
  const candidates = [
    path.relative(folder, path.resolve(file)),
    path.relative(folder, path.resolve(folder, file)),
  ]
  for (const candidate of candidates) {
    const relative = candidate.split(path.sep).join('/')
    const found = formatOfFile(relative)
    if (found === undefined) continue
    const shard = manifest.shards.find(
      ({ folder: own, number }) => found.base === `${own}/${found.format.name}/${shardName(number)}`,
    )
    if (shard !== undefined)
      return { shard, format: found.format, base: path.join(folder, found.base), relative }
  }
  const [first] = manifest.shards
  const example =
    first === undefined
      ? ''
      : `${first.folder}/${Object.keys(first.formats)[0] ?? ''}/${shardName(first.number)}…`
  throw notFound(
    `${file} is not a shard of the build in ${folder}`,
    `Name a file of its shards/ folder, such as ${example}.`,
    { file, got: file },
  )
}

function piecesFile({ folder }: FinishedBuild, { folder: own, number }: ManifestShard): string {
  return path.join(folder, own, 'placements', `${shardName(number)}.pieces.arrow`)
}

async function piecesOf(
  file: string,
  sequence: number,
): Promise<{ document: number; documentStart: number }[]> {
  const table = await openTable(file, PIECE_COLUMNS)
  try {
    const pieces: { document: number; documentStart: number }[] = []
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const sequences = batch.column('sequence').values
      if ((sequences[batch.rows - 1] ?? 0) < sequence) continue
      if ((sequences[0] ?? 0) > sequence) break
      for (let row = 0; row < batch.rows; row++) {
        if (sequences[row] !== sequence) continue
        const document = batch.column('document').values[row] ?? 0
        pieces.push({ document, documentStart: batch.column('documentStart').values[row] ?? 0 })
      }
    }
    return pieces
  } finally {
    await table.close()
  }
}

async function pieceAt(
  file: string,
  sequence: number,
  offset: number,
  pieceLengths: readonly number[],
  shard: string,
): Promise<{ document: number; at: number }> {
  const pieces = await piecesOf(file, sequence)
  let start = 0
  for (const [index, length] of pieceLengths.entries()) {
    const piece = pieces[index]
    if (offset < start + length && piece !== undefined) {
      return { document: piece.document, at: piece.documentStart + offset - start }
    }
    start += length
  }
  throw notFound(
    `token ${offset} of sequence ${sequence} is padding`,
    `The sequence has ${start} real tokens; ask for one of them.`,
    { file: shard, got: offset, limit: start - 1 },
  )
}

function requireItem({ counts }: ShardReader, file: string, kind: string, item: number): void {
  if (Number.isInteger(item) && item >= 0 && item < counts.items) return
  throw notFound(
    `${file} has no ${kind} ${item}`,
    `Give a ${kind} from 0 to ${formatCount(counts.items - 1)}.`,
    {
      file,
      got: item,
      limit: counts.items - 1,
    },
  )
}
