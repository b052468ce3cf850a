// What whole.mjs, two.mjs and threads.mjs build: the documents as a corpus has them, and a recipe with every default step.
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readerFor, readItems } from '../../../dist/lib/readers/index.js'
import { compressZstd } from '../../../dist/lib/storage/zstd.js'

/** Text of an input file; a corpus on disk has many. */
const FILE_BYTES = 4e6

/** Every default filter, the benchmark, and one stage that emits what is left, once. */
export function wholeRecipe(files, benchmark, record = 'first') {
  return {
    name: 'whole',
    sources: {
      web: {
        files: [files],
        license: 'NOASSERTION',
        acquisition: 'crawl',
        maxEpochs: 1,
        onExhausted: 'stop',
        maxRemoval: 1,
        record,
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
    stages: [{ name: 'base', tokens: '1B', mix: { web: 1 } }],
    phases: [{ sequenceLength: 2048 }],
    output: { formats: ['packed', 'megatron'] },
  }
}

/** Writes the documents of `files` into `folder`; megabytes of their text. `onText` is told each. */
export async function writeInput(files, folder, onText = () => undefined) {
  mkdirSync(folder, { recursive: true })
  let [rows, bytes, total, written] = [[], 0, 0, 0]
  const flush = async () => {
    const name = `${String(written++).padStart(4, '0')}.jsonl.zst`
    writeFileSync(path.join(folder, name), await compressZstd(Buffer.from(rows.join(''))))
    rows = []
    bytes = 0
  }
  for (const file of files) {
    const { name } = await readerFor(file, undefined)
    for await (const items of readItems(file, name, {})) {
      for (const { value } of items) {
        const { id, text, url } = value
        const size = Buffer.byteLength(text)
        rows.push(`${JSON.stringify({ id, text, url })}\n`)
        onText(text)
        bytes += size
        total += size
        if (bytes >= FILE_BYTES) await flush()
      }
    }
  }
  if (rows.length > 0) await flush()
  return total / 1e6
}

/**
 * The documents so many times, half of the copies in folder `0` and half in `1`: a long input, so that starting is not what is
 * measured. Every copy is refined; dedup leaves one.
 */
export async function writeCopies(files, folder, times) {
  const first = path.join(folder, '0')
  const megabytes = await writeInput(files, first)
  mkdirSync(path.join(folder, '1'))
  for (const file of readdirSync(first)) {
    for (let copy = 1; copy < times; copy++)
      copyFileSync(path.join(first, file), path.join(folder, String(copy % 2), `${copy}-${file}`))
  }
  return megabytes * times
}
