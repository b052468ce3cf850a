// Emitting alone, pools to written `megatron` and `packed` shards, and the shuffle before it, on one core. See RESULTS.md.
//   npm run build && node test/bench/emit/emit.mjs [MEGABYTES of token bytes, 400] [WORKERS, 0: none]
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { megatron } from '../../../dist/lib/formats/megatron.js'
import { build } from '../../../dist/lib/index.js'
import { resolveRecipe } from '../../../dist/lib/recipe/load.js'

const megabytes = Number(process.argv[2] ?? 400)
const workers = Number(process.argv[3] ?? 0)
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
  await build(loaded, { out: path.join(folder, 'out'), workers, onEvent })
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
  copyPlainly('work/pools', 'shuffle')
  copyPlainly('shards', 'emit')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** What the disk and the system ask for the bytes that a step wrote: read, written by the megabyte and synced, no more. */
function copyPlainly(written, step) {
  const from = path.join(folder, 'out', written)
  const files = readdirSync(from, { recursive: true }).filter((file) =>
    statSync(path.join(from, file)).isFile(),
  )
  const buffer = Buffer.alloc(1 << 20)
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  let bytes = 0
  for (const [at, file] of files.entries()) {
    const input = openSync(path.join(from, file), 'r')
    const output = openSync(path.join(folder, `copy-${step}-${at}`), 'w')
    for (let read = readSync(input, buffer); read > 0; read = readSync(input, buffer))
      bytes += writeSync(output, buffer, 0, read)
    fsyncSync(output)
    closeSync(output)
    closeSync(input)
  }
  const used = process.cpuUsage(cpu)
  console.log(
    `copy of what ${step} wrote, ${Math.round(bytes / 1e6)} MB | ${((used.user + used.system) / 1e6).toFixed(2)} s of CPU, ${((performance.now() - wall) / 1000).toFixed(2)} s`,
  )
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
