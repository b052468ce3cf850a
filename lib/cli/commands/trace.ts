import type { Command } from 'commander'
import { MillraceError } from '../../errors.ts'
import type { MegatronBatch, MegatronPiece } from '../../provenance/megatron-cache.ts'
import { openBuild } from '../../provenance/open.ts'
import type { FinishedBuild } from '../../provenance/records.ts'
import {
  type Rank,
  sequencesOfStep,
  shardOfSequence,
  type TokenTrace,
  type TracedPiece,
  traceItem,
  traceToken,
} from '../../provenance/trace.ts'
import { renderPlace } from '../../report/place.ts'
import { formatCount, renderTable } from '../../report/text.ts'
import { wholeNumber, wholeNumbers } from '../options.ts'
import { print } from '../output.ts'

interface TraceFlags {
  readonly shard?: string
  readonly token?: number
  readonly items?: readonly number[]
  readonly stage?: string
  readonly phase?: number
  readonly sequence?: number
  readonly step?: number
  readonly rank?: number
  readonly world?: number
  readonly megatronCache?: string
  readonly samples?: readonly number[]
  readonly batch?: number
  readonly microBatch?: number
  readonly json: boolean
}

export function traceCommand(command: Command): void {
  command
    .argument('<dir>', 'folder of a finished build')
    .option('--shard <file>', 'a file of the build, with --token or --items')
    .option('--token <n>', 'position in the shard, from 0, as stored', wholeNumber(0))
    .option(
      '--items <n,…>',
      'what a trainer numbers in the shard, from 0: documents of a document format, sequences of a sequence format',
      wholeNumbers,
    )
    .option('--stage <name>', 'a stage, with --sequence')
    .option('--phase <length>', "the phase's sequence length, where the stage has several", wholeNumber(1))
    .option('--sequence <n>', 'sequence in the stage (and phase), from 0', wholeNumber(0))
    .option('--step <n>', 'training step over the whole run, from 0 (needs batchTokens)', wholeNumber(0))
    .option('--rank <r>', 'with --step and --world: only what this rank reads, end to end', wholeNumber(0))
    .option('--world <n>', 'number of data-parallel ranks', wholeNumber(1))
    .option(
      '--megatron-cache <dir>',
      "Megatron's --data-cache-path, with --samples or --step: what Megatron read, of the segment that --stage and --phase name",
    )
    .option('--samples <n,…>', 'with --megatron-cache: samples of the run, from 0', wholeNumbers)
    .option('--batch <n>', 'samples of a step (--global-batch-size); default: batchTokens', wholeNumber(1))
    .option('--micro-batch <n>', 'with --rank: --micro-batch-size of the launch', wholeNumber(1))
    .addHelpText(
      'after',
      `
Examples:
  millrace trace corpus --shard shards/00-base-2048/megatron/00000.bin --token 812733
  millrace trace corpus --shard shards/00-base-2048/megatron/00000.bin --items 17,904
  millrace trace corpus --stage base --phase 2048 --sequence 17
  millrace trace corpus --step 1204            the documents behind a loss spike
  millrace trace corpus --step 1204 --rank 3 --world 8
  millrace trace corpus --megatron-cache run/cache --stage base --step 1204 --rank 3 --world 8 --micro-batch 2
                                               the same where Megatron shuffled; steps of the launch, from 0`,
    )
    .action(async (folder: string, flags: TraceFlags) => {
      checkPlace(flags)
      const build = await openBuild(folder)
      if (flags.megatronCache !== undefined) await traceMegatron(build, flags.megatronCache, flags)
      else if (flags.step !== undefined) await traceStep(build, flags.step, flags)
      else if (flags.stage !== undefined) await traceSequence(build, flags.stage, flags)
      else if (flags.items !== undefined) await traceItems(build, flags.shard ?? '', flags.items, flags)
      else print(await traceToken(build, flags.shard ?? '', flags.token ?? 0), flags, renderToken)
    })
}

