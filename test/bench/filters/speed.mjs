// Speed of filters on one core, all values recorded. See RESULTS.md.
//   npm run build && node test/bench/filters/speed.mjs FILE.jsonl [--filters a,b] [--passes N] [--megabytes N]
//     [--peers PYTHON --peers PEERS.py]
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
const rates = { wall: [], cpu: [] }
for (let pass = 0; pass < Number(options.passes); pass++) {
  const start = performance.now()
  const cpu = process.cpuUsage()
  for (const document of sample) {
    // A document of its own in each pass, as in a build: views are kept by document.
    const fresh = { ...document }
    for (const judge of chain) recorded += Object.keys(judge(fresh).values).length
  }
  const { user, system } = process.cpuUsage(cpu)
  rates.wall.push(Number((bytes / 1e3 / (performance.now() - start)).toFixed(1)))
  rates.cpu.push(Number((bytes / (user + system)).toFixed(1)))
}
console.log(
  JSON.stringify({
    filters: options.filters,
    node: process.version,
    megabytes: Number((bytes / 1e6).toFixed(1)),
    documents: sample.length,
    MB_per_s: rates.wall,
    MB_per_cpu_s: rates.cpu,
    values: recorded / Number(options.passes),
    rssMB: Math.round(process.memoryUsage().rss / 1e6),
  }),
)

const [python, peers] = options.peers
if (python !== undefined && peers !== undefined) {
  const work = options.filters === 'language' ? 'language' : 'filters'
  spawnSync(python, [peers, work, ...files], { stdio: 'inherit' })
}
