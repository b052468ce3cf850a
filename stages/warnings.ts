import { poolUsage } from './feasibility.ts'
import type { OutlineSegment } from './outline.ts'
import type { Schedule } from './schedule.ts'
import type { PoolInput, ScheduleInput } from './types.ts'

/** Something that works, and that published experience advises against. */
export interface PlanWarning {
  readonly code:
    | 'many-epochs'
    | 'no-replay'
    | 'no-long-documents'
    | 'unknown-long-documents'
    | 'short-stage'
    | 'no-step'
    | 'large-holdout'
    | 'exhausted'
    | 'weights-normalised'
    | 'cuts-alone'
  readonly message: string
  /** What was found, and from where on it is worth a warning. */
  readonly got: number
  readonly limit: number
  readonly fix: string
  /** The paper that says so. */
  readonly source?: string
}

/** Epochs up to which repeated data is nearly as good as new. */
const MANY_EPOCHS = 4
/** Least share of what the run was trained on before that keeps a model from forgetting it. */
const LEAST_REPLAY = 0.05
/** Sequences from which on a phase is one of long context. */
const LONG_CONTEXT = 8192
/** Least share of a long-context phase's tokens in documents that fill at least half a sequence. */
const LEAST_LONG = 0.05
const LONG_SOURCE = 'Fu et al. 2024, arXiv 2402.10171'

/**
 * Warnings of a schedule. `longShare` gives the share of a pool's tokens that lie in documents of at least so many tokens,
 * undefined where it is not known.
 */
export function warnings(
  input: ScheduleInput,
  schedule: Schedule,
  longShare: (pool: string, tokens: number) => number | undefined = () => undefined,
): PlanWarning[] {
  return [
    ...schedule.pools.flatMap((pool) => manyEpochs(schedule, pool)),
    ...schedule.exhaustions.map(
      ({ pool, position, effect }): PlanWarning => ({
        code: 'exhausted',
        message:
          `${pool} has given all its epochs at ${position} of ${schedule.tokens} tokens: ` +
          (effect === 'stop' ? 'the run ends there' : 'the other pools take its share from there on'),
        got: position,
        limit: schedule.tokens,
        fix: `Give ${pool} more documents or epochs, or a smaller weight.`,
      }),
    ),
    ...shortStages(input),
    ...withoutReplay(schedule),
    ...withoutLongDocuments(schedule, longShare),
    ...normalised(input),
  ]
}

function manyEpochs(schedule: Schedule, pool: PoolInput): PlanWarning[] {
  const { name } = pool
  const { epochs } = poolUsage(schedule, pool)
  // A pool without tokens falls short, which is another warning.
  if (epochs <= MANY_EPOCHS || epochs === Infinity) return []
  return [
    {
      code: 'many-epochs',
      message: `${name} is repeated ${epochs.toFixed(1)} times; the value of repeated data falls after ${MANY_EPOCHS} epochs, and is nearly gone at 16`,
      got: epochs,
      limit: MANY_EPOCHS,
      fix: `Give ${name} a smaller weight, or more documents.`,
      source: 'Muennighoff et al. 2023, arXiv 2305.16264',
    },
  ]
}

function shortStages({ stages }: ScheduleInput): PlanWarning[] {
  return stages.flatMap(({ name, tokens, transition }): PlanWarning[] => {
    if (transition === undefined || transition.shape === 'step' || transition.tokens <= tokens) return []
    return [
      {
        code: 'short-stage',
        message:
          `stage ${name} has ${tokens} tokens, its transition ${transition.tokens}: its mix is never reached; ` +
          'a last stage of 2.5 % of the tokens was found too short, one of 10 % enough',
        got: tokens,
        limit: transition.tokens,
        fix: 'Shorten the transition, or lengthen the stage.',
        source: 'Hu et al. 2024, arXiv 2404.06395',
      },
    ]
  })
}

/** Segments whose tokens fill no training step: but for padding, no step reads any of them. */
export function withoutSteps(
  segments: readonly OutlineSegment[],
  batchTokens: number | undefined,
): PlanWarning[] {
  return segments.flatMap(({ stage, sequenceLength, start, end, steps }): PlanWarning[] => {
    if (steps?.count !== 0 || batchTokens === undefined) return []
    return [
      {
        code: 'no-step',
        message:
          `stage ${stage} at ${sequenceLength} tokens may have no training step: its ${end - start} tokens do not fill a ` +
          `batch of ${batchTokens}, and what does not is left over`,
        got: end - start,
        limit: batchTokens,
        fix: 'Lower batchTokens, or lengthen the stage, or move the end of the phase.',
      },
    ]
  })
}

