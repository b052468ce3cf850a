import type { Progress, SharedContext, Unit } from '../build/step.ts'
import type { ErrorRecord } from '../errors.ts'
import type { Completion } from '../journal.ts'

/** What a worker gets when it starts. Tables hold SharedArrayBuffers, which are not copied. */
export type WorkerContext = SharedContext

/** Main thread → worker: one unit at a time. */
export interface WorkerRequest {
  readonly unit: Unit
}

/** Worker → main thread. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly amount: Progress }
  | { readonly kind: 'done'; readonly completion: Completion }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
