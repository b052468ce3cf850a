import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build, loadRecipe, whatIf } from '../../lib/index.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { temporaryFolder, writeRecipe } from '../build/support.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
  const texts = ['a', 'a b', 'a b c', 'a b c d', 'a b c d e f'].flatMap((text) =>
    Array.from({ length: 10 }, () => JSON.stringify({ text })),
  )
  await writeFile(path.join(folder, 'rows.jsonl'), texts.join('\n'))
})
afterAll(() => rm(folder, { recursive: true }))

const recipeOf = (filters: unknown): object => ({
  name: 'named',
  seed: 1,
  tokenizer: 'mistral-v1',
  sources: {
    web: {
      files: ['rows.jsonl'],
      license: 'CC0-1.0',
      acquisition: 'synthetic',
      filters,
      tiers: { long: 'upper.words >= 4' },
    },
  },
  dedup: [],
  stages: [{ name: 'one', tokens: 20, mix: { 'web.long': 1 } }],
  phases: [{ sequenceLength: 8, tokens: 'rest', packing: 'concat' }],
  output: { formats: ['packed'] },
})

test('a filter stands twice under a name of its own: values, tiers, fates, limits decided again', async () => {
  const filters = [{ length: { minWords: 2 } }, { length: { maxWords: 5, as: 'upper' } }]
  const recipe = await writeRecipe(folder, recipeOf(filters))
  const out = path.join(folder, 'out')
  await build(await loadRecipe(recipe), { out, workers: 0 })
  const { pools } = await readLedger(out)
  const documents = Object.entries(pools).map(([name, pool]) => [name, pool.documents])
  expect(Object.fromEntries(documents)).toEqual({ 'web.long': 10, web: 20 })
  const { sources } = await whatIf([out], { whatIf: ['upper.maxWords=3'] })
  const fates = sources['web']?.fates.map(({ fate, before, after }) => [fate, before, after])
  expect(fates).toEqual([
    [expect.stringMatching(/^dropped\/length\//), 10, 10],
    [expect.stringMatching(/^dropped\/upper\//), 10, 20],
    ['kept', 30, 20],
  ])
})

test('the same name twice is refused, and the way out named', async () => {
  for (const again of ['length', { length: { as: 'length' } }]) {
    const recipe = await writeRecipe(folder, recipeOf([{ length: { minWords: 2 } }, again]))
    await expect(loadRecipe(recipe)).rejects.toMatchObject({
      issues: expect.arrayContaining([
        expect.objectContaining({
          message: 'the filter length is there twice',
          fix: expect.stringContaining('`as: NAME`'),
        }),
      ]),
    })
  }
})
