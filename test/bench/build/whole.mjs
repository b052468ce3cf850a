// A whole build, compressed JSON lines to packed shards with every default filter, MinHash and decontamination, beside
// datatrove's own steps. See RESULTS.md.
//   npm run build && node test/bench/build/whole.mjs BENCHMARK.jsonl.gz FILES… [--peers PYTHON,PEERS.py] [--runs 3]
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { wholeRecipe, writeInput } from './input.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
  },
})
const [benchmark, ...files] = positionals.map((file) => path.resolve(file))
const peers = values.peers.split(',').filter(Boolean)
const runs = Number(values.runs)
const here = import.meta.dirname
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-whole-'))

/** One document in so many is given to the peers, which are a hundred times slower. */
const PEERS_EVERY = 10

try {
  const sample = []
  let count = 0
  const megabytes = await writeInput(files, path.join(folder, 'input'), (text) => {
    if (count++ % PEERS_EVERY === 0) sample.push(`${JSON.stringify({ id: String(count), text })}\n`)
  })
  writeFileSync(path.join(folder, 'sample.jsonl'), sample.join(''))
  console.log(`Node ${process.versions.node}, ${megabytes.toFixed(1)} MB of text`)
  for (const record of ['first', 'all']) {
    writeFileSync(
      path.join(folder, `${record}.yaml`),
      JSON.stringify(wholeRecipe('input/*.jsonl.zst', benchmark, record)),
    )
    const { cold, warm } = best(record)
    const row = ({ start, refine, rest }) => {
      const rate = megabytes / whole({ start, refine, rest })
      const parts = `start ${start.toFixed(2)} s, refine ${refine.toFixed(2)} s, the rest ${rest.toFixed(2)} s`
      return `whole ${rate.toFixed(2)} MB/s, refine ${(megabytes / refine).toFixed(2)} MB/s (${parts})`
    }
    console.log(`record: ${record}, CPU time, a new process: ${row(cold)}`)
    console.log(`record: ${record}, CPU time, compiled code, empty caches: ${row(warm)}`)
    if (record === 'first') comparePeers(megabytes / whole(cold))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function whole({ start, refine, rest }) {
  return start + refine + rest
}

/** The least time, of `runs` processes. */
function best(record) {
  const all = Array.from({ length: runs }, () => {
    const args = [path.join(here, 'once.mjs'), path.join(folder, `${record}.yaml`), '0', 'cpu']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the build ended with ${status}: ${stderr}`)
    return JSON.parse(stdout)
  })
  const least = (which) => all.map((run) => run[which]).toSorted((a, b) => whole(a) - whole(b))[0]
  return { cold: least('cold'), warm: least('warm') }
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
