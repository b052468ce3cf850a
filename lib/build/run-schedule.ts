/** `schedule.json`: what a training launcher reads: segments in order, their sequences, steps and files. */
import path from 'node:path'
import { batches } from '../../stages/rounding.ts'
import type { Schedule } from '../../stages/schedule.ts'
import { formatByName } from '../formats/index.ts'
import type { Recipe } from '../recipe/schema.ts'
import { segmentFolder } from './plan.ts'
import type { ShardResult } from './shard.ts'
import { shardName } from './shard-name.ts'

export interface RunSchedule {
  readonly segments: readonly RunSegment[]
  /** Files by source and format. */
  readonly holdout: Readonly<Record<string, Readonly<Record<string, RunFormat>>>>
}

export interface RunSegment {
  readonly stage: string
  readonly sequenceLength: number
  /** Tokens of a sequence as it is stored: `sequenceLength`, or one more. */
  readonly storedLength: number
  /** Run positions [start, end), in real tokens. */
  readonly start: number
  readonly end: number
  readonly formats: Readonly<Record<string, RunFormat>>
}

export interface RunFormat {
  readonly files: readonly string[]
  /** Documents or sequences of each file, in the same order. */
  readonly items: readonly number[]
  /** Absent for document formats, and where the recipe has no `batchTokens`. */
  readonly steps?: RunSteps
}

/** A segment in whole training steps, by the policy `floor`: what does not fill one is left over, and stays in the files. */
export interface RunSteps {
  readonly policy: 'floor'
  readonly batchSequences: number
  /** Steps [first, first + count) of the whole run. */
  readonly first: number
  readonly count: number
  readonly leftoverSequences: number
  /** Real tokens of the left-over sequences, by file, from the end of the segment. */
  readonly leftoverTokens: Readonly<Record<string, number>>
}

type Shard = ShardResult & { readonly segment: number | null }

export async function runSchedule(
  folder: string,
  recipe: Recipe,
  schedule: Schedule,
  shards: readonly Shard[],
): Promise<RunSchedule> {
  const segments: RunSegment[] = []
  const nextStep: Record<string, number> = {}
  for (const segment of schedule.segments) {
    const own = shards.filter((shard) => shard.segment === segment.index)
    const formats: Record<string, RunFormat> = {}
    for (const name of recipe.output.formats) {
      const format = runFormat(segmentFolder(segment), name, own)
      const steps = await runSteps(folder, recipe, name, segment.sequenceLength, format, nextStep[name] ?? 0)
      if (steps !== undefined) nextStep[name] = steps.first + steps.count
      formats[name] = { ...format, ...(steps && { steps }) }
    }
    const { stageName: stage, sequenceLength, storedLength, start, end } = segment
    segments.push({ stage, sequenceLength, storedLength, start, end, formats })
  }
  const held = shards.filter(({ segment }) => segment === null)
  const holdout = Object.fromEntries(
    held.map((shard) => [
      path.posix.basename(shard.folder),
      Object.fromEntries(recipe.output.formats.map((name) => [name, runFormat(shard.folder, name, [shard])])),
    ]),
  )
  return { segments, holdout }
}

/** Tokens of a shard's files that no training step reads, by format. */
export function roundedOff(
  run: RunSchedule,
  { segment, folder, number, formats }: Shard,
): Record<string, number> {
  if (segment === null) return {}
  return Object.fromEntries(
    Object.keys(formats).map((name) => {
      const left = run.segments[segment]?.formats[name]?.steps?.leftoverTokens
      return [name, left?.[shardFile(folder, name, number)] ?? 0]
    }),
  )
}

function runFormat(folder: string, name: string, shards: readonly Shard[]): RunFormat {
  return {
    files: shards.map(({ number }) => shardFile(folder, name, number)),
    items: shards.map(({ formats }) => formats[name]?.items ?? 0),
  }
}

function shardFile(folder: string, format: string, number: number): string {
  return `${folder}/${format}/${shardName(number)}${formatByName(format).extensions[0] ?? ''}`
}

async function runSteps(
  folder: string,
  { batchTokens }: Recipe,
  name: string,
  sequenceLength: number,
  { files, items }: RunFormat,
  first: number,
): Promise<RunSteps | undefined> {
  const format = formatByName(name)
  if (batchTokens === undefined || format.kind !== 'sequences') return undefined
  const sequences = items.reduce((total, count) => total + count, 0)
  const { batchSequences, steps, leftoverSequences } = batches({ sequences, sequenceLength, batchTokens })
  const leftoverTokens: Record<string, number> = {}
  let left = leftoverSequences
  for (let at = files.length - 1; at >= 0 && left > 0; at--) {
    const file = files[at] ?? ''
    const count = items[at] ?? 0
    const reader = await format.open(
      path.join(folder, file.slice(0, file.length - (format.extensions[0] ?? '').length)),
    )
    try {
      let tokens = 0
      for (let item = Math.max(0, count - left); item < count; item++) {
        tokens += (await reader.item(item)).pieceLengths.reduce((total, length) => total + length, 0)
      }
      leftoverTokens[file] = tokens
    } finally {
      await reader.close()
    }
    left -= Math.min(left, count)
  }
  return { policy: 'floor', batchSequences, first, count: steps, leftoverSequences, leftoverTokens }
}
