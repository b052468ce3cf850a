/** Cutting repeated blocks within a build: fates, ledger, look-ups, later methods, and the same result from any files. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, loadRecipe, openBuild, readLedger, traceToken, verify, where } from '../../lib/index.ts'
import {
  type CorpusRecord,
  drawer,
  type Layout,
  prose,
  testCorpus,
  testRecipe,
  writeRecords,
} from './corpus.ts'
import { buildFromSplits, splitEvery } from './splits.ts'
import {
  buildWithCli,
  byStep,
  completedUnits,
  outputHashes,
  run,
  temporaryFolder,
  writeRecipe,
} from './support.ts'

const notices = Array.from({ length: 6 }, (_, at) => prose(`notice-${at}`, 1))

/** A text, a sentence a line, with notices between some lines. */
function page(key: string, text: string): string {
  const draw = drawer(key)
  const lines = text.split(/(?<=\.) /)
  return lines.flatMap((line) => (draw(3) === 0 ? [notices[draw(6)] ?? '', line] : [line])).join('\n')
}

function corpus(): Record<string, readonly CorpusRecord[]> {
  const { web, books, chat } = testCorpus()
  const notice = [...notices, prose('own', 1)].join('\n')
  const near = page('near', prose('near', 30))
  const more = [
    { text: notice, meta: { url: 'https://notices.example/' } },
    // Near copies once the notices are gone, and not before.
    { text: near, meta: { url: 'https://near.example/1' } },
    { text: near.replaceAll('\n', `\n${notices.join('\n')}\n`), meta: { url: 'https://near.example/2' } },
  ]
  return {
    web: [
      ...web.map((record) => ({
        ...record,
        text: page(String(record['text']).slice(0, 80), String(record['text'])),
      })),
      ...more,
    ],
    books: books.map((record, at) => ({ ...record, text: page(`book-${at}`, String(record['text'])) })),
    chat,
  }
}

async function writeAll(folder: string, layout: Layout = { files: ['a.jsonl', 'b.jsonl'] }): Promise<void> {
  for (const [source, records] of Object.entries(corpus()))
    await writeRecords(path.join(folder, source), records, layout)
}

const cutting = (dedup: readonly unknown[]): object => ({ ...testRecipe(), dedup })
const methods = ['exact', { lines: { limit: 2, minRest: 150 } }, { minhash: { threshold: 0.8 } }, 'spans']

let root: string
let recipe: string
let out: string

beforeAll(async () => {
  root = await temporaryFolder()
  await writeAll(root)
  recipe = await writeRecipe(root, cutting(methods))
  out = path.join(root, 'out')
  await build(await loadRecipe(recipe), { out, workers: 0 })
})

afterAll(() => rm(root, { recursive: true, force: true }))

test('cuts are counted by source, verify counts them again, and what is left too short goes', async () => {
  const { documents } = await readLedger(out)
  expect(documents['web']?.edits['lines']).toBeGreaterThan(60)
  expect(documents['books']?.edits['lines']).toBeGreaterThan(10)
  expect(documents['chat']?.edits['lines']).toBeUndefined()
  expect(documents['web']?.fates).toMatchObject({ 'duplicate/lines': 1 })
  expect((await verify(out)).findings).toEqual([])
})

/** By which methods the near copies went. */
async function methodsOf(folder: string): Promise<string[]> {
  const trails = await where(await openBuild(folder), { domain: 'near.example' })
  return trails.flatMap(({ record }) => record.duplicate?.method ?? [])
}

test('methods after see what was left', async () => {
  const plain = path.join(root, 'plain')
  const file = await writeRecipe(root, cutting(['exact', { minhash: { threshold: 0.8 } }]), 'plain.yaml')
  await build(await loadRecipe(file), { out: plain, workers: 0 })
  expect(await methodsOf(plain)).toEqual([])
  expect(await methodsOf(out)).toEqual(['minhash'])
})

test('each cut names who holds what stays', async () => {
  const opened = await openBuild(out)
  const trails = await where(opened, { domain: 'site-3.example' })
  const cuts = trails.flatMap(({ record }) => record.cuts)
  expect(cuts.length).toBeGreaterThan(5)
  for (const { span, method, keptIn } of cuts) {
    expect(['lines', 'spans']).toContain(method)
    expect(span[1]).toBeGreaterThan(span[0])
    expect(await where(opened, { doc: keptIn })).not.toHaveLength(0)
  }
  const { stdout } = await run('where', out, '--domain', 'site-3.example')
  expect(stdout).toMatch(/\n {2}cut {8}bytes \d+ – \d+ by lines: [0-9a-f]{32} has them\n/)
})

