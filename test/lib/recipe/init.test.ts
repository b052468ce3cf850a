import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guessMapping, sourceName } from '../../../lib/recipe/guess-source.ts'
import { initRecipe, presetSummaries } from '../../../lib/recipe/init.ts'
import { type LoadedRecipe, loadRecipe } from '../../../lib/recipe/load.ts'

let root: string

async function put(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true })
  await writeFile(path.join(root, file), content)
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'millrace-init-'))
  await put(
    'web/web-0000.jsonl',
    `${JSON.stringify({ content: 'x'.repeat(9000), meta: { url: 'https://a' } })}\n`,
  )
  await put('web/web-0001.jsonl', `${JSON.stringify({ content: 'y'.repeat(9000) })}\n`)
  await put('chat.jsonl.gz', gzipSync(`${JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] })}\n`))
  await put('books/one/part-1.txt', 'Call me Ishmael.\n')
  await put('books/two.md', '# Two\n')
  await put('other/web-7.jsonl', '{"id": 1, "text": "z"}\n')
  await put('LICENSE', 'Permission is hereby granted.\n')
  await put('odd/numbers.jsonl', '{"n": 1}\n')
})

afterAll(() => rm(root, { recursive: true, force: true }))

async function loadText(text: string): Promise<LoadedRecipe> {
  await put('recipe.yaml', text)
  return loadRecipe(path.join(root, 'recipe.yaml'), { environment: {} })
}

async function init(...files: string[]): Promise<LoadedRecipe> {
  return loadText(await initRecipe({ files, directory: root }))
}

describe('from files', () => {
  test('guesses sources, fields, templates and weights, and loads', async () => {
    const { recipe, sourceFiles } = await init('web/web-0000.jsonl', 'web/web-0001.jsonl', 'chat.jsonl.gz')
    expect(recipe.sources).toMatchObject({
      web: {
        files: ['web/web-0000.jsonl', 'web/web-0001.jsonl'],
        fields: { text: 'content', url: 'meta.url' },
        license: 'NOASSERTION',
        acquisition: 'other',
      },
      chat: { files: ['chat.jsonl.gz'], template: 'plain', messages: 'messages', filters: [] },
    })
    expect(recipe.sources['web']).not.toHaveProperty('template')
    expect(recipe.sources['web']?.filters.map(({ name }) => name)).toContain('language')
    expect(recipe.sources['chat']).not.toHaveProperty('fields')
    expect(sourceFiles['web']).toHaveLength(2)
    const mix = recipe.stages[0]?.mix ?? {}
    expect(mix['web']).toBeGreaterThan(90)
    expect(mix['chat']).toBeGreaterThan(0)
    expect(recipe.stages[0]?.tokens).toBe(1000) // 18 kB at 5 B a token, half of it, to one digit
  })

  test('takes a glob pattern as it is', async () => {
    const { recipe, sourceFiles } = await init('web/*.jsonl')
    expect(recipe.sources).toMatchObject({ web: { files: ['web/*.jsonl'], fields: { text: 'content' } } })
    expect(sourceFiles['web']).toHaveLength(2)
  })

  test('takes a folder by the endings in it', async () => {
    const { recipe, sourceFiles } = await init('books')
    expect(recipe.sources).toMatchObject({ books: { files: ['books/**/*.md', 'books/**/*.txt'] } })
    expect(sourceFiles['books']).toEqual([
      path.join(root, 'books/one/part-1.txt'),
      path.join(root, 'books/two.md'),
    ])
  })

  test('does not judge Markdown by rules made for web pages', async () => {
    const { recipe } = await init('books/*.md', 'other/web-7.jsonl')
    const names = Object.values(recipe.sources).map(({ filters }) => filters.map(({ name }) => name))
    expect(names).toEqual([['language'], expect.arrayContaining(['language', 'gopher-quality'])])
  })

  test('keeps sources of one name in two folders apart', async () => {
    const { recipe } = await init('web/web-0000.jsonl', 'other/web-7.jsonl')
    expect(Object.keys(recipe.sources)).toEqual(['web', 'web-2'])
    expect(recipe.sources['web-2']).not.toHaveProperty('fields')
  })

  test('names the reader where the ending does not tell', async () => {
    expect((await init('LICENSE')).recipe.sources['license']?.reader).toBe('text')
    expect((await init('books/two.md')).recipe.sources['two']).not.toHaveProperty('reader')
  })

  test('says where it found no text', async () => {
    expect(await initRecipe({ files: ['odd/numbers.jsonl'], directory: root })).toContain(
      '# no text was found in the first record',
    )
  })

  test('names a file that is not there', async () => {
    await expect(init('web/web-0002.jsonl')).rejects.toMatchObject({
      code: 'INPUT_MISSING',
      message: '"web/web-0002.jsonl" is not there; did you mean "web-0000.jsonl"?',
    })
  })

  test('without files, gives a recipe for files to come', async () => {
    await put('documents/a.jsonl', '{"text": "a"}\n')
    const { recipe } = await loadText(await initRecipe({}))
    expect(Object.keys(recipe.sources)).toEqual(['documents'])
  })
})