/** What each place to start from needs, and may have besides. */
const PLACES = {
  token: [['shard'], []],
  items: [['shard'], []],
  sequence: [['stage'], ['phase']],
  samples: [['megatronCache'], ['stage', 'phase']],
  step: [[], ['rank', 'world', 'megatronCache', 'stage', 'phase', 'batch', 'microBatch']],
} as const satisfies Record<string, [needs: (keyof TraceFlags)[], also: (keyof TraceFlags)[]]>

/** Options of Megatron's steps; another step is what `schedule.json` says. */
const MEGATRON = ['stage', 'phase', 'batch', 'microBatch'] as const satisfies (keyof TraceFlags)[]

/** Refuses options that would not be looked at. Throws USAGE. */
function checkPlace(flags: TraceFlags): void {
  const isGiven = (flag: keyof TraceFlags): boolean => flags[flag] !== undefined
  const fix =
    'Give --shard with --token or --items, --stage with --sequence, --step, or --megatron-cache with --step or --samples.'
  const places = (['token', 'items', 'sequence', 'samples', 'step'] as const).filter(isGiven)
  const [place] = places
  if (place === undefined) throw new MillraceError('USAGE', 'trace needs a place to start from', { fix })
  const [needs, also]: readonly [readonly (keyof TraceFlags)[], readonly (keyof TraceFlags)[]] = PLACES[place]
  const known = new Set<string>(['json', place, ...needs, ...also])
  const others = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined || known.has(flag) ? [] : [flag],
  )
  if (place === 'step' && !isGiven('megatronCache')) others.push(...MEGATRON.filter(isGiven))
  if (others.length > 0)
    throw new MillraceError(
      'USAGE',
      `${optionOf(place)} does not go with ${others.map(optionOf).join(', ')}`,
      { fix },
    )
  if (!needs.every(isGiven))
    throw new MillraceError('USAGE', `${optionOf(place)} needs ${needs.map(optionOf).join(', ')}`, { fix })
}