/**
 * A later stage that has little of what the run had before: of each pool, the less of its share in the stage and of its share
 * in all that came before.
 */
function withoutReplay({ segments, pools }: Schedule): PlanWarning[] {
  const taken = new Map(pools.map(({ name, start = 0 }) => [name, start]))
  const warned = new Set<string>()
  return segments.flatMap(({ stageName, shares, start, end }): PlanWarning[] => {
    let before = 0
    for (const tokens of taken.values()) before += tokens
    let earlier = 0
    for (const [pool, share] of Object.entries(shares)) {
      const tokens = taken.get(pool) ?? 0
      if (before > 0) earlier += Math.min(share, tokens / before)
      taken.set(pool, tokens + share * (end - start))
    }
    if (before === 0 || earlier >= LEAST_REPLAY || warned.has(stageName)) return []
    warned.add(stageName)
    return [
      {
        code: 'no-replay',
        message: `stage ${stageName} has ${(earlier * 100).toFixed(1)} % of what the run had before: models forget it`,
        got: earlier,
        limit: LEAST_REPLAY,
        fix: 'Replay an earlier stage (`replay: {stage: …, share: 0.05}`; more where the new data is very different).',
        source: 'Ibrahim et al. 2024, arXiv 2403.08763',
      },
    ]
  })
}

function withoutLongDocuments(
  { segments, pools }: Schedule,
  longShare: (pool: string, tokens: number) => number | undefined,
): PlanWarning[] {
  const longest = new Map(pools.map(({ name, longest: tokens }) => [name, tokens]))
  const unknown: string[] = []
  const found = segments.flatMap(({ stageName, sequenceLength, shares }): PlanWarning[] => {
    if (sequenceLength < LONG_CONTEXT) return []
    const half = sequenceLength / 2
    const known = Object.entries(shares).map(([pool, share]) => {
      const part =
        longShare(pool, half) ?? ((longest.get(pool) ?? Number.POSITIVE_INFINITY) < half ? 0 : undefined)
      return part === undefined ? undefined : share * part
    })
    const long = known.reduce<number>((sum, part) => sum + (part ?? 0), 0)
    if (long >= LEAST_LONG) return []
    if (known.includes(undefined)) {
      unknown.push(`${stageName} at ${sequenceLength}`)
      return []
    }
    return [
      {
        code: 'no-long-documents',
        message:
          `stage ${stageName} at ${sequenceLength} tokens has ${(long * 100).toFixed(1)} % of its tokens in documents of ` +
          `${half} or more: nothing in it teaches a long context`,
        got: long,
        limit: LEAST_LONG,
        fix: `Declare a tier of long documents (\`long: "tokens >= ${half}"\`) and give it a weight in the stages of this phase.`,
        source: LONG_SOURCE,
      },
    ]
  })
  if (unknown.length === 0) return found
  return [
    ...found,
    {
      code: 'unknown-long-documents',
      message: `how many tokens are in documents of half a sequence or more is not known of ${unknown.join(', ')}: short ones teach no long context`,
      got: unknown.length,
      limit: 0,
      fix: 'Measure it (`millrace plan --pilot 1000`), or give a tier of long documents a weight there.',
      source: LONG_SOURCE,
    },
  ]
}

/** Weights that look like shares of 1 or of 100 and do not sum to it. */
function normalised({ stages }: ScheduleInput): PlanWarning[] {
  return stages.flatMap(({ name, mix }): PlanWarning[] => {
    const sum = Object.values(mix).reduce((total, weight) => total + weight, 0)
    const whole = [1, 100].find((total) => Math.abs(sum - total) > 1e-9 && Math.abs(sum / total - 1) < 0.05)
    if (whole === undefined) return []
    return [
      {
        code: 'weights-normalised',
        message: `the weights of stage ${name} sum to ${Number(sum.toPrecision(9))}, not ${whole}: they are divided by their sum`,
        got: sum,
        limit: whole,
        fix: `Correct the weights if they were meant to sum to ${whole}.`,
      },
    ]
  })
}
