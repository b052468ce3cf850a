import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadRecipe } from '../../../lib/recipe/load.ts'
import { recipeJsonSchema } from '../../../lib/recipe/schema.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const recipes = globSync('examples/*/recipe.{yaml,json}', { cwd: root }).toSorted()

/** Folders that a recipe leaves to its user, by the variable. */
let data = ''
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'millrace-examples-'))
  for (const name of ['web', 'encyclopedia', 'technical', 'instruct'])
    await writeFile(path.join(data, `${name}.jsonl`), '{"text": "one"}\n')
})
afterAll(() => rm(data, { recursive: true, force: true }))

// A recipe in a folder of examples/ is tested by being there.
test.each(recipes)('%s has no issues, and files for every source', async (file) => {
  const { sourceFiles } = await loadRecipe(`${root}${file}`, { environment: { DANUBE_DATA: data } })
  for (const files of Object.values(sourceFiles)) expect(files.length).toBeGreaterThan(0)
})

test.each(recipes)('%s is valid by the JSON Schema too, and nothing else is', async (file) => {
  const schema = z.fromJSONSchema(recipeJsonSchema())
  const raw: unknown = parse(await readFile(`${root}${file}`, 'utf8'))
  expect(schema.safeParse(raw).error?.issues ?? []).toEqual([])
  const recipe = z.record(z.string(), z.unknown()).parse(raw)
  const broken = [{ seeed: 1 }, { seed: -1 }, { dedup: ['nothing'] }, { tokenizer: {} }, { phases: [] }]
  expect(broken.filter((change) => schema.safeParse({ ...recipe, ...change }).success)).toEqual([])
})

test('there is the quickstart', () => {
  expect(recipes).toContain('examples/quickstart/recipe.yaml')
})
