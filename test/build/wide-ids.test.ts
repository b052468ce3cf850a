/** Builds whose ids do not fit 16 bits; special tokens in documents as text, and matched. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formats } from '../../lib/formats/index.ts'
import { build, plan, verify } from '../../lib/index.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { readShards } from '../build-reader.ts'
import { prose } from './corpus.ts'
import { temporaryFolder } from './support.ts'

type FormatNames = NonNullable<NonNullable<RecipeInput['output']>['formats']>

const END_OF_TEXT = 199_999
const DOCUMENTS = 60

const ends = (tokens: readonly number[]) => tokens.filter((id) => id === END_OF_TEXT).length

let directory: string
beforeAll(async () => {
  directory = await temporaryFolder()
  const lines = Array.from({ length: DOCUMENTS }, (_, at) =>
    JSON.stringify({ id: `${at}`, text: `${prose(`web-${at}`, 3)} 漢字かな ₿ Größe<|endoftext|>end` }),
  )
  await writeFile(path.join(directory, 'web.jsonl'), lines.join('\n'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const recipe = (tokenizer: RecipeInput['tokenizer'], names: FormatNames): RecipeInput => ({
  name: 'wide',
  seed: 5,
  tokenizer,
  sources: { web: { files: ['web.jsonl'], license: 'CC0-1.0', acquisition: 'other' } },
  phases: [{ sequenceLength: 32 }],
  stages: [{ name: 'pretrain', tokens: 2000, mix: { web: 1 } }],
  output: { formats: [...names], shardTokens: 1000, documents: { bos: false } },
})
const all = [...formats.keys()]

async function built(name: string, tokenizer: RecipeInput['tokenizer']) {
  const out = path.join(directory, name)
  await build(
    await resolveRecipe(
      recipe(
        tokenizer,
        all.filter((format) => format !== 'nanogpt'),
      ),
      { directory },
    ),
    {
      out,
      workers: 0,
    },
  )
  expect((await verify(out)).findings).toEqual([])
  const shards = await readShards(out)
  return shards.flatMap(({ documents }) => documents.flatMap(({ tokens }) => Array.from(tokens)))
}

test('o200k_base: every format but nanogpt, which the plan refuses', async () => {
  const tokens = await built('text', 'o200k_base')
  expect(tokens.some((id) => id > 65_535 && id !== END_OF_TEXT)).toBe(true)
  const narrow = await resolveRecipe(recipe('o200k_base', ['nanogpt']), { directory })
  await expect(plan(narrow)).rejects.toMatchObject({
    code: 'RECIPE_INVALID',
    message: expect.stringContaining('200019'),
  })
})

test('special tokens in documents are text, or with matchSpecials their ids', async () => {
  const model = { type: 'tiktoken', model: 'builtin:o200k_base' }
  const text = await built('unset', model)
  const matched = await built('set', { ...model, matchSpecials: true })
  // Each document ends with one; matched, it has another inside.
  expect(ends(matched)).toBeGreaterThan(1.5 * ends(text))
})