describe('from a preset', () => {
  test.each(presetSummaries)('$name loads once its files are there', async ({ name, summary }) => {
    expect(summary).toMatch(/\.$/)
    const text = await initRecipe({ preset: name })
    for (const [, pattern = ''] of text.matchAll(/files: \["([^"]+)"\]/g))
      await put(pattern.replace('*', 'a'), '')
    const { recipe } = await loadText(text)
    expect(recipe.name).toBe(name)
  })

  test('danube2-small has the published web shares, of weights that sum to 100', async () => {
    const text = await initRecipe({ preset: 'danube2-small' })
    for (const [, pattern = ''] of text.matchAll(/files: \["([^"]+)"\]/g))
      await put(pattern.replace('*', 'a'), '')
    const { stages } = (await loadText(text)).recipe
    expect(stages.map(({ tokens, mix }) => [tokens, mix['web']])).toEqual([
      [1_000_000_000, 84.5],
      [950_000_000, 72.8],
      [50_000_000, 55.5],
    ])
    for (const { mix } of stages)
      expect(Object.values(mix).reduce((sum, weight) => sum + weight)).toBeCloseTo(100, 9)
    expect(text).toContain('The report gives the web share of each stage only')
  })

  test('says what there is, and that files do not go with it', async () => {
    await expect(initRecipe({ preset: 'danube9' })).rejects.toMatchObject({
      code: 'USAGE',
      facts: { fix: expect.stringContaining('danube2-small') },
    })
    await expect(initRecipe({ preset: 'danube2-small', files: ['a'] })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})

test.each([
  ['data/web-0001.jsonl.zst', 'web'],
  ['data/wiki/*.jsonl', 'wiki'],
  ['data/wiki/**/*.parquet', 'wiki'],
  ['/abs/My Books.txt', 'my-books'],
  ['2024.jsonl', 'documents'],
  ['2024_crawl_v2.json.gz', 'crawl-v'],
  ['LICENSE', 'license'],
  ['***', 'documents'],
  [`${'long-'.repeat(50)}.txt`, 'long-long-long-long-long-long-long-long'],
])('the source of %s is named %s', (pattern, name) => {
  expect(sourceName(pattern)).toBe(name)
})

test.each([
  [{ text: 'a', content: 'b' }, {}],
  [
    { body: 'a', doc_id: 7, source_url: 'u' },
    { text: 'body', id: 'doc_id', url: 'source_url' },
  ],
  [{ title: 'a', prose: 'a long text' }, { text: 'prose' }],
  [{ text: 7, content: 'b' }, { text: 'content' }],
])('the fields of %j are %j', (record, fields) => {
  expect(guessMapping(record)).toEqual({ fields, notes: [] })
})

test.each([
  [{ messages: [{ role: 'user', content: 'a' }], id: 'x' }, {}, 'messages'],
  [{ instruction: 'a', input: '', output: 'b', uid: 'x' }, { id: 'uid' }, 'alpaca'],
])('%j is a chat', (record, fields, messages) => {
  expect(guessMapping(record)).toEqual({ fields, notes: [], template: 'plain', messages })
})

test('a row of OASST2’s flat export is noted at once', () => {
  const row = { message_id: 'm', parent_id: null, text: 'Q', message_tree_id: 't', tree_state: 'x' }
  expect(guessMapping(row)).toMatchObject({ notes: [expect.stringContaining('*.trees.jsonl.gz')] })
})

test.each([undefined, null, 7, [], {}, { 'a.b': 'dotted' }])('%j has no text', (record) => {
  expect(guessMapping(record)).toMatchObject({ fields: {}, notes: [expect.any(String)] })
})