test('tokens of what is left are traced', async () => {
  const opened = await openBuild(out)
  const shard = opened.manifest.shards.find(({ folder }) => folder.startsWith('shards/00'))
  const tokens = shard?.formats['megatron']?.tokens ?? 0
  for (let token = 11; token < tokens; token += 397) {
    const file = `${shard?.folder}/megatron/00000.bin`
    expect((await traceToken(opened, file, token)).reproduced).toBe(true)
  }
})

describe('the same bytes', () => {
  test.each([
    ['five files', { files: ['z.jsonl', 'm.jsonl', 'q.jsonl', '0.jsonl', 'a.jsonl'], shuffle: 'five' }],
  ] satisfies [string, Layout][])('from %s, with workers', async (name, layout) => {
    const folder = path.join(root, name.replaceAll(/\W+/g, '-'))
    await writeAll(folder, layout)
    const file = await writeRecipe(folder, cutting(methods))
    await buildWithCli(file, path.join(folder, 'out'), 2)
    expect(await outputHashes(path.join(folder, 'out'))).toEqual(await outputHashes(out))
  })

  test('from splits of 9,001 bytes, the units of each step in reverse', async () => {
    const folder = path.join(root, 'splits')
    const loaded = await loadRecipe(recipe)
    await buildFromSplits(loaded, folder, await splitEvery(loaded, 9001), (units) => units.toReversed())
    expect(await outputHashes(folder)).toEqual(await outputHashes(out))
    const { clusters } = (await openBuild(folder)).manifest
    expect(clusters).toEqual((await openBuild(out)).manifest.clusters)
    expect(clusters.map(({ methods: names }) => names)).toEqual([['exact'], ['minhash']])
    expect(clusters[0]?.sizes.length).toBeGreaterThan(1)
  })
})

test('components are counted by size, and their documents are all that came', async () => {
  const { documents } = await readLedger(out)
  const { clusters } = (await openBuild(out)).manifest
  const fates = Object.values(documents).flatMap((source) => Object.entries(source.fates))
  const count = (fate: RegExp): number => fates.reduce((sum, [name, n]) => sum + (fate.test(name) ? n : 0), 0)
  const all = count(/./) - count(/^(dropped|unreadable|not-sampled)/)
  const [exact, minhash] = clusters.map(({ sizes }) => ({
    documents: sizes.reduce((sum, size) => sum + size.documents, 0),
    removed: sizes.reduce((sum, size) => sum + size.removed, 0),
  }))
  expect(exact).toEqual({ documents: all, removed: count(/^duplicate\/exact/) })
  expect(minhash).toEqual({
    documents: all - count(/^duplicate\/(exact|lines|spans)/),
    removed: count(/^duplicate\/minhash/),
  })
})

test('another limit runs the pass again, and no refining', async () => {
  const limits = cutting([
    'exact',
    { lines: { limit: 3, minRest: 150 } },
    { minhash: { threshold: 0.8 } },
    'spans',
  ])
  await build(await loadRecipe(await writeRecipe(root, limits, 'limits.yaml')), { out, workers: 0 })
  const [, second = []] = await completedUnits(out)
  const steps = byStep(second)
  expect([steps['refine'], steps['blocks']]).toEqual([undefined, expect.any(Number)])
  await build(await loadRecipe(recipe), { out, workers: 0 })
})

test('a source whose text is nearly all cut stops the build', async () => {
  const strict = testRecipe()
  const sources = { ...strict.sources, web: { ...strict.sources.web, maxRemoval: 0.4 } }
  const dedup = [{ spans: { minRest: 0 } }, { lines: { limit: 1, minRest: 0 } }]
  const text = Array.from({ length: 60 }, (_, at) => ({
    text: page('all', prose('all', 30)) + prose(`${at}`, 4),
  }))
  await writeRecords(path.join(root, 'same', 'web'), text, { files: ['a.jsonl'] })
  await writeRecords(path.join(root, 'same', 'books'), corpus()['books'] ?? [], { files: ['a.jsonl'] })
  await writeRecords(path.join(root, 'same', 'chat'), corpus()['chat'] ?? [], { files: ['a.jsonl'] })
  const file = await writeRecipe(path.join(root, 'same'), { ...strict, sources, dedup })
  const attempt = build(await loadRecipe(file), { out: path.join(root, 'same', 'out'), workers: 0 })
  await expect(attempt).rejects.toMatchObject({
    code: 'REMOVED_TOO_MUCH',
    message: expect.stringMatching(/lost \d+ of \d+ bytes of its text.*cut\/(lines|spans)/),
  })
})

test('the evidence of who went is the piece that most was cut by', async () => {
  const [trail] = await where(await openBuild(out), { url: 'https://notices.example/' })
  expect(trail).toMatchObject({ fate: 'duplicate', record: { duplicate: { method: 'lines' }, cuts: [] } })
  expect(trail?.record.duplicate?.similarity).toBeGreaterThan(0.5)
  expect(await readFile(path.join(out, 'manifest.json'), 'utf8')).toContain('"cuts":[{')
})
