// Two threads that only compute beside one: what the machine gives two workers at most. Used by two.mjs.
// oxlint-disable unicorn/require-post-message-target-origin -- threads, not windows
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const STEPS = 2e9
const ROUNDS = 3

const once = (target, event) => new Promise((resolve) => target.once(event, resolve))

/** How many times as fast two threads are as one, by the best of the rounds. */
export async function computeGain() {
  const best = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round++) {
    for (const threads of [1, 2]) best[threads - 1] = Math.min(best[threads - 1], await seconds(threads))
  }
  return best[0] / best[1]
}

async function seconds(threads) {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { workerData: STEPS / threads }),
  )
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const before = performance.now()
  for (const worker of workers) worker.postMessage('go')
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const elapsed = (performance.now() - before) / 1e3
  await Promise.all(workers.map((worker) => worker.terminate()))
  return elapsed
}

if (!isMainThread) {
  parentPort.postMessage('ready')
  parentPort.once('message', () => {
    let x = 1
    for (let i = 0; i < workerData; i++) x = Math.imul(x ^ i, 0x9e3779b1)
    parentPort.postMessage(x)
  })
}
