import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runFilters } from '../../lib/filter.ts'
import { build, loadRecipe, whatIf } from '../../lib/index.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { parseOwnJson } from '../../lib/storage/own-json.ts'
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

test('the command names its filters alike: NAME as OWN, with settings by its own name', async () => {
  const rows = path.join(folder, 'rows.jsonl')
  const options = { filters: 'length, length as upper', set: ['length.minWords=2', 'upper.maxWords=5'] }
  const judged: string[] = []
  for await (const chunk of runFilters([rows], options)) judged.push(...chunk.trim().split('\n'))
  const kept = judged.map((line) => {
    const { verdicts } = parseOwnJson<{ verdicts: Record<string, { keep: boolean }> }>(line)
    return Object.entries(verdicts)
      .map(([name, { keep }]) => `${name} ${keep}`)
      .join(', ')
  })
  expect([kept[0], kept[20], kept[40]]).toEqual([
    'length false, upper true',
    'length true, upper true',
    'length true, upper false',
  ])
  const file = path.join(folder, 'judged.jsonl')
  await writeFile(file, judged.join('\n'))
  const { limits } = await whatIf([file], { ...options, whatIf: ['upper.maxWords=3'] })
  expect(limits).toMatchObject([{ setting: 'upper.maxWords', before: 5, after: 3 }])
})

test.each([
  ['length,length', 'the filter length is there twice', 'length as NAME'],
  ['length as long,language as long', 'the filter long is there twice', 'long as NAME'],
  ['lenght', 'lenght: unknown filter "lenght"; did you mean "length"?', 'Use one of: '],
  ['length as A.b', 'length.as: is not a name of small letters, digits and hyphens', 'Name under which'],
])('--filters %s is refused, and the way out named', async (filters, message, fix) => {
  await expect(runFilters([], { filters }).next()).rejects.toMatchObject({
    message,
    facts: { fix: expect.stringContaining(fix) },
  })
})

test.each([
  [
    'url.blockDomains=b.org',
    'url.blockDomains: must be a list, not text',
    `--set 'url.blockDomains=["a", "b"]'`,
  ],
  [
    'url.hardWord=x',
    'url.hardWord: unknown key; did you mean "hardWords"?',
    'The keys here are: allowDomains,',
  ],
])('--set %s is refused as a recipe would be, and the way out named', async (set, message, fix) => {
  await expect(runFilters([], { filters: 'url', set: [set] }).next()).rejects.toMatchObject({
    message,
    facts: { fix: expect.stringContaining(fix) },
  })
})
