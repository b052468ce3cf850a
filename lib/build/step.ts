import path from 'node:path'
import type { Scratch } from '../kernels/scratch.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import type { Tables } from './tables.ts'

/** What a running unit reports: bytes of input read, documents and tokens handled since its last report. */
export interface Progress {
  readonly bytes?: number
  readonly documents?: number
  readonly tokens?: number
}

/** What every unit of a build can see, in whichever thread or process it runs. */
export interface StepContext {
  /** The build's folder, absolute. Paths in inputs and results are relative to it, with forward slashes. */
  readonly folder: string
  /** The folder that the recipe's paths are relative to, absolute. */
  readonly directory: string
  readonly recipe: Recipe
  readonly tables: Tables
  readonly progress: (amount: Progress) => void
  /** Memory for the unit's large arrays. */
  readonly scratch: Scratch
}

/** What executors hand to every unit; the rest is the unit's own. */
export type SharedContext = Omit<StepContext, 'progress' | 'scratch'>

export interface StepOutput<Result> {
  /** Absolute paths as written; the runner makes them relative. */
  readonly files: readonly WrittenFile[]
  readonly result: Result
}

/**
 * A step of the build: `run` does one unit of it. A unit reads its input and the files it names, and nothing else; it
 * writes files of its own, and nothing else. So units of a step can run anywhere, in any order, any number of times.
 */
export interface Step<Input = never, Result = unknown> {
  readonly name: string
  /** Raised when the same input would give other outputs than before. */
  readonly revision: number
  readonly run: (input: Input, context: StepContext) => Promise<StepOutput<Result>>
}

/** A piece of work for an executor. JSON, so that it can cross threads and be written down for a cluster. */
export interface Unit<Input = unknown> {
  readonly step: string
  /** Unique in the build and stable over re-runs; also names the unit's outputs. */
  readonly id: string
  /** See Completion.key. */
  readonly key: string
  readonly input: Input
}

/** The path of a build's own file, from its parts, relative to the build's folder. */
export function within(context: Pick<StepContext, 'folder'>, ...parts: string[]): string {
  return path.join(context.folder, ...parts)
}
