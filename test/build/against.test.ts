/** Sources that are compared with a finished corpus: what it has goes, with the evidence; nothing of it does. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from '../../lib/build/build.ts'
import { plan } from '../../lib/plan.ts'
import { openBuild } from '../../lib/provenance/open.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { readRecord } from '../../lib/provenance/records.ts'
import { verify } from '../../lib/provenance/verify.ts'
import { where } from '../../lib/provenance/where.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { jaccard } from '../filters/dedup/reference.ts'
import { prose } from './corpus.ts'
import { outputHashes, temporaryFolder } from './support.ts'

const COUNT = 60
const book = (at: number): string => prose(`book-${at}`, 8 + (at % 5))
const page = (at: number): string => prose(`page-${at}`, 8 + (at % 5))
const near = (text: string): string => `${text} Copied for the record.`

let directory: string
beforeAll(async () => {
  directory = await temporaryFolder()
  // Books 0 to 59, and near copies of five of them, which the base itself drops.
  await write(
    'books.jsonl',
    Array.from({ length: COUNT }, (_, at) => ({ id: `book-${at}`, text: book(at) })),
  )
  await write(
    'copies.jsonl',
    Array.from({ length: 5 }, (_, at) => ({ id: `lost-${at}`, text: near(book(at)) })),
  )
  // Pages of their own, copies of books 10 to 19, near copies of 20 to 29, a page twice, and near copies of two pages.
  const pages = [
    ...Array.from({ length: COUNT }, (_, at) => ({ id: `page-${at}`, text: page(at) })),
    ...Array.from({ length: 10 }, (_, at) => ({ id: `copy-${at}`, text: book(10 + at) })),
    ...Array.from({ length: 10 }, (_, at) => ({ id: `near-${at}`, text: near(book(20 + at)) })),
    { id: 'twice', text: page(3) },
    // What the base dropped itself takes nothing: the exact copy of it goes as a near copy of what the base kept.
    { id: 'like-lost', text: near(book(0)) },
  ]
  await write('pages.jsonl', pages)
  await write(
    'odd.jsonl',
    pages.filter((_, at) => at % 2 === 1),
  )
  await write('even.jsonl', pages.filter((_, at) => at % 2 === 0).toReversed())
  await built('base', base)
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function write(name: string, records: readonly object[]): Promise<void> {
  await writeFile(path.join(directory, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''))
}

const source = (...files: string[]) => ({ files, license: 'CC0-1.0', acquisition: 'other' as const })
const common = {
  phases: [{ sequenceLength: 256 }],
  dedup: ['exact' as const, { minhash: { threshold: 0.7 } }],
  output: { formats: ['megatron' as const], shardTokens: 4000 },
}
const base: RecipeInput = {
  ...common,
  name: 'base',
  sources: {
    books: { ...source('books.jsonl'), priority: 1 },
    copies: { ...source('copies.jsonl'), maxRemoval: 1 },
  },
  holdout: { tokens: 1500 },
  stages: [{ name: 'pretrain', tokens: 6000, mix: { books: 1 } }],
}
const onto: RecipeInput = {
  ...common,
  name: 'onto',
  seed: 2,
  base: 'base',
  // A lower priority of the base's source, or a higher one of this, changes nothing.
  sources: { pages: { ...source('pages.jsonl'), priority: 9 } },
  stages: [{ name: 'domain', tokens: 6000, mix: { pages: 3, 'base.books': 1 } }],
}

async function built(out: string, recipe: RecipeInput): Promise<string> {
  const folder = path.join(directory, out)
  await build(await resolveRecipe(recipe, { directory }), { out: folder, workers: 0 })
  expect((await verify(folder)).findings).toEqual([])
  return folder
}

const fatesOf = async (folder: string, source: string): Promise<Readonly<Record<string, number>>> =>
  (await readLedger(folder)).documents[source]?.fates ?? {}
const duplicatesIn = ({ ...fates }: Readonly<Record<string, number>>): number =>
  Object.entries(fates).reduce((sum, [fate, count]) => sum + (fate.startsWith('duplicate/') ? count : 0), 0)

describe('dedup against the base', () => {
  test('takes from the new source what the base has, held out or not, and names the document of the base', async () => {
    const folder = await built('onto', onto)
    const fates = await fatesOf(folder, 'pages')
    expect(fates).toMatchObject({ 'duplicate/exact': 11, 'duplicate/minhash': 11 })
    const opened = await openBuild(folder)
    for (const at of [0, 5, 9]) {
      for (const [id, of] of [[`copy-${at}`, 10 + at] as const, [`near-${at}`, 20 + at] as const]) {
        const { record, duplicateOfSource } = await recordById(opened, id)
        expect(record.duplicate?.similarity).toBeGreaterThan(0.6)
        expect(duplicateOfSource).toBe('base.books')
        const [kept] = await where(opened, { doc: record.duplicate?.duplicateOf ?? '' })
        expect(kept?.record).toMatchObject({ source: 'base.books', id: `book-${of}` })
      }
    }
    const pair = [await recordById(opened, 'page-3'), await recordById(opened, 'twice')]
    expect(new Set(pair.map(({ duplicateOfSource }) => duplicateOfSource))).toEqual(new Set(['pages', null]))
    const lost = (await recordById(opened, 'like-lost')).record.duplicate
    expect((await where(opened, { doc: lost?.duplicateOf ?? '' }))[0]?.record.id).toBe('book-0')
    const heldOut = (await openBuild(path.join(directory, 'base'))).manifest.pools[0]?.heldOut.documents
    expect(heldOut).toBeGreaterThan(2)
  })

  test('is the same for any split and order of the files', async () => {
    const split = { ...onto, sources: { pages: { ...source('even.jsonl', 'odd.jsonl'), priority: 9 } } }
    const folder = await built('split', split)
    expect(await outputHashes(folder)).toEqual(await outputHashes(path.join(directory, 'onto')))
  })

  test('can be left out, and works without going on from the build, by some of its methods', async () => {
    const alone = await built('alone', { ...onto, base: { folder: 'base', dedup: false } })
    expect(duplicatesIn(await fatesOf(alone, 'pages'))).toBe(1)

    const { base: _, ...unbased } = onto
    const stages = [{ name: 'domain', tokens: 4000, mix: { pages: 1 } }]
    const against = await built('against', { ...unbased, stages, against: ['base'] })
    expect(await fatesOf(against, 'pages')).toMatchObject({ 'duplicate/exact': 11, 'duplicate/minhash': 11 })
    const dedup = [{ minhash: { threshold: 0.7 } }]
    const some = await built('some', { ...unbased, stages, against: ['base'], dedup })
    expect(await fatesOf(some, 'pages')).toMatchObject({ 'duplicate/minhash': 22 })
  })

  test('compares n-grams too, of what the base cut out of its texts as well', async () => {
    const verified = { minhash: { threshold: 0.7, verify: 'jaccard' as const } }
    const folder = await built('verified', { ...onto, dedup: ['exact', verified] })
    expect(await fatesOf(folder, 'pages')).toMatchObject({ 'duplicate/exact': 11, 'duplicate/minhash': 11 })
    const opened = await openBuild(folder)
    const { duplicate } = (await recordById(opened, 'near-4')).record
    expect(duplicate?.similarity).toBe(Math.fround(jaccard(near(book(24)), book(24))))

    // Every book of this base has the same last line but one, which is cut out of all but one of them.
    const line = '\nThis line of eight words is in every book.\n'
    const lined = Array.from({ length: 20 }, (_, at) => ({
      id: `book-${at}`,
      text: `${book(at)}${line}The end.`,
    }))
    await write('lined.jsonl', lined)
    await write('like.jsonl', [{ id: 'like', text: `${near(book(7))}\nThe end.` }])
    const cutting = ['exact' as const, { lines: { limit: 1 } }, verified]
    const short = { stages: [{ name: 'pretrain', tokens: 1500, mix: { books: 1 } }] }
    const { holdout: _held, ...rest } = base
    await built('lined', {
      ...rest,
      ...short,
      dedup: cutting,
      sources: { books: source('lined.jsonl') },
    })
    const { base: _base, ...unbased } = onto
    const onLined = await built('on-lined', {
      ...unbased,
      dedup: cutting,
      against: ['lined'],
      sources: { pages: source('pages.jsonl', 'like.jsonl') },
      stages: [{ name: 'domain', tokens: 3000, mix: { pages: 1 } }],
    })
    const found = (await recordById(await openBuild(onLined), 'like')).record.duplicate
    expect(found?.similarity).toBe(Math.fround(jaccard(`${near(book(7))} The end.`, `${book(7)} The end.`)))
  })

  test('is refused by other methods or settings, and without any', async () => {
    expect(await issuesOf({ dedup: ['exact', { minhash: { threshold: 0.8 } }] })).toMatchObject({
      issues: [
        {
          key: 'base',
          got: 'base',
          message: expect.stringMatching(/settings of minhash: threshold 0\.\d+, here 0\.8$/),
        },
      ],
    })
    expect(await issuesOf({ dedup: [], against: ['base'] })).toMatchObject({
      issues: [{ key: 'against[0]' }],
    })
    // Methods that cut text have nothing to compare with.
    expect(await issuesOf({ dedup: ['lines', 'spans'] })).toMatchObject({
      issues: [{ key: 'base', message: expect.stringContaining('lines, spans cut text') }],
    })
    expect(await issuesOf({ against: ['nowhere'] })).toMatchObject({ issues: [{ key: 'against[0]' }] })
  })
})

test('methods that cut text look at the build alone, and the plan says so', async () => {
  const cutting = ['exact' as const, 'lines' as const]
  const warned = async (dedup: RecipeInput['dedup']) =>
    (await plan(await resolveRecipe({ ...onto, dedup }, { directory }))).warnings
  expect(await warned(cutting)).toContainEqual(
    expect.objectContaining({
      code: 'cuts-alone',
      message: expect.stringContaining('lines look at this build alone'),
    }),
  )
  expect(await warned(onto.dedup)).not.toContainEqual(expect.objectContaining({ code: 'cuts-alone' }))
})

const issuesOf = async (change: Partial<RecipeInput>) =>
  resolveRecipe({ ...onto, ...change }, { directory }).catch((error: unknown) => error)

/** The record of `pages` or `books` with this id. */
async function recordById(opened: Awaited<ReturnType<typeof openBuild>>, id: string) {
  for (const [part, { records }] of opened.manifest.parts.entries()) {
    for (let record = 0; record < records; record++) {
      const facts = await readRecord(opened, { part, record })
      if (facts.id !== id) continue
      const trails = await where(opened, { doc: facts.uid })
      const { duplicateOfSource } = trails.find((trail) => trail.record.id === id) ?? {
        duplicateOfSource: undefined,
      }
      return { record: facts, duplicateOfSource }
    }
  }
  throw new Error(`there is no ${id}`)
}
