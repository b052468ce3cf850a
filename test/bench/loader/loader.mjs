// How many tokens a second a plain PyTorch DataLoader gives over `packed` shards, on one core. See RESULTS.md.
//   npm run build && node test/bench/loader/loader.mjs PYTHON [MILLIONS of tokens a sequence length, 40]
// PYTHON has torch and pyarrow (examples/train-tiny/requirements.txt). Linux: `taskset` holds it on one core.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { megatron } from '../../../dist/lib/formats/megatron.js'
import { build } from '../../../dist/lib/index.js'
import { resolveRecipe } from '../../../dist/lib/recipe/load.js'

const [python = 'python3', millions = '40'] = process.argv.slice(2)
const tokens = Number(millions) * 1e6
const lengths = [2048, 16_384]
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-loader-'))
try {
  await generate(path.join(folder, 'tokens'))
  const loaded = await resolveRecipe(
    {
      name: 'loader',
      tokenizer: 'mistral-v1',
      sources: {
        web: {
          files: ['tokens/*.bin'],
          license: 'CC0-1.0',
          acquisition: 'synthetic',
          tokenized: { specials: 'keep' },
        },
      },
      dedup: [],
      stages: [{ name: 'base', tokens: tokens * lengths.length, mix: { web: 1 } }],
      phases: lengths.map((sequenceLength, at) => ({
        sequenceLength,
        ...(at + 1 < lengths.length && { tokens }),
        packing: 'best-fit',
      })),
      output: { formats: ['packed'], shardTokens: 20e6 },
    },
    { directory: folder },
  )
  const out = path.join(folder, 'out')
  await build(loaded, { out, workers: 2 })
  const script = path.join(import.meta.dirname, 'loader.py')
  const { status } = spawnSync('taskset', ['-c', '0', python, script, out], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Documents of 50 to 4,000 tokens, 1,040 in the mean, in shards of 20M; 2 % more than the run asks for. */
async function generate(into) {
  mkdirSync(into)
  let state = 1
  const random = () => ((state = Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  const block = Uint16Array.from({ length: 1 << 16 }, () => 3 + Math.floor(random() * 31_997))
  for (let shard = 0, left = tokens * lengths.length * 1.02; left > 0; shard++, left -= 20e6) {
    const base = path.join(into, String(shard).padStart(3, '0'))
    const writer = await megatron.create({
      base,
      vocabularySize: 32_000,
      tokenizer: {},
      sequenceLength: 2048,
      masked: false,
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
