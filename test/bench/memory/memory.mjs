/**
 * Does a build's memory grow with its corpus? Generates corpora of the given sizes, builds each, and prints the peak of
 * the process's resident set (all threads; VmHWM of /proc, so Linux only).
 *
 *     npm run build && node test/bench/memory/memory.mjs 50 1000        megabytes of generated text
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const cli = new URL('../../../dist/lib/cli/main.js', import.meta.url).pathname
const workers = process.env.WORKERS ?? '2'
const STOP_WORDS = [
  'the',
  'be',
  'to',
  'of',
  'and',
  'that',
  'have',
  'with',
  'a',
  'in',
  'is',
  'it',
  'for',
  'as',
  'on',
]

for (const megabytes of process.argv.slice(2).map(Number)) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-memory-'))
  try {
    const documents = await generate(path.join(folder, 'web.jsonl'), megabytes * 1e6)
    writeFileSync(path.join(folder, 'recipe.yaml'), recipe(megabytes))
    const started = performance.now()
    const peak = await build(folder)
    const seconds = (performance.now() - started) / 1000
    const rate = megabytes / seconds
    console.log(
      JSON.stringify({
        megabytes,
        documents,
        workers: Number(workers),
        peakMiB: Math.round(peak / 1024),
        seconds: Number(seconds.toFixed(1)),
        MBperSecond: Number(rate.toFixed(1)),
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Peak resident set in KiB. */
async function build(folder) {
  const child = spawn(
    process.execPath,
    [
      cli,
      'build',
      path.join(folder, 'recipe.yaml'),
      '--out',
      path.join(folder, 'out'),
      '--workers',
      workers,
      '--json',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-2000)
  })
  let peak = 0
  const timer = setInterval(() => {
    try {
      peak = Math.max(
        peak,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0),
      )
    } catch {}
  }, 50)
  const [code] = await once(child, 'close')
  clearInterval(timer)
  if (code !== 0) throw new Error(`build failed (${code}): ${errors}`)
  return peak
}

function recipe(megabytes) {
  const tokens = Math.round(megabytes * 1e6 * 0.12)
  return `name: memory
sources:
  web: {files: [web.jsonl], license: CC0-1.0, acquisition: synthetic, filters: [language, gopher-quality, code-exclusion], maxEpochs: 1}
dedup: [exact, minhash]
stages: [{name: base, tokens: ${tokens}, mix: {web: 1}}]
phases: [{sequenceLength: 2048}]
output: {formats: [megatron, packed], shardTokens: 4M}
`
}

/** Documents of 100 to 900 words; one in ten is a near copy of the one before. Always the same text for the same size. */
async function generate(file, bytes) {
  const random = generator(1)
  const words = Array.from({ length: 40_000 }, () =>
    Array.from(
      { length: 2 + Math.floor(random() * 4) },
      () => 'bcdfglmnprst'[Math.floor(random() * 12)] + 'aeiou'[Math.floor(random() * 5)],
    ).join(''),
  )
  const stream = createWriteStream(file)
  let written = 0
  let documents = 0
  let last = ''
  while (written < bytes) {
    let text = ''
    if (documents % 10 === 9) {
      text = `${last} Another ending.`
    } else {
      const length = 100 + Math.floor(random() * 800)
      for (let word = 0; word < length; word++) {
        const next =
          random() < 0.4
            ? STOP_WORDS[Math.floor(random() * STOP_WORDS.length)]
            : words[Math.floor(random() ** 3 * words.length)]
        text += word % 14 === 13 ? `${next}. ` : `${next} `
      }
      last = text
    }
    const line = `${JSON.stringify({ id: String(documents), text })}\n`
    documents++
    written += text.length
    if (!stream.write(line)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'close')
  return documents
}

/** mulberry32. */
function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
