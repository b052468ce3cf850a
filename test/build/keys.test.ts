import { copyFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from '../../lib/build/build.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { bestFit } from '../../stages/packing/best-fit.ts'
import { outputHashes, temporaryFolder } from './support.ts'

/** What shards depend on beside the tokens that go into them. */
describe('the key of a shard', () => {
  const golden = path.resolve(import.meta.dirname, '../tokenizers/golden/small-bytes.model')
  let directory: string

  beforeAll(async () => {
    directory = await temporaryFolder()
    const lines = Array.from(
      { length: 40 },
      (_, line) => `{"text": "some words and number ${line}, again</s>"}`,
    )
    await writeFile(path.join(directory, 'x.jsonl'), lines.join('\n'))
    for (const name of ['a.model', 'b.model']) await copyFile(golden, path.join(directory, name))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  /** Builds, and gives the steps of which units ran. */
  const buildWith = async (model: string, out: string, settings: object = {}): Promise<string[]> => {
    const recipe: RecipeInput = {
      name: 'keys',
      tokenizer: { type: 'sentencepiece', model, userDefined: 'never', ...settings },
      sources: { x: { files: ['x.jsonl'], license: 'NOASSERTION', acquisition: 'other' } },
      holdout: { tokens: 40 },
      stages: [{ name: 'only', tokens: 300, mix: { x: 1 } }],
      phases: [{ sequenceLength: 32 }],
      output: { formats: ['packed'], documents: { bos: false, eos: false } },
    }
    const ran: string[] = []
    await build(await resolveRecipe(recipe, { directory }), {
      out: path.join(directory, out),
      workers: 0,
      onEvent: (event) => {
        if (event.kind === 'step' && event.reused < event.units) ran.push(event.step)
      },
    })
    return ran.filter((step) => step !== 'account')
  }

  const hashes = (out: string): Promise<Record<string, string>> => outputHashes(path.join(directory, out))

  test('has the name of the tokenizer, which a format may write', async () => {
    await buildWith('a.model', 'resumed')
    const before = await hashes('resumed')
    await buildWith('b.model', 'fresh')
    await buildWith('b.model', 'resumed')
    expect(await hashes('resumed')).toEqual(await hashes('fresh'))
    expect(await hashes('resumed')).not.toEqual(before)
  })

  test('has whether special tokens in documents are matched', async () => {
    await buildWith('a.model', 'matched')
    const before = await hashes('matched')
    await buildWith('a.model', 'matched-fresh', { matchSpecials: true })
    await buildWith('a.model', 'matched', { matchSpecials: true })
    expect(await hashes('matched')).toEqual(await hashes('matched-fresh'))
    expect(await hashes('matched')).not.toEqual(before)
  })

  test('has the revision of the packing', async () => {
    await buildWith('a.model', 'packed')
    const { revision } = bestFit
    Object.assign(bestFit, { revision: revision + 1 })
    try {
      expect(await buildWith('a.model', 'packed')).toEqual(['emit', 'holdout'])
    } finally {
      Object.assign(bestFit, { revision })
    }
    expect(await buildWith('a.model', 'packed')).toEqual(['emit', 'holdout'])
  })
})