/** `microBatch` → `--micro-batch`. */
function optionOf(flag: string): string {
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

async function traceItems(
  build: FinishedBuild,
  file: string,
  items: readonly number[],
  flags: TraceFlags,
): Promise<void> {
  const pieces: (TracedPiece & { readonly item: number })[] = []
  for (const item of items)
    for (const piece of await traceItem(build, file, item)) pieces.push({ item, ...piece })
  print({ file, items, pieces }, flags, () => renderPieces(pieces, 'item', ({ item }) => item))
}

async function traceSequence(build: FinishedBuild, stage: string, flags: TraceFlags): Promise<void> {
  const { file, start: sequence } = await shardOfSequence(build, stage, flags.phase, flags.sequence ?? 0)
  const pieces = await traceItem(build, file, sequence)
  print({ file, sequence, pieces }, flags, () =>
    [`sequence ${sequence} of ${file}`, '', renderPieces(pieces)].join('\n'),
  )
}

async function traceStep(build: FinishedBuild, number: number, flags: TraceFlags): Promise<void> {
  const step = await sequencesOfStep(build, number, rankOf(flags))
  const pieces: (TracedPiece & { readonly file: string; readonly sequence: number })[] = []
  for (const { file, start, end } of step.slices)
    for (let sequence = start; sequence < end; sequence++)
      for (const piece of await traceItem(build, file, sequence)) pieces.push({ file, sequence, ...piece })
  print({ step: number, ...step, pieces }, flags, () =>
    [
      `step ${number}, stage ${step.stage}: ${step.slices.map(({ file, start, end }) => `${file} [${start}, ${end})`).join(', ')}`,
      '',
      renderPieces(pieces, 'sequence', ({ sequence }) => sequence),
    ].join('\n'),
  )
}

function rankOf({ rank, world }: TraceFlags): Rank | undefined {
  if (rank !== undefined && world !== undefined) return { rank, world }
  if (rank === undefined && world === undefined) return undefined
  const fix = 'Give both --rank and --world, or neither.'
  throw new MillraceError('USAGE', 'a rank is one of a number of ranks', { fix })
}

async function traceMegatron(build: FinishedBuild, folder: string, flags: TraceFlags): Promise<void> {
  const megatron = await import('../../provenance/megatron-cache.ts')
  const cache = await megatron.openMegatronCache(build, folder, {
    stage: flags.stage,
    sequenceLength: flags.phase,
  })
  try {
    const { stage, sequenceLength } = cache.segment
    const { batchTokens } = build.manifest.recipe
    const samples = flags.samples ?? megatron.megatronSamples(...stepOf(flags, batchTokens, sequenceLength))
    const pieces: MegatronPiece[] = []
    for (const sample of samples) pieces.push(...(await cache.sample(sample)))
    print({ stage, sequenceLength, samples, pieces }, flags, () =>
      [
        `samples ${samples.join(', ')} of ${formatCount(cache.samples)}, stage ${stage}, sequences of ${sequenceLength}`,
        '',
        renderPieces(pieces, 'sample', ({ sample }) => sample),
      ].join('\n'),
    )
  } finally {
    await cache.close()
  }
}

function stepOf(
  flags: TraceFlags,
  batchTokens: number | undefined,
  sequenceLength: number,
): [step: number, batch: MegatronBatch, rank: Rank | undefined] {
  const { step, batch = batchTokens === undefined ? undefined : batchTokens / sequenceLength } = flags
  const rank = rankOf(flags)
  const microBatch = flags.microBatch ?? (rank === undefined ? 1 : undefined)
  if (step === undefined || batch === undefined || microBatch === undefined) {
    const fix =
      'Give --samples, or --step with --batch (where the recipe has no batchTokens), and --micro-batch with --rank.'
    throw new MillraceError('USAGE', '--megatron-cache needs the samples to look for', { fix })
  }
  return [step, { batch, microBatch }, rank]
}

function renderToken(trace: TokenTrace): string {
  const { document, token, records, context } = trace
  const lines = [
    `token ${formatCount(trace.position)} of ${trace.shard}`,
    `  id         ${token.id}  ${JSON.stringify(token.piece)}${trace.sequence === null ? '' : `, sequence ${trace.sequence}`}${token.learned ? '' : ', not learned: the loss leaves it out'}`,
    `  stage      ${trace.stage ?? 'held out'}${trace.sequenceLength === null ? '' : `, sequences of ${trace.sequenceLength}`}`,
    `  document   ${document.uid}, token ${document.at} of ${document.tokens}, pool ${document.pool}, epoch ${document.epoch}`,
    `  text       …${JSON.stringify(context[0]).slice(1, -1)} ⟦${context[1]}⟧ ${JSON.stringify(context[2]).slice(1, -1)}…`,
    `  reproduced ${reproduction(trace)}`,
  ]
  for (const record of records) {
    lines.push(
      `  record     ${renderPlace(record)}, source ${record.source}`,
      `  license    ${record.license}, acquired: ${record.acquisition}`,
      ...(record.url === null ? [] : [`  url        ${record.url}`]),
      ...(record.id === null ? [] : [`  id         ${record.id}`]),
      ...(record.duplicate === null
        ? []
        : [`  duplicate  of ${record.duplicate.duplicateOf} (${record.duplicate.method})`]),
      ...Object.entries(record.values).map(([name, value]) => `    ${name} = ${value}`),
    )
  }
  return lines.join('\n')
}

function reproduction({ reproduced, records }: TokenTrace): string {
  const [from, again] = records.some(({ tokenized }) => tokenized)
    ? ['the ids that were given', 'taking the ids as given']
    : ['the refined text', 'tokenizing the refined text again']
  return reproduced ? `yes: ${again} gives this token` : `NO: ${from} gives another token`
}

/** `of`: what of several a piece is of, under `heading`. */
function renderPieces<Piece extends TracedPiece>(
  pieces: readonly Piece[],
  heading?: string,
  of?: (piece: Piece) => number,
): string {
  return renderTable(
    [
      ...(heading === undefined ? [] : [{ heading, align: 'right' as const }]),
      { heading: 'document' },
      { heading: 'pool' },
      { heading: 'epoch', align: 'right' },
      { heading: 'tokens', align: 'right' },
    ],
    pieces.map((piece) => [
      ...(of === undefined ? [] : [formatCount(of(piece))]),
      piece.uid,
      piece.pool,
      String(piece.epoch),
      `${piece.start} – ${piece.start + piece.length}`,
    ]),
  )
}
