import type { Progress, Unit } from '../build/step.ts'
import type { Completion } from '../journal.ts'

/** Decides who runs a unit, and nothing else: results are the same whoever does. */
export interface Executor {
  /**
   * Runs the units and hands each completion to `onCompletion`, in any order; takes no further unit while as many
   * completions as there are workers wait for it (back-pressure). Rejects with the first failure, after what is
   * running has stopped.
   */
  run(units: readonly Unit[], hooks: ExecutorHooks): Promise<void>
  close(): Promise<void>
}

export interface ExecutorHooks {
  readonly onCompletion: (completion: Completion) => Promise<void>
  readonly onProgress: (amount: Progress) => void
  /** Aborted: no further unit starts, and running ones are stopped. */
  readonly signal?: AbortSignal | undefined
}
