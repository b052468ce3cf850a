// What one component of so many documents costs: gather and resolve, the build's own steps, in one thread. All are near-copies
// of one document, or each shares keys with the one before and is like none. See RESULTS.md.
//   npm run build && node test/bench/dedup/giant.mjs copies|chain 100000 1000000
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gather, resolve } from '../../../dist/lib/build/dedup-resolve.js'
import { keyRanges, rangeBits, writeRun } from '../../../dist/lib/build/runs.js'
import { withScratch } from '../../../dist/lib/kernels/scratch.js'
import { resolveRecipe } from '../../../dist/lib/recipe/load.js'

const PART = 32_768
const VALUES = 112
const UID_WORDS = 4
const MEMBER_WIDTH = 4

const [kind, ...sizes] = process.argv.slice(2)
if (sizes[0]?.startsWith('/')) await component(kind, sizes[0], Number(sizes[1]))
else {
  for (const size of sizes) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-giant-'))
    try {
      process.stdout.write(
        execFileSync(process.execPath, [fileURLToPath(import.meta.url), kind, folder, size], {
          encoding: 'utf8',
        }),
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Values of a document's signature: of copies all are those of document 0, of a chain half are those of the one before. */
function valueOf(kind, document, value) {
  if (kind === 'copies') return value === document % VALUES ? (document + 1) >>> 0 : value * 7919
  const from = value < VALUES / 2 ? document : document + 1
  return (Math.imul(from + 1, 0x9e3779b1) ^ Math.imul((value % (VALUES / 2)) + 1, 0x85ebca77)) >>> 0
}

async function component(kind, folder, documents) {
  const count = Math.ceil(documents / PART)
  const parts = []
  for (let part = 0; part < count; part++) {
    const own = Math.min(PART, documents - part * PART)
    const rows = new Uint32Array(own * (UID_WORDS + VALUES))
    for (let row = 0, at = 0; row < own; row++) {
      const document = part * PART + row
      // The order of the walk is a hash of the uid.
      for (let word = 0; word < UID_WORDS; word++) rows[at++] = Math.imul(document + 1, 0x9e3779b1 + 2 * word)
      for (let value = 0; value < VALUES; value++) rows[at++] = valueOf(kind, document, value)
    }
    writeFileSync(path.join(folder, `part-${part}.sketches`), rows)
    parts.push({
      path: `part-${part}`,
      source: 'web',
      files: [],
      records: own,
      documents: own,
      keys: own * 16,
    })
  }
  writeFileSync(path.join(folder, 'parts.json'), JSON.stringify(parts))
  const members = new Uint32Array(documents * MEMBER_WIDTH)
  for (let document = 0; document < documents; document++) {
    members[document * MEMBER_WIDTH] = Math.floor(document / PART)
    members[document * MEMBER_WIDTH + 1] = document % PART
  }
  await writeRun(path.join(folder, 'members'), members, MEMBER_WIDTH)
  mkdirSync(path.join(folder, 'gathered'))
  const source = { files: ['x.jsonl'], license: 'CC0-1.0', acquisition: 'other' }
  writeFileSync(path.join(folder, 'x.jsonl'), '{"text":"x"}\n')
  const { recipe } = await resolveRecipe(
    {
      name: 'giant',
      sources: { web: source },
      dedup: ['minhash'],
      stages: [{ name: 'base', tokens: 1, mix: { web: 1 } }],
      phases: [{ sequenceLength: 2 }],
    },
    { directory: folder },
  )
  const context = { folder, recipe, progress: () => undefined }
  const before = process.cpuUsage()
  const gathered = []
  for (let part = 0; part < count; part++) {
    const input = { part, parts: 'parts.json', pass: 'before', members: 'members', path: `gathered/${part}` }
    gathered.push((await withScratch((scratch) => gather.run(input, { ...context, scratch }))).result)
  }
  let removed = 0
  // The component is in one of the ranges.
  const [whole] = keyRanges(rangeBits(1, 1))
  const input = {
    range: whole,
    parts: 'parts.json',
    pass: 'before',
    gathered,
    features: [],
    path: 'verdicts',
  }
  const { result } = await withScratch((scratch) => resolve.run(input, { ...context, scratch }))
  removed += result.removed
  const { user, system } = process.cpuUsage(before)
  const [, resident = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  const cells = [kind, documents.toLocaleString('en'), removed.toLocaleString('en')]
  console.log(
    `| ${cells.join(' | ')} | ${((user + system) / 1e6).toFixed(1)} s | ${Math.round(Number(resident) / 1024)} MiB |`,
  )
}
