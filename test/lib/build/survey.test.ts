/** How inputs become splits: a build's first units of work. */
import { rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { survey } from '../../../lib/build/survey.ts'
import { loadRecipe } from '../../../lib/index.ts'
import { temporaryFolder, writeRecipe } from '../../build/support.ts'

let root: string
beforeAll(async () => {
  root = await temporaryFolder()
})
afterAll(() => rm(root, { recursive: true, force: true }))

const MiB = 1 << 20

/** Sizes in MiB of the splits of one source, by file; files are sparse behind their first bytes. */
async function splitsOf(files: Readonly<Record<string, number>>): Promise<string[][]> {
  for (const [name, size] of Object.entries(files)) {
    const head = name.endsWith('.gz') ? gzipSync('{"text": "a"}\n') : '{"text": "a"}\n'
    await writeFile(path.join(root, name), head)
    await truncate(path.join(root, name), size * MiB)
  }
  const recipe = await writeRecipe(root, {
    name: 'splits',
    sources: { web: { files: Object.keys(files), license: 'CC0-1.0', acquisition: 'crawl' } },
    stages: [{ name: 'base', tokens: '1M', mix: { web: 1 } }],
    phases: [{ sequenceLength: 2048 }],
    output: { formats: ['packed'] },
  })
  const splits = await survey(await loadRecipe(recipe))
  return splits.map(({ pieces }) =>
    pieces.map(({ file, range }) => (range ? `${file} ${range.start / MiB}-${range.end / MiB}` : file)),
  )
}

test('files of as much text as a split has are splits of their own, compressed bytes counted as four', async () => {
  expect(await splitsOf({ 'a.jsonl.gz': 3, 'b.jsonl.gz': 2 })).toEqual([['a.jsonl.gz'], ['b.jsonl.gz']])
})

test('smaller files are gathered', async () => {
  expect(await splitsOf({ 'a.jsonl.gz': 2, 'b.jsonl.gz': 2, 'c.jsonl': 4 })).toEqual([
    ['a.jsonl.gz', 'b.jsonl.gz'],
    ['c.jsonl'],
  ])
})

test('a plain file is cut into ranges, a compressed one is not', async () => {
  expect(await splitsOf({ 'a.jsonl': 40, 'b.jsonl.gz': 40 })).toEqual([
    ['a.jsonl 0-16'],
    ['a.jsonl 16-32'],
    ['a.jsonl 32-40'],
    ['b.jsonl.gz'],
  ])
})
