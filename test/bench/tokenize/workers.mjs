/**
 * Elapsed time of one worker thread over FILE.jsonl, and of two that take every other document, from UTF-8 as a build has it:
 * documents are pieces of one buffer. The file is gone through PASSES times, the first time with cold caches; as many rounds
 * as asked, of which the best counts. Beside it the same work in processes, which share nothing but the machine; and threads
 * that read memory at random, 4 MB each, and that only compute, which is what the machine can give.
 *
 *     npm run build && node test/bench/tokenize/workers.mjs FILE.jsonl [mistral-v1|tekken] [PASSES] [ROUNDS]
 */
import { fork } from 'node:child_process'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'
import { readTexts } from './clock.mjs'

const once = (target, event) => new Promise((resolve) => target.once(event, resolve))

/** A thread or a process, waiting for its signal. */
async function start(how, data) {
  const worker =
    how === 'process'
      ? fork(import.meta.filename, [], { env: { ...process.env, WORK: JSON.stringify(data) } })
      : new Worker(new URL(import.meta.url), { workerData: data })
  await once(worker, 'message')
  return worker
}

/** Seconds from a signal to all until the last has done its part. */
async function measure(count, { how, ...data }) {
  const workers = await Promise.all(
    Array.from({ length: count }, (_, number) => start(how, { ...data, count, number })),
  )
  const before = performance.now()
  for (const worker of workers) {
    if (how === 'process') worker.send('go')
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    else worker.postMessage('go')
  }
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const seconds = (performance.now() - before) / 1e3
  await Promise.all(workers.map((worker) => (how === 'process' ? worker.kill() : worker.terminate())))
  return seconds
}

/** The texts' UTF-8 in one buffer, and where each ends. */
function readBytes(file) {
  const { texts, size } = readTexts(file)
  const bytes = Buffer.from(new SharedArrayBuffer(size))
  let end = 0
  const ends = texts.map((text) => (end += bytes.write(text, end)))
  return { bytes: new Uint8Array(bytes.buffer), ends, size }
}

/** What a worker does after the signal. */
const WORKS = {
  async tokenize({ file, name, loaded, read, count, number, passes }) {
    const { bytes, ends } = read ?? readBytes(file)
    // Memory of its own, as what a thread reads from a file.
    const own = new Uint8Array(bytes)
    const tokenizer = createTokenizer(loaded ?? (await loadTokenizer(name)))
    return () => {
      for (let pass = 0; pass < passes; pass++) {
        for (let i = number; i < ends.length; i += count) {
          tokenizer.encode(own.subarray(ends[i - 1] ?? 0, ends[i]))
        }
      }
    }
  },
  compute: ({ count }) => touching(1 << 12, 6e8 / count),
  memory: ({ count }) => touching(1 << 20, 6e7 / count),
}

/** Steps that each change one of so many words. */
function touching(words, steps) {
  const table = new Uint32Array(words).fill(1)
  return () => {
    let x = 1
    for (let i = 0; i < steps; i++) {
      x = Math.imul(x ^ i, 0x9e3779b1)
      table[(x >>> 8) & (words - 1)] ^= x
    }
  }
}

async function main() {
  const [file, name = 'mistral-v1', passes = '16', rounds = '5'] = process.argv.slice(2)
  const { size, ...read } = readBytes(file)
  const common = { work: 'tokenize', file, name, passes: Number(passes) }
  const kinds = {
    threads: { ...common, how: 'thread', read, loaded: await loadTokenizer(name) },
    processes: { ...common, how: 'process' },
    memory: { work: 'memory', how: 'thread' },
    computing: { work: 'compute', how: 'thread' },
  }
  const best = new Map(Object.keys(kinds).map((kind) => [kind, [Infinity, Infinity]]))
  for (let round = 0; round < Number(rounds); round++) {
    for (const count of [1, 2]) {
      for (const [kind, seconds] of best) {
        seconds[count - 1] = Math.min(seconds[count - 1], await measure(count, kinds[kind]))
      }
    }
  }
  const rate = (seconds) => Number(((passes * size) / 1e6 / seconds).toFixed(1))
  const [one, two] = best.get('threads').map(rate)
  const gains = Array.from(best, ([kind, [alone, both]]) => [kind, Number((alone / both).toFixed(2))])
  console.log(
    JSON.stringify({
      node: process.version,
      name,
      passes: Number(passes),
      one,
      two,
      ...Object.fromEntries(gains),
    }),
  )
}

/** In a thread or process: gets ready, waits for the signal, works. */
async function work(data, channel, say) {
  const run = await WORKS[data.work](data)
  say('ready')
  await once(channel, 'message')
  run()
  say('done')
}

if (process.send !== undefined && isMainThread) {
  await work(JSON.parse(process.env.WORK), process, (word) => process.send(word))
} else if (isMainThread) await main()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
else await work(workerData, parentPort, (word) => parentPort.postMessage(word))
