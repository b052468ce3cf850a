// A whole build, compressed JSON lines to packed shards with every default filter, MinHash and decontamination, beside
// datatrove's own steps. See RESULTS.md.
//   npm run build && node test/bench/build/whole.mjs BENCHMARK.jsonl.gz FILES… [--peers PYTHON,PEERS.py] [--runs 3] [--times 4]
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { readerFor, readItems } from '../../../dist/lib/readers/index.js'
import { compressZstd } from '../../../dist/lib/storage/zstd.js'
import { computeGain } from './compute.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
    times: { type: 'string', default: '4' },
  },
})
const [benchmark, ...files] = positionals.map((file) => path.resolve(file))
const peers = values.peers.split(',').filter(Boolean)
const runs = Number(values.runs)
const times = Number(values.times)
const here = import.meta.dirname
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-whole-'))

/** Text of an input file; a corpus on disk has many. */
const FILE_BYTES = 4e6
/** One document in so many is given to the peers, which are a hundred times slower. */
const PEERS_EVERY = 10

/** Every default filter, the benchmark, and one stage that emits what is left, once. */
const recipe = (record) => ({
  name: 'whole',
  sources: {
    web: {
      files: ['input/*.jsonl.zst'],
      license: 'NOASSERTION',
      acquisition: 'crawl',
      maxEpochs: 1,
      onExhausted: 'stop',
      maxRemoval: 1,
      record,
      filters: [
        'url',
        'language',
        'gopher-repetition',
        'gopher-quality',
        'c4-quality',
        'fineweb-quality',
        'code-exclusion',
        'pii',
      ],
    },
  },
  dedup: ['exact', 'minhash'],
  decontaminate: { benchmarks: [{ file: benchmark, as: 'gsm8k' }] },
  stages: [{ name: 'base', tokens: '1B', mix: { web: 1 } }],
  phases: [{ sequenceLength: 2048 }],
  output: { formats: ['packed', 'megatron'] },
})

try {
  const megabytes = await writeInput()
  console.log(`Node ${process.versions.node}, ${megabytes.toFixed(1)} MB of text`)
  for (const record of ['first', 'all']) {
    writeFileSync(path.join(folder, `${record}.yaml`), JSON.stringify(recipe(record)))
    const { cold, warm } = best(record, 0, 'cpu')
    const row = ({ start, refine, rest }) => {
      const rate = megabytes / whole({ start, refine, rest })
      const parts = `start ${start.toFixed(2)} s, refine ${refine.toFixed(2)} s, the rest ${rest.toFixed(2)} s`
      return `whole ${rate.toFixed(2)} MB/s, refine ${(megabytes / refine).toFixed(2)} MB/s (${parts})`
    }
    console.log(`record: ${record}, CPU time, a new process: ${row(cold)}`)
    console.log(`record: ${record}, CPU time, compiled code, empty caches: ${row(warm)}`)
    if (record === 'first') comparePeers(megabytes / whole(cold))
  }
  // A long input, so that starting is not what is measured: the files again. Every copy is refined; dedup leaves one.
  for (const file of readdirSync(path.join(folder, 'input'))) {
    for (let copy = 1; copy < times; copy++)
      copyFileSync(path.join(folder, 'input', file), path.join(folder, 'input', `${copy}-${file}`))
  }
  const before = await computeGain()
  const [one, two] = [1, 2].map((workers) => best('first', workers, 'wall').cold)
  for (const [at, seconds] of [one, two].entries()) {
    const steps = `start ${seconds.start.toFixed(2)}, refine ${seconds.refine.toFixed(2)}, the rest ${seconds.rest.toFixed(2)}`
    console.log(
      `${at + 1} workers, wall time, ${(megabytes * times).toFixed(0)} MB: ${whole(seconds).toFixed(2)} s (${steps})`,
    )
  }
  const gains = [before, await computeGain()].map((gain) => gain.toFixed(2)).join(' before, ')
  console.log(`two threads that only compute: ${gains} x one after`)
  console.log(
    `two workers: ${(whole(one) / whole(two)).toFixed(2)} x one, ${(one.refine / two.refine).toFixed(2)} x in refine`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function whole({ start, refine, rest }) {
  return start + refine + rest
}

/** The least time, of `runs` processes. */
function best(record, workers, clock) {
  const all = Array.from({ length: runs }, () => {
    const args = [path.join(here, 'once.mjs'), path.join(folder, `${record}.yaml`), String(workers), clock]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the build ended with ${status}: ${stderr}`)
    return JSON.parse(stdout)
  })
  const least = (which) => all.map((run) => run[which]).toSorted((a, b) => whole(a) - whole(b))[0]
  return { cold: least('cold'), warm: least('warm') }
}

/** The documents in files as a corpus has them, and a sample as plain JSON lines for the peers; megabytes of their text. */
async function writeInput() {
  mkdirSync(path.join(folder, 'input'))
  const sample = []
  let [rows, bytes, total, count, written] = [[], 0, 0, 0, 0]
  const flush = async () => {
    const name = `${String(written++).padStart(4, '0')}.jsonl.zst`
    writeFileSync(path.join(folder, 'input', name), await compressZstd(Buffer.from(rows.join(''))))
    rows = []
    bytes = 0
  }
  for (const file of files) {
    const { name } = await readerFor(file, undefined)
    for await (const items of readItems(file, name, {})) {
      for (const { value } of items) {
        const { id, text, url } = value
        const size = Buffer.byteLength(text)
        rows.push(`${JSON.stringify({ id, text, url })}\n`)
        if (count++ % PEERS_EVERY === 0) sample.push(`${JSON.stringify({ id: String(count), text })}\n`)
        bytes += size
        total += size
        if (bytes >= FILE_BYTES) await flush()
      }
    }
  }
  if (rows.length > 0) await flush()
  writeFileSync(path.join(folder, 'sample.jsonl'), sample.join(''))
  return total / 1e6
}

/** datatrove's steps over the sample: each over all of it, and in order over what the ones before left. */
function comparePeers(ours) {
  const [python, script] = peers
  if (python === undefined || script === undefined) return
  const sample = path.join(folder, 'sample.jsonl')
  // By CPU time, as ours: on a busy machine the time of a clock is not the work's.
  const timed =
    'import runpy, sys, time; time.perf_counter = time.process_time; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name="__main__")'
  const rows = (args) =>
    execFileSync(python, ['-c', timed, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row))
  const rates = {}
  for (const work of ['language', 'filters', 'minhash', 'tokenize']) {
    const own = rows([script, work, sample, '--megabytes', '1000']).find(({ peer }) =>
      /all four|datatrove .* signature|fastText|^tokenizers/.test(peer),
    )
    console.log(`  ${own.peer}: ${own.MB_per_s} MB/s`)
    rates[work] = own.MB_per_s
  }
  const sum = Object.values(rates).reduce((total, rate) => total + 1 / rate, 0)
  console.log(
    `datatrove, the sum of its steps: ${(1 / sum).toFixed(3)} MB/s; ours is ${(ours * sum).toFixed(1)} x`,
  )
  const [{ MB, left_MB: left, steps }] = rows([path.join(here, 'in_order.py'), sample])
  const seconds = Object.values(steps).reduce((total, [each]) => total + each, left / rates.tokenize)
  const rate = MB / seconds
  console.log(
    `  seconds, and documents left: ${JSON.stringify(steps)}, ${left.toFixed(2)} of ${MB.toFixed(2)} MB`,
  )
  console.log(`datatrove, its steps in order: ${rate.toFixed(3)} MB/s; ours is ${(ours / rate).toFixed(1)} x`)
}
