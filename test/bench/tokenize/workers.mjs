/**
 * Elapsed seconds of one worker thread over FILE.jsonl, and of two that take every other document; cold caches, best of
 * three. Needs two cores that nothing else uses.
 *
 *     npm run build && node test/bench/tokenize/workers.mjs FILE.jsonl [mistral-v1|tekken]
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'
import { readTexts } from './clock.mjs'

const once = (target, event) => new Promise((resolve) => target.once(event, resolve))

async function measure(loaded, file, workers) {
  const threads = Array.from(
    { length: workers },
    (_, number) => new Worker(new URL(import.meta.url), { workerData: { loaded, file, workers, number } }),
  )
  await Promise.all(threads.map((thread) => once(thread, 'message')))
  const before = performance.now()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  for (const thread of threads) thread.postMessage('go')
  await Promise.all(threads.map((thread) => once(thread, 'message')))
  const seconds = (performance.now() - before) / 1e3
  await Promise.all(threads.map((thread) => thread.terminate()))
  return seconds
}

if (isMainThread) {
  const [file, name = 'mistral-v1'] = process.argv.slice(2)
  const loaded = await loadTokenizer(name)
  const best = [Infinity, Infinity]
  for (let round = 0; round < 3; round++) {
    for (const workers of [1, 2]) {
      best[workers - 1] = Math.min(best[workers - 1], await measure(loaded, file, workers))
    }
  }
  const [one, two] = best
  const { size } = readTexts(file)
  const rate = (seconds) => Number((size / 1e6 / seconds).toFixed(1))
  const gain = Number((one / two).toFixed(2))
  console.log(JSON.stringify({ node: process.version, name, one: rate(one), two: rate(two), gain }))
} else {
  const { loaded, file, workers, number } = workerData
  const texts = readTexts(file).texts.filter((_, at) => at % workers === number)
  const tokenizer = createTokenizer(loaded)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort.postMessage('ready')
  await once(parentPort, 'message')
  for (const text of texts) tokenizer.encode(text)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort.postMessage('done')
}
