// Speed of filters on one core, all values recorded. See RESULTS.md.
//   npm run build && node test/bench/filters/speed.mjs FILE.jsonl [--filters a,b] [--passes N] [--peers PYTHON PEERS.py]
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { filters } from '../../../dist/filters/index.js'

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    filters: { type: 'string', default: 'gopher-repetition,gopher-quality,c4-quality,fineweb-quality' },
    passes: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: 'Infinity' },
    peers: { type: 'string', multiple: true, default: [] },
  },
})

const documents = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ text: JSON.parse(line).text, id: undefined, url: undefined })),
)
let bytes = 0
const limit = Number(options.megabytes) * 1e6
const sample = []
for (const document of documents) {
  if (bytes >= limit) break
  // A flat copy: what JSON.parse gives may be a rope, which the first pass would pay for.
  sample.push(document)
  bytes += Buffer.byteLength(document.text)
}

const chain = []
for (const name of options.filters.split(',')) {
  const { settings, load, create } = filters[name]
  const parsed = settings.parse({})
  chain.push(create(parsed, await load?.(parsed)))
}

let recorded = 0
let last = 0
const rates = []
for (let pass = 0; pass < Number(options.passes); pass++) {
  const start = performance.now()
  const cpu = process.cpuUsage()
  for (const [at, document] of sample.entries()) {
    // The text comes in anew with each pass, as documents do in a build: views are kept by document.
    const fresh = { ...document }
    for (const judge of chain) recorded += Object.keys(judge(fresh).values).length
    last = at
  }
  if (process.env.CPU) {
    const u = process.cpuUsage(cpu)
    rates.push(bytes / (u.user + u.system))
  } else rates.push(bytes / 1e3 / (performance.now() - start))
}
const [cold, ...warm] = rates.map((rate) => rate.toFixed(1))
console.log(
  JSON.stringify({
    node: process.version,
    filters: options.filters,
    megabytes: Number((bytes / 1e6).toFixed(1)),
    documents: last + 1,
    cold: Number(cold),
    warm: warm.map(Number),
    values: recorded,
    rssMB: Math.round(process.memoryUsage().rss / 1e6),
  }),
)

const [python, peers] = options.peers
if (python !== undefined && peers !== undefined) {
  spawnSync(python, [peers, 'filters', ...files], { stdio: 'inherit' })
}
