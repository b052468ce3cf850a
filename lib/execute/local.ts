import { Worker } from 'node:worker_threads'
import type { Unit } from '../build/step.ts'
import { fromErrorRecord, MillraceError, systemCode } from '../errors.ts'
import type { Completion } from '../journal.ts'
import type { WorkerContext, WorkerMessage, WorkerRequest } from '../workers/protocol.ts'
import type { Executor, ExecutorHooks } from './executor.ts'

/** Runs units on `workers` threads of this process. Threads start with the first unit they get. */
export function createLocalExecutor(workers: number, context: WorkerContext): Executor {
  const threads: WorkerThread[] = []
  return {
    async run(units, hooks) {
      const queue = units[Symbol.iterator]()
      let failed = false
      const serve = async (place: number): Promise<void> => {
        for (const unit of queue) {
          hooks.signal?.throwIfAborted()
          if (failed) return
          threads[place] ??= startThread(context)
          try {
            await hooks.onCompletion(await threads[place].run(unit, hooks))
          } catch (error) {
            failed = true
            throw error
          }
        }
      }
      const serving = Array.from({ length: Math.min(workers, units.length) }, (_, place) => serve(place))
      const settled = await Promise.allSettled(serving)
      const failure = settled.find((outcome) => outcome.status === 'rejected')
      if (failure !== undefined) throw failure.reason
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()))
    },
  }
}

/**
 * MiB. V8 lets garbage pile up in proportion to what a heap may take at most, to four times what is in use where that is
 * 2 GiB or more. A unit uses far less, but for records near the reader's limit.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 12 } as const

interface WorkerThread {
  run(unit: Unit, hooks: ExecutorHooks): Promise<Completion>
  close(): Promise<void>
}

function startThread(context: WorkerContext): WorkerThread {
  // The compiler rewrites the extensions of imports, not of URLs.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`../workers/worker.${extension}`, import.meta.url), {
    workerData: context,
    resourceLimits: HEAP_LIMITS,
  })
  let waiting:
    | { resolve: (completion: Completion) => void; reject: (error: unknown) => void; hooks: ExecutorHooks }
    | undefined
  const settle = (how: (running: NonNullable<typeof waiting>) => void): void => {
    const running = waiting
    waiting = undefined
    if (running !== undefined) how(running)
  }
  worker.on('message', (message: WorkerMessage) => {
    switch (message.kind) {
      case 'progress':
        waiting?.hooks.onProgress(message.amount)
        break
      case 'done':
        settle(({ resolve }) => resolve(message.completion))
        break
      case 'failed':
        settle(({ reject }) => reject(fromErrorRecord(message.error)))
        break
    }
  })
  worker.on('error', (error) => settle(({ reject }) => reject(outOfMemory(error))))
  worker.on('exit', (code) => settle(({ reject }) => reject(stopped(code))))

  return {
    run(unit, hooks) {
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          settle(() => undefined)
          void worker.terminate()
          reject(hooks.signal?.reason instanceof Error ? hooks.signal.reason : stopped(0))
        }
        const done = (): void => hooks.signal?.removeEventListener('abort', abort)
        waiting = {
          hooks,
          resolve: (completion) => {
            done()
            resolve(completion)
          },
          reject: (error) => {
            done()
            reject(error instanceof Error ? error : new Error(String(error)))
          },
        }
        hooks.signal?.addEventListener('abort', abort, { once: true })
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ unit } satisfies WorkerRequest)
      })
    },
    async close() {
      await worker.terminate()
    },
  }
}

/** The error for a heap that reached its limit; any other error as it is. */
function outOfMemory(error: unknown): unknown {
  if (systemCode(error) !== 'ERR_WORKER_OUT_OF_MEMORY') return error
  return new MillraceError(
    'INTERNAL',
    `a worker's JavaScript heap reached its limit of ${HEAP_LIMITS.maxOldGenerationSizeMb} MiB`,
    {
      limit: HEAP_LIMITS.maxOldGenerationSizeMb,
      fix: 'Run with --workers 0 and NODE_OPTIONS=--max-old-space-size=8192: units then run in the main thread, whose limit that is. What is complete is kept.',
    },
    { cause: error },
  )
}

function stopped(code: number): MillraceError {
  return new MillraceError('INTERNAL', `a worker stopped in the middle of a unit (exit code ${code})`, {
    got: code,
    fix: 'Run the same command again: it goes on where it stopped. If memory ran out, use fewer --workers.',
  })
}
