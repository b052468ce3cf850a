/**
 * Elapsed time of one worker thread over FILE.jsonl, and of two that take every other document, from UTF-8 as a build has it:
 * documents are pieces of one buffer. The file is gone through PASSES times, the first time with cold caches; as many rounds
 * as asked, of which the best counts. Beside it two threads that only compute, which is what the machine can give.
 *
 *     npm run build && node test/bench/tokenize/workers.mjs FILE.jsonl [mistral-v1|tekken] [PASSES] [ROUNDS]
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'
import { readTexts } from './clock.mjs'

const once = (target, event) => new Promise((resolve) => target.once(event, resolve))

/** Seconds from a signal to all threads until the last has done its part. */
async function measure(workers, data) {
  const threads = Array.from(
    { length: workers },
    (_, number) => new Worker(new URL(import.meta.url), { workerData: { ...data, workers, number } }),
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

const gain = ([alone, both]) => Number((alone / both).toFixed(2))

/** @returns what a thread does after the signal */
function tokenizing({ loaded, bytes, ends, workers, number, passes }) {
  // Memory of its own, as what a thread reads from a file.
  const own = new Uint8Array(bytes)
  const tokenizer = createTokenizer(loaded)
  return () => {
    for (let pass = 0; pass < passes; pass++) {
      for (let i = number; i < ends.length; i += workers) {
        tokenizer.encode(own.subarray(ends[i - 1] ?? 0, ends[i]))
      }
    }
  }
}

function computing({ workers }) {
  const table = new Uint32Array(1 << 12)
  return () => {
    let x = 1
    for (let i = 0; i < 6e8 / workers; i++) {
      x = Math.imul(x ^ i, 0x9e3779b1)
      table[x & 0xfff] ^= x
    }
  }
}

if (isMainThread) {
  const [file, name = 'mistral-v1', passes = '16', rounds = '5'] = process.argv.slice(2)
  const loaded = await loadTokenizer(name)
  const { texts, size } = readTexts(file)
  const bytes = Buffer.from(new SharedArrayBuffer(size))
  let end = 0
  const ends = texts.map((text) => (end += bytes.write(text, end)))
  const tokenize = { loaded, bytes: new Uint8Array(bytes.buffer), ends, passes: Number(passes) }
  const best = { tokenize: [Infinity, Infinity], compute: [Infinity, Infinity] }
  for (let round = 0; round < Number(rounds); round++) {
    for (const workers of [1, 2]) {
      for (const [work, data] of Object.entries({ tokenize, compute: {} })) {
        best[work][workers - 1] = Math.min(best[work][workers - 1], await measure(workers, data))
      }
    }
  }
  const [one, two] = best.tokenize
  const rate = (seconds) => Number(((Number(passes) * size) / 1e6 / seconds).toFixed(1))
  console.log(
    JSON.stringify({
      node: process.version,
      name,
      passes: Number(passes),
      one: rate(one),
      two: rate(two),
      gain: gain(best.tokenize),
      computing: gain(best.compute),
    }),
  )
} else {
  const work = (workerData.loaded === undefined ? computing : tokenizing)(workerData)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort.postMessage('ready')
  await once(parentPort, 'message')
  work()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort.postMessage('done')
}
