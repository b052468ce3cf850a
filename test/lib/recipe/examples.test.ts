import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'
import { loadRecipe } from '../../../lib/recipe/load.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const recipes = globSync('examples/*/recipe.{yaml,json}', { cwd: root }).toSorted()

// A recipe in a folder of examples/ is tested by being there.
test.each(recipes)('%s has no issues, and files for every source', async (file) => {
  const { sourceFiles } = await loadRecipe(`${root}${file}`)
  for (const files of Object.values(sourceFiles)) expect(files.length).toBeGreaterThan(0)
})

test('there is the quickstart', () => {
  expect(recipes).toContain('examples/quickstart/recipe.yaml')
})
