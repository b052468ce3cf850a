/** The code of a worker thread: runs the units it is sent, one at a time. */
import { parentPort, workerData } from 'node:worker_threads'
import { registerFilters } from '../../filters/own-filters.ts'
import { runUnit } from '../build/run-unit.ts'
import { toErrorRecord } from '../errors.ts'
import type { WorkerContext, WorkerMessage, WorkerRequest } from './protocol.ts'

// `workerData` and messages are what lib/execute/local.ts sends.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const context = workerData as WorkerContext
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const send = (message: WorkerMessage): void => parentPort?.postMessage(message)

const ready = registerFilters(context.recipe.modules, context.directory)

parentPort?.on('message', ({ unit }: WorkerRequest) => {
  ready
    .then(() => runUnit(unit, { ...context, progress: (amount) => send({ kind: 'progress', amount }) }))
    .then(
      (completion) => send({ kind: 'done', completion }),
      (error: unknown) => send({ kind: 'failed', error: toErrorRecord(error) }),
    )
})
