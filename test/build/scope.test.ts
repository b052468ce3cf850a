/** `scope`: between which sources a method looks for copies. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build, loadRecipe, readLedger, verify } from '../../lib/index.ts'
import { prose, testRecipe, writeRecords } from './corpus.ts'
import { temporaryFolder, writeRecipe } from './support.ts'

let root: string

const text = (key: string): { text: string } => ({ text: prose(key, 14) })
const notice = prose('notice', 3)

/** Each source has a copy within it; the web has one of a book too. A notice is in one page and two books. */
beforeAll(async () => {
  root = await temporaryFolder()
  const fill = Array.from({ length: 60 }, (_, at) => text(`web-${at}`))
  const web = [
    ...fill,
    { ...text('web-1'), id: 'again' },
    text('book-1'),
    { text: `${prose('own', 12)}\n${notice}` },
  ]
  const books = [
    ...Array.from({ length: 40 }, (_, at) => text(`book-${at}`)),
    { ...text('book-2'), id: 'again' },
    { text: `${prose('first', 12)}\n${notice}` },
    { text: `${prose('second', 12)}\n${notice}` },
  ]
  await writeRecords(path.join(root, 'web'), web, { files: ['a.jsonl'] })
  await writeRecords(path.join(root, 'books'), books, { files: ['a.jsonl'] })
})

afterAll(() => rm(root, { recursive: true, force: true }))

const recipeWith = (scope: unknown): object => {
  const recipe = testRecipe()
  const { web, books } = recipe.sources
  return {
    ...recipe,
    sources: { web: { ...web, maxEpochs: 9 }, books: { ...books, maxEpochs: 9 } },
    dedup: [{ exact: { scope } }, { lines: { limit: 1, minRest: 0, scope } }],
    stages: [{ name: 'base', tokens: 9_000, mix: { web: 80, books: 20 } }],
    phases: [{ sequenceLength: 256 }],
  }
}

const attempt = async (scope: unknown): Promise<unknown> =>
  loadRecipe(await writeRecipe(root, recipeWith(scope), 'bad.yaml'))

test.each([
  ['across', { web: 2, books: 1 }, { web: 1, books: 1 }],
  ['within', { web: 1, books: 1 }, { web: undefined, books: 1 }],
  [{ against: ['books'] }, { web: 1, books: undefined }, { web: 1, books: undefined }],
])('%j', async (scope, duplicates, cut) => {
  const out = path.join(root, typeof scope === 'string' ? scope : 'against')
  await build(await loadRecipe(await writeRecipe(root, recipeWith(scope))), { out, workers: 0 })
  const { documents } = await readLedger(out)
  const gone = (source: string): number | undefined => documents[source]?.fates['duplicate/exact']
  expect({ web: gone('web'), books: gone('books') }).toEqual(duplicates)
  const edited = (source: string): number | undefined => documents[source]?.edits['lines']
  expect({ web: edited('web'), books: edited('books') }).toEqual(cut)
  expect((await verify(out)).findings).toEqual([])
})

test('sources of against are known, and above all others', async () => {
  await expect(attempt({ against: ['book'] })).rejects.toMatchObject({
    issues: [{ key: 'dedup[0].exact.scope.against[0]' }, { key: 'dedup[1].lines.scope.against[0]' }],
  })
  await expect(attempt({ against: ['web'] })).rejects.toMatchObject({
    issues: expect.arrayContaining([
      expect.objectContaining({ fix: 'Set sources.web.priority: 6.', got: 'web' }),
    ]),
  })
})
