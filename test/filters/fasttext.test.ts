import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fasttext } from '../../filters/fasttext.ts'
import type { Verdict } from '../../filters/index.ts'
import { build, loadRecipe } from '../../lib/index.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { temporaryFolder, writeRecipe } from '../build/support.ts'
import { writeModel } from './models/reference.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await temporaryFolder()
  file = path.join(folder, 'quality.bin')
  // One dimension: `good` pulls to hq, `bad` and `Bad` to web, by different amounts.
  const model = {
    dim: 1,
    minn: 0,
    maxn: 0,
    bucket: 0,
    loss: 'softmax' as const,
    words: ['</s>', 'good', 'bad', 'fine'],
    labels: [['hq', 2] as const, ['web', 1] as const],
    input: [[0], [4], [-4], [1]],
    output: [[1], [-1]],
  }
  await writeFile(file, writeModel(model))
})
afterAll(() => rm(folder, { recursive: true }))

async function judge(text: string, given: object = {}): Promise<Verdict> {
  const settings = fasttext.settings.parse({ model: file, ...given })
  return fasttext.create(settings, await fasttext.load!(settings))({ text, id: undefined, url: undefined })
}

/** Softmax of two opposite logits, and what fastText adds. */
const probability = (mean: number): number => Number((1 / (1 + Math.exp(-2 * mean)) + 1e-5).toFixed(6))

describe('fasttext', () => {
  test('records the likeliest label, or the score of one, and drops nothing unless told', async () => {
    expect(await judge('good')).toMatchObject({ keep: true, values: { label: 'hq', score: probability(2) } })
    expect(await judge('bad')).toMatchObject({ keep: true, values: { label: 'web', score: probability(2) } })
    expect((await judge('bad', { label: '__label__hq' })).values).toEqual({
      label: 'web',
      score: probability(-2),
    })
  })

  test('drops by scores of labels, limits inclusive', async () => {
    const score = probability(2)
    expect((await judge('good', { minScores: { hq: score } })).keep).toBe(true)
    expect(await judge('bad', { minScores: { __label__hq: 0.5 } })).toMatchObject({
      reason: 'low_score',
      value: probability(-2),
      threshold: 0.5,
    })
    expect((await judge('bad', { maxScores: { web: score } })).keep).toBe(true)
    expect(await judge('bad', { maxScores: { web: 0.5 } })).toMatchObject({
      reason: 'high_score',
      value: score,
    })
  })

  test('line feeds are spaces, and lower case is a setting', async () => {
    expect((await judge('good\nbad\n\nbad')).values).toEqual((await judge('good bad bad')).values)
    expect((await judge('GOOD')).values).toEqual({ label: 'hq', score: probability(0) })
    expect((await judge('GOOD', { lowerCase: true })).values).toEqual((await judge('good')).values)
  })

  test('names the labels there are', async () => {
    await expect(judge('', { label: 'good' })).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      facts: { key: 'fasttext.label', fix: expect.stringContaining('hq, web') },
    })
    await expect(judge('', { maxScores: { x: 1 } })).rejects.toMatchObject({
      facts: { key: 'fasttext.maxScores' },
    })
    await expect(judge('', { model: '/nowhere/x.bin' })).rejects.toMatchObject({ code: 'INPUT_MISSING' })
  })

  test('its scores are tiers of a build, and another model file is another build', {
    timeout: 60_000,
  }, async () => {
    const words = ['good', 'fine', 'bad']
    const rows = Array.from({ length: 90 }, (_, at) => ({ text: words[at % 3] }))
    await writeFile(path.join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
    const recipe = await writeRecipe(folder, {
      name: 'tiers',
      seed: 1,
      tokenizer: 'mistral-v1',
      sources: {
        web: {
          files: ['rows.jsonl'],
          license: 'CC0-1.0',
          acquisition: 'synthetic',
          filters: [{ fasttext: { model: 'quality.bin', label: 'hq' } }],
          tiers: { best: 'fasttext.score >= 0.9', middling: 'score >= 0.5' },
        },
      },
      dedup: [],
      stages: [{ name: 'one', tokens: 60, mix: { 'web.best': 1, 'web.middling': 1 } }],
      phases: [{ sequenceLength: 16, tokens: 'rest', packing: 'concat' }],
      output: { formats: ['packed'] },
    })
    const out = path.join(folder, 'out')
    const once = async () => build(await loadRecipe(recipe), { out, workers: 0 })
    await once()
    const { pools } = await readLedger(out)
    const documents = Object.entries(pools).map(([name, pool]) => [name, pool.documents])
    // Means of each word and the line's end: 2, 0.5 and -2.
    expect(Object.fromEntries(documents)).toMatchObject({ 'web.best': 30, 'web.middling': 30 })
    expect(await once()).toMatchObject({ ran: 0 })
    await writeFile(file, Buffer.concat([await readFile(file), Buffer.from(' ')]))
    expect((await once()).ran).toBeGreaterThan(0)
  })
})
