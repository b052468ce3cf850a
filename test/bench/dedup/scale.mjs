// Clusters the keys of generated documents with the build's own steps, one unit after another in one thread: how long, and
// in how much memory? See RESULTS.md.
//   npm run build && node test/bench/dedup/scale.mjs 1000000 5000000 20000000
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { components, match } from '../../../dist/lib/build/dedup-match.js'
import { keyRanges, rangeBits, writeRun } from '../../../dist/lib/build/runs.js'
import { withScratch } from '../../../dist/lib/kernels/scratch.js'

const BANDS = 16
const WIDTH = 3
const PART = 100_000
/** One document in so many is a near-copy of the one before it, and shares half of its keys. */
const COPIES = 10
/** As `lib/build/dedup.ts` has them. */
const BYTES_PER_RANGE = 8 << 20

const [mode, ...rest] = process.argv.slice(2)
if (mode === 'generate') await generate(rest[0], Number(rest[1]))
else if (mode === 'cluster') await cluster(rest[0], Number(rest[1]))
else {
  for (const documents of [mode, ...rest].map(Number)) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-scale-'))
    const run = (step) =>
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), step, folder, String(documents)], {
        encoding: 'utf8',
      })
    try {
      run('generate')
      process.stdout.write(run('cluster'))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function parts(documents) {
  return Array.from({ length: Math.ceil(documents / PART) }, (_, index) => {
    const own = Math.min(PART, documents - index * PART)
    return {
      path: `part-${index}`,
      source: 'web',
      files: [],
      records: own,
      documents: own,
      keys: own * BANDS,
    }
  })
}

async function generate(folder, documents) {
  const rows = new Uint32Array(PART * BANDS * WIDTH)
  for (const [index, { path: name, documents: own }] of parts(documents).entries()) {
    let at = 0
    for (let local = 0; local < own; local++) {
      const document = index * PART + local
      for (let band = 0; band < BANDS; band++) {
        const isCopied = document % COPIES === 1 && band % 2 === 0
        const seed = (isCopied ? document - 1 : document) * BANDS + band
        rows[at++] = mixed(seed, 0x9e3779b1)
        rows[at++] = mixed(seed, 0x85ebca77)
        rows[at++] = local
      }
    }
    await writeRun(path.join(folder, `${name}.keys`), rows.subarray(0, at), WIDTH)
  }
  writeFileSync(path.join(folder, 'parts.json'), JSON.stringify(parts(documents)))
}

/** 32 bits of a number below 2^53. */
function mixed(value, factor) {
  let hash = Math.imul((value | 0) ^ Math.imul(Math.floor(value / 2 ** 32) + 1, 0x2c1b3c6d), factor)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c9277b5)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

async function cluster(folder, documents) {
  mkdirSync(path.join(folder, 'edges'))
  const started = performance.now()
  const before = process.cpuUsage()
  const context = { folder, progress: () => undefined }
  const results = []
  const bits = rangeBits(documents * BANDS, BYTES_PER_RANGE / (WIDTH * 4))
  for (const range of keyRanges(bits)) {
    const input = { range, parts: 'parts.json', path: `edges/${range.index}` }
    const { result } = await withScratch((scratch) => match.run(input, { ...context, scratch }))
    results.push(result)
  }
  const matched = performance.now()
  const { result } = await withScratch((scratch) =>
    components.run({ matches: results, parts: 'parts.json', path: 'members' }, { ...context, scratch }),
  )
  const { user, system } = process.cpuUsage(before)
  const [, resident = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  const keyBytes = parts(documents).reduce(
    (sum, { path: name }) => sum + statSync(path.join(folder, `${name}.keys`)).size,
    0,
  )
  const expected = Math.floor((documents + COPIES - 2) / COPIES)
  if (result.components !== expected) throw new Error(`${result.components} components, not ${expected}`)
  const cells = [
    documents.toLocaleString('en'),
    `${(keyBytes / 1e9).toFixed(2)} GB`,
    String(2 ** bits),
    `${((matched - started) / 1000).toFixed(1)} s`,
    `${((performance.now() - matched) / 1000).toFixed(1)} s`,
    `${((user + system) / 1e6).toFixed(1)} s`,
    `${Math.round(Number(resident) / 1024)} MiB`,
    result.components.toLocaleString('en'),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
