import { runUnit } from '../build/run-unit.ts'
import type { SharedContext } from '../build/step.ts'
import type { Executor } from './executor.ts'

/** Runs units one after the other on the calling thread: for tests, small builds and debuggers. */
export function createInProcessExecutor(context: SharedContext): Executor {
  return {
    async run(units, { onCompletion, onProgress, signal }) {
      for (const unit of units) {
        signal?.throwIfAborted()
        await onCompletion(await runUnit(unit, { ...context, progress: onProgress }))
      }
    },
    async close() {},
  }
}
