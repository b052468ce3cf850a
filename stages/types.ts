/**
 * What the schedule is made from. Tokens are real tokens, BOS and EOS included, as integers below 2^53; a *pool* is
 * the documents of a source that no tier takes (`web`) or of one of its tiers (`web.top`).
 */
import type { Use } from '../lib/recipe/use-schema.ts'

/** A training stage: a budget and the mix that fills it. */
export interface StageInput {
  readonly name: string
  readonly tokens: number
  /** Pool name → weight, any positive decimal; weights need not sum to anything. */
  readonly mix: Readonly<Record<string, number>>
  /** How the mix gets here from the one before, over the stage's first `tokens`; at once unless given. */
  readonly transition?: Transition | undefined
  /** A part of the stage that has the mix of an earlier one. */
  readonly replay?: Replay | undefined
}

export interface Replay {
  readonly stage: string
  /** In (0, 1). */
  readonly share: number
  /** Of a stage of an earlier run: its mix, over the pools of this one. Unless given, `stage` is one of this run. */
  readonly mix?: Readonly<Record<string, number>> | undefined
}

export interface Transition {
  readonly tokens: number
  readonly shape: 'step' | 'linear' | 'cosine'
}

/**
 * What happens when a pool has given tokens x maxEpochs: the plan is refused, the run ends there, its share goes to the
 * mix's other pools, or it goes on repeating.
 */
export type OnExhausted = 'error' | 'stop' | 'renormalise' | 'repeat'

/** A context length, an axis of its own: phases are laid over the stages by run position. */
export interface PhaseInput {
  readonly sequenceLength: number
  /** `rest`, for the last phase only: what the others leave of the stages' sum. */
  readonly tokens: number | 'rest'
  readonly packing: Use
  /** Tokens stored a sequence: S, or one more. Default: S. */
  readonly unit?: 'S' | 'S+1' | undefined
}

/** What a pool holds: counted, or declared ahead of the data. */
export interface PoolInput {
  readonly name: string
  readonly tokens: number
  /** How often the run may go through the pool; 1 = every document at most once. May be fractional. */
  readonly maxEpochs: number
  /** Tokens that an earlier run took, which its epochs are counted from; 0 unless given. The run's own positions begin there. */
  readonly start?: number | undefined
  /** Key of the settings that limit it, for problems; `sources.NAME` unless given. */
  readonly settings?: string | undefined
  /** `error` unless given. */
  readonly onExhausted?: OnExhausted | undefined
  /** Greatest share of the mix, in (0, 1], at any run position; the rest of its weight goes to the other pools. */
  readonly maxShare?: number | undefined
  /** Fewest tokens that the run must take of it. */
  readonly minTokens?: number | undefined
  /** Unknown for a pool whose size is only declared. */
  readonly documents?: number
  /** Tokens of the longest document; unknown for a pool whose size is only declared. */
  readonly longest?: number
}

export interface ScheduleInput {
  readonly stages: readonly StageInput[]
  readonly phases: readonly PhaseInput[]
  readonly pools: readonly PoolInput[]
}

/** A stage x phase intersection: one mix, one context length, run positions [start, end). */
export interface Segment {
  readonly index: number
  /** Index into the stages. */
  readonly stage: number
  readonly stageName: string
  /** Index into the phases. */
  readonly phase: number
  readonly start: number
  readonly end: number
  readonly sequenceLength: number
  /** Tokens of a sequence as it is stored and packed: `sequenceLength`, or one more. */
  readonly storedLength: number
  readonly packing: Use
  /** As written in the recipe. */
  readonly weights: Readonly<Record<string, number>>
  /**
   * Mean share of each pool over the segment, to the nearest double: for tables. Its keys are the segment's pools, those of
   * the stage's own mix first. Positions are exact, from `Schedule.position`.
   */
  readonly shares: Readonly<Record<string, number>>
}

/** A part of a segment that is emitted as one unit: run positions [start, end). */
export interface ShardRange {
  /** Over the whole run, from 0. */
  readonly index: number
  /** Index into the segments. */
  readonly segment: number
  readonly start: number
  readonly end: number
}

/** A pool's part in one segment. */
export interface UsageRow {
  readonly segment: number
  readonly pool: string
  /** Tokens of the pool's run, [start, end): at the segment's start and end, from where this run began in it. */
  readonly start: number
  readonly end: number
  /** end - start. */
  readonly asked: number
  /** `start` and `end` in passes over the pool: 1.25 = a quarter into the second. */
  readonly epochStart: number
  readonly epochEnd: number
}

/** A pool's part in the whole run. */
export interface PoolUsage {
  readonly asked: number
  /** Tokens that the pool may give: tokens x maxEpochs, less what an earlier run took. */
  readonly available: number
  /** Passes over the pool with those of an earlier run; 0 for an empty pool of which nothing is asked. */
  readonly epochs: number
}
