// A whole build, compressed JSON lines to packed shards with every default filter, MinHash and decontamination, beside the
// sum of datatrove's own steps. See RESULTS.md.
//   npm run build && node test/bench/build/whole.mjs WEB.jsonl.zst BENCHMARK.jsonl.gz [PEERS_PYTHON PEERS.py]
import { execFileSync, spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build, loadRecipe } from '../../../dist/lib/index.js'
import { readItems } from '../../../dist/lib/readers/index.js'

const [web, benchmark, python, peers] = process.argv.slice(2).map((file) => path.resolve(file))
const cli = new URL('../../../dist/lib/cli/main.js', import.meta.url).pathname
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-whole-'))

/** Every default filter, the benchmark, and one stage over what is left. */
const recipe = {
  name: 'whole',
  sources: {
    web: {
      files: [web],
      license: 'NOASSERTION',
      acquisition: 'crawl',
      maxEpochs: 4,
      maxRemoval: 1,
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
  stages: [{ name: 'base', tokens: '300K', mix: { web: 1 } }],
  phases: [{ sequenceLength: 2048 }],
  output: { formats: ['packed', 'megatron'] },
}

function line(what, rate, more = '') {
  console.log(`${what}: ${rate.toFixed(2)} MB of input text a second${more}`)
}

try {
  writeFileSync(path.join(folder, 'recipe.yaml'), JSON.stringify(recipe))
  const megabytes = await writePlain(path.join(folder, 'web.jsonl'))

  const started = process.cpuUsage()
  const loaded = await loadRecipe(path.join(folder, 'recipe.yaml'))
  await build(loaded, { out: path.join(folder, 'one'), workers: 0 })
  const { user, system } = process.cpuUsage(started)
  const ours = (megabytes * 1e6) / (user + system)
  line(`Node ${process.versions.node}, one thread, CPU time, ${megabytes.toFixed(1)} MB`, ours)

  const seconds = [1, 2].map((workers) => {
    const from = performance.now()
    const args = [cli, 'build', path.join(folder, 'recipe.yaml'), '--out', path.join(folder, `w${workers}`)]
    const { status } = spawnSync(process.execPath, [...args, '--workers', String(workers)])
    if (status !== 0) throw new Error(`the build with ${workers} workers ended with ${status}`)
    return (performance.now() - from) / 1000
  })
  for (const [at, each] of seconds.entries())
    line(`${at + 1} workers, wall time with start-up, ${each.toFixed(1)} s`, megabytes / each)
  console.log(`two workers: ${(seconds[0] / seconds[1]).toFixed(2)} x one`)

  if (python !== undefined) {
    // Seconds a megabyte of each step, one after the other, as datatrove's pipeline runs them.
    const steps = { filters: 2, minhash: 4, language: 10, tokenize: 4 }
    let sum = 0
    for (const [work, limit] of Object.entries(steps)) {
      const args = [peers, work, path.join(folder, 'web.jsonl'), '--megabytes', String(limit)]
      const printed = execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      const rows = printed
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row))
      const own = rows.find(({ peer }) => /all four|datatrove .* signature|fastText|^tokenizers/.test(peer))
      console.log(`  ${own.peer}: ${own.MB_per_s} MB a second`)
      sum += 1 / own.MB_per_s
    }
    line('datatrove’s steps together', 1 / sum, `: ours is ${(ours * sum).toFixed(1)} x`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The documents as plain JSON lines, for the peers; megabytes of their text. */
async function writePlain(file) {
  const output = createWriteStream(file)
  let bytes = 0
  for await (const items of readItems(web, 'jsonl', {})) {
    for (const { value } of items) {
      bytes += Buffer.byteLength(value.text)
      output.write(`${JSON.stringify({ text: value.text })}\n`)
    }
  }
  await new Promise((resolve) => output.end(resolve))
  return bytes / 1e6
}
