import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importRecipe } from '../../../lib/recipe/import-recipe.ts'

let file: string

beforeAll(async () => {
  file = path.join(await mkdtemp(path.join(tmpdir(), 'millrace-import-')), 'recipe.ts')
  await writeFile(file, '')
})

afterAll(() => rm(path.dirname(file), { recursive: true, force: true }))

test('on a Node that does not run TypeScript, says what does', async () => {
  const unknown = Object.assign(new Error('Unknown file extension ".ts"'), {
    code: 'ERR_UNKNOWN_FILE_EXTENSION',
  })
  await expect(importRecipe(file, 'recipe.ts', () => Promise.reject(unknown))).rejects.toMatchObject({
    code: 'RECIPE_INVALID',
    message: `recipe.ts cannot be imported: Node ${process.versions.node} does not run TypeScript`,
    facts: { fix: 'Use Node 22.18 or newer, or compile the recipe to .mjs, or write it as YAML.' },
    cause: unknown,
  })
})

test('prefers the default export', async () => {
  const both = { default: { name: 'a' }, recipe: { name: 'b' } }
  expect(await importRecipe(file, 'recipe.ts', () => Promise.resolve(both))).toEqual({ name: 'a' })
  expect(await importRecipe(file, 'recipe.ts', () => Promise.resolve({ recipe: { name: 'b' } }))).toEqual({
    name: 'b',
  })
})

test('is given the URL of the file, whatever is in its name', async () => {
  const urls: string[] = []
  const odd = path.join(path.dirname(file), 'a#b?c d.mjs')
  await writeFile(odd, '')
  await importRecipe(odd, 'odd', (url) => Promise.resolve({ default: urls.push(url) }))
  expect(urls[0]).toMatch(/a%23b%3Fc%20d\.mjs$/)
})
