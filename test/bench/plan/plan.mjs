/**
 * Seconds that `millrace plan` takes, start-up included, over a recipe of full size: 2T tokens, 3 stages with cosine transitions and
 * 4 phases, SOURCES sources of declared sizes. Best of RUNS processes, by the clock and by CPU time.
 *
 *     npm run build && node test/bench/plan/plan.mjs [SOURCES] [RUNS]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const [sources = '60', runs = '5'] = process.argv.slice(2)
const names = Array.from({ length: Number(sources) }, (_, i) => `s${i}`)
const recipe = {
  name: 'full-size',
  tokenizer: 'mistral-v1',
  sources: Object.fromEntries(
    names.map((name, i) => [
      name,
      {
        files: [`none/${name}/*.jsonl`],
        license: 'CC-BY-4.0',
        acquisition: 'public',
        tokens: `${5 + (i % 7) * 20}B`,
        maxEpochs: 8,
        onExhausted: 'repeat',
        filters: ['gopher-quality', 'language'],
      },
    ]),
  ),
  stages: ['1400B', '400B', '200B'].map((tokens, stage) => ({
    name: `stage-${stage}`,
    tokens,
    ...(stage === 0 ? {} : { transition: { shape: 'cosine', tokens: '10B' } }),
    mix: Object.fromEntries(names.map((name, i) => [name, 1 + ((i * (stage + 3)) % 11)])),
  })),
  phases: [
    { sequenceLength: 2048, tokens: '1400B' },
    { sequenceLength: 4096, tokens: '200B' },
    { sequenceLength: 8192, tokens: '200B' },
    { sequenceLength: 16_384 },
  ],
}

/** At the end of the process, on standard error: seconds of all its threads. */
const PRINT_CPU_TIME =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write(String((user+system)/1e6))})'

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-plan-'))
const file = path.join(folder, 'recipe.json')
const program = path.join(import.meta.dirname, '../../../dist/lib/cli/main.js')
try {
  writeFileSync(file, JSON.stringify(recipe))
  const best = { clock: Infinity, cpu: Infinity }
  for (let run = 0; run < Number(runs); run++) {
    const clock = performance.now()
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', PRINT_CPU_TIME, program, 'plan', file],
      {
        encoding: 'utf8',
      },
    )
    if (status !== 0) throw new Error(stderr)
    best.clock = Math.min(best.clock, (performance.now() - clock) / 1e3)
    best.cpu = Math.min(best.cpu, Number(/[\d.]+$/u.exec(stderr)?.[0]))
  }
  console.log(
    JSON.stringify({
      node: process.version,
      sources: names.length,
      clock: Number(best.clock.toFixed(2)),
      cpu: Number(best.cpu.toFixed(2)),
    }),
  )
} finally {
  rmSync(folder, { recursive: true })
}
