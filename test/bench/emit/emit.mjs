// Emitting alone, pools to written `megatron` and `packed` shards, and the shuffle before it, on one core. See RESULTS.md.
//   npm run build && node test/bench/emit/emit.mjs [MEGABYTES of token bytes, 400]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { megatron } from '../../../dist/lib/formats/megatron.js'
import { build } from '../../../dist/lib/index.js'
import { resolveRecipe } from '../../../dist/lib/recipe/load.js'

const megabytes = Number(process.argv[2] ?? 400)
const tokens = (megabytes * 1e6) / 2
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-emit-'))
try {
  await generate(path.join(folder, 'tokens'))
  const recipe = {
    name: 'emit',
    sources: {
      one: source('one'),
      two: source('two'),
    },
    dedup: [],
    stages: [{ name: 'base', tokens: Math.floor(tokens * 0.98), mix: { one: 1, two: 1 } }],
    phases: [{ sequenceLength: 2048, packing: 'best-fit' }],
    output: { formats: ['megatron', 'packed'], shardTokens: 20e6 },
  }
  const loaded = await resolveRecipe(recipe, { directory: folder })
  const steps = []
  let resident = 0
  const onEvent = (event) => {
    resident = Math.max(resident, process.memoryUsage.rss())
    if (event.kind !== 'step') return
    steps.push({ step: event.step, cpu: process.cpuUsage(), wall: performance.now(), resident })
    resident = 0
  }
  await build(loaded, { out: path.join(folder, 'out'), workers: 0, onEvent })
  steps.push({ step: 'end', cpu: process.cpuUsage(), wall: performance.now(), resident })
  for (const [at, { step, cpu, wall }] of steps.slice(0, -1).entries()) {
    const next = steps[at + 1]
    const seconds = (next.cpu.user + next.cpu.system - cpu.user - cpu.system) / 1e6
    console.log(
      [
        step.padEnd(8),
        `${seconds.toFixed(2)} s of CPU, ${((next.wall - wall) / 1000).toFixed(2)} s`,
        `${(megabytes / seconds).toFixed(0)} MB of token bytes a second of CPU`,
        `resident at most ${Math.round(next.resident / 2 ** 20)} MiB`,
      ].join(' | '),
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function source(name) {
  const files = [`tokens/${name}-*.bin`]
  return {
    files,
    license: 'CC0-1.0',
    acquisition: 'synthetic',
    tokenized: { specials: 'keep' },
    maxEpochs: 2,
  }
}

/** Documents of 50 to 4,000 tokens, most of them short, as shards of 20M tokens of two sources. */
async function generate(into) {
  mkdirSync(into)
  let state = 1
  const random = () => ((state = Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  const block = Uint16Array.from({ length: 1 << 16 }, () => 3 + Math.floor(random() * 31_997))
  for (const name of ['one', 'two']) {
    for (let shard = 0, left = tokens / 2; left > 0; shard++, left -= 20e6) {
      const base = path.join(into, `${name}-${String(shard).padStart(3, '0')}`)
      const writer = await megatron.create({
        base,
        vocabularySize: 32_000,
        tokenizer: {},
        sequenceLength: 2048,
      })
      for (let written = 0; written < Math.min(left, 20e6); ) {
        const length = Math.floor(50 + 3950 * random() ** 3)
        const start = Math.floor(random() * (block.length - length))
        const ids = block.slice(start, start + length)
        ids[0] = Math.floor(random() * 32_000)
        await writer.write(ids)
        written += length
      }
      await writer.close()
    }
  }
}
