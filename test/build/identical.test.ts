/** A build's output depends on the recipe, the records and the seed: not on workers, files, their names or their order. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, loadRecipe, readLedger, verify } from '../../lib/index.ts'
import { type Layout, testRecipe, writeCorpus } from './corpus.ts'
import { buildFromSplits, splitEvery } from './splits.ts'
import { buildWithCli, outputHashes, temporaryFolder, writeRecipe } from './support.ts'

let root: string
let recipe: string
let expected: Record<string, string>

beforeAll(async () => {
  root = await temporaryFolder()
  await writeCorpus(root)
  recipe = await writeRecipe(root, testRecipe())
  await build(await loadRecipe(recipe), { out: path.join(root, 'out'), workers: 0 })
  expected = await outputHashes(path.join(root, 'out'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

describe('the build that others are compared with', () => {
  test('covers what shapes an output', async () => {
    const { findings } = await verify(path.join(root, 'out'), { inputs: true })
    expect(findings).toEqual([])
    const ledger = await readLedger(path.join(root, 'out'))
    expect(ledger.segments.map(({ folder }) => folder)).toEqual([
      'shards/00-base-256',
      'shards/01-refine-256',
      'shards/02-refine-1024',
      'shards/03-anneal-1024',
    ])
    const shards = Object.keys(expected).filter((file) => file.endsWith('.bin') && file.startsWith('shards/'))
    expect(shards.length).toBeGreaterThan(8)
    expect(Object.keys(expected)).toContain('shards/00-base-256/placements/00000.pieces.arrow')
    expect(Object.keys(expected).filter((file) => file.startsWith('holdout/')).length).toBeGreaterThan(9)
    expect(ledger.pools['chat']?.fullEpochs).toBeGreaterThanOrEqual(2)
    expect(ledger.pools['web.long']?.emitted).toBeGreaterThan(0)
    const web = ledger.documents['web']?.fates
    expect(web).toMatchObject({
      'duplicate/exact': 12,
      'duplicate/minhash': 12,
      'dropped/language/language': 8,
    })
    expect(ledger.documents['books']?.fates['duplicate/exact']).toBeUndefined()
  })

  test('changes with the seed', async () => {
    const file = await writeRecipe(root, { ...testRecipe(), seed: 18 }, 'seed.yaml')
    await build(await loadRecipe(file), { out: path.join(root, 'seed'), workers: 0 })
    const other = await outputHashes(path.join(root, 'seed'))
    const tokens = 'shards/00-base-256/megatron/00000.bin'
    expect(other[tokens]).not.toBe(expected[tokens])
  })
})

describe('byte-identical output', () => {
  test.each([1, 2, 7])('with %i workers', async (workers) => {
    const out = path.join(root, `workers-${workers}`)
    await buildWithCli(recipe, out, workers)
    expect(await outputHashes(out)).toEqual(expected)
  })

  const layouts: Readonly<Record<string, Layout>> = {
    'in one file': { files: ['all.jsonl'] },
    'in one file, in another order': { files: ['all.jsonl'], shuffle: 'one' },
    'in five files of other names, records dealt out anew': {
      files: ['z.jsonl', 'm.jsonl', 'q.jsonl', '0.jsonl', 'a.jsonl'],
      shuffle: 'five',
    },
    'as gzip': { files: ['a.jsonl.gz', 'b.jsonl.gz'] },
    'as zstd, gzip and plain side by side': {
      files: ['c.jsonl.zst', 'b.jsonl', 'a.jsonl.gz'],
      shuffle: 'three',
    },
  }
  test.each(Object.entries(layouts))('with the records %s', async (name, layout) => {
    const folder = path.join(root, name.replaceAll(/\W+/g, '-'))
    await writeCorpus(folder, layout)
    const loaded = await loadRecipe(await writeRecipe(folder, testRecipe()))
    await build(loaded, { out: path.join(folder, 'out'), workers: 0 })
    expect(await outputHashes(path.join(folder, 'out'))).toEqual(expected)
  })

  test('with plain files cut into splits of 9,001 bytes, and the units of each step in reverse', async () => {
    const out = path.join(root, 'splits')
    const loaded = await loadRecipe(recipe)
    const splits = await splitEvery(loaded, 9001)
    expect(splits.length).toBeGreaterThan(20)
    await buildFromSplits(loaded, out, splits, (units) => units.toReversed())
    expect(await outputHashes(out)).toEqual(expected)
  })
})
