// What two workers gain over one in a whole build, by the clock, in turn with what the machine gives: two builds of one worker,
// in processes that share nothing, each over half of the same input; and two threads that only compute. See RESULTS.md.
//   npm run build && node test/bench/build/two.mjs BENCHMARK.jsonl.gz FILES… [--times 8] [--passes 3]
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { computeGain } from './compute.mjs'
import { wholeRecipe, writeCopies } from './input.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '8' }, passes: { type: 'string', default: '3' } },
})
const [benchmark, ...files] = positionals.map((file) => path.resolve(file))
const times = Number(values.times)
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-two-'))

/** Builds at the same time, each [recipe, workers], in processes of their own: seconds until the last ends, and their CPU time. */
async function measure(...builds) {
  const before = performance.now()
  const cpu = await Promise.all(builds.map((each) => run(...each)))
  return { wall: (performance.now() - before) / 1e3, cpu: cpu.reduce((sum, seconds) => sum + seconds, 0) }
}

async function run(recipe, workers) {
  const script = path.join(import.meta.dirname, 'once.mjs')
  const child = spawn(
    process.execPath,
    [script, path.join(folder, `${recipe}.yaml`), String(workers), 'wall'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let said = ''
  child.stdout.on('data', (text) => (said += text))
  const status = await new Promise((resolve) => child.once('close', resolve))
  if (status !== 0) throw new Error(`the build of ${recipe} ended with ${status}`)
  return JSON.parse(said).cpu
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

try {
  const megabytes = await writeCopies(files, path.join(folder, 'input'), times)
  for (const [name, glob] of Object.entries({ whole: '*', half0: '0', half1: '1' })) {
    const recipe = wholeRecipe(`input/${glob}/*.jsonl.zst`, benchmark)
    writeFileSync(path.join(folder, `${name}.yaml`), JSON.stringify(recipe))
  }
  console.log(`Node ${process.versions.node}, ${megabytes.toFixed(0)} MB of text`)
  const kinds = {
    'one worker': [['whole', 1]],
    'two workers': [['whole', 2]],
    'two processes': [
      ['half0', 1],
      ['half1', 1],
    ],
  }
  const gains = { 'two workers': [], 'two processes': [], 'two threads that only compute': [] }
  for (let pass = 0; pass < Number(values.passes); pass++) {
    const seconds = {}
    for (const [kind, builds] of Object.entries(kinds)) {
      seconds[kind] = await measure(...builds)
      const { wall, cpu } = seconds[kind]
      console.log(`${kind}: ${wall.toFixed(2)} s by the clock, ${cpu.toFixed(2)} s of CPU time`)
      gains[kind]?.push(seconds['one worker'].wall / wall)
    }
    gains['two threads that only compute'].push(await computeGain())
  }
  for (const [kind, all] of Object.entries(gains)) {
    const each = all.map((gain) => gain.toFixed(2)).join(', ')
    console.log(`${kind}: ${median(all).toFixed(2)} x one, the median of ${each}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
