/** Builds that go on from a finished one: its pools from where it ended, its documents traced, its folder asked for. */
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from '../../lib/build/build.ts'
import { DOCUMENT_COLUMNS } from '../../lib/build/placements.ts'
import { UID_BYTES, uidToHex } from '../../lib/documents/uid.ts'
import { plan } from '../../lib/plan.ts'
import { openBuild } from '../../lib/provenance/open.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { sourceSummary } from '../../lib/provenance/source-summary.ts'
import { traceToken } from '../../lib/provenance/trace.ts'
import { verify } from '../../lib/provenance/verify.ts'
import { where } from '../../lib/provenance/where.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { openTable } from '../../lib/storage/arrow-table.ts'
import { parseOwnJson } from '../../lib/storage/own-json.ts'
import { prose } from './corpus.ts'
import { outputHashes, temporaryFolder } from './support.ts'

let directory: string
beforeAll(async () => {
  directory = await temporaryFolder()
  for (const name of ['web', 'books', 'law', 'code']) {
    const lines = Array.from({ length: 120 }, (_, at) =>
      JSON.stringify({ text: prose(`${name}-${at}`, 1 + (at % 7)), id: `${name}-${at}` }),
    )
    await writeFile(path.join(directory, `${name}.jsonl`), lines.join('\n'))
  }
  await built('first', first)
  await built('second', second)
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const source = (name: string) => ({
  files: [`${name}.jsonl`],
  license: 'CC0-1.0',
  acquisition: 'other' as const,
})
const common = {
  seed: 3,
  phases: [{ sequenceLength: 64 }],
  output: { formats: ['packed' as const, 'megatron' as const], shardTokens: 2000 },
}
const first: RecipeInput = {
  ...common,
  name: 'first',
  sources: {
    web: { ...source('web'), tiers: { long: 'tokens >= 120' }, maxEpochs: 2 },
    books: source('books'),
  },
  holdout: { tokens: 300 },
  stages: [{ name: 'pretrain', tokens: 6000, mix: { web: 60, 'web.long': 20, books: 20 } }],
}
const second: RecipeInput = {
  ...common,
  name: 'second',
  seed: 4,
  base: 'first',
  sources: { law: source('law') },
  holdout: { tokens: 200 },
  stages: [
    { name: 'domain', tokens: 4000, mix: { law: 1 }, replay: { stage: 'base.pretrain', share: 0.4 } },
    { name: 'anneal', tokens: 1500, mix: { law: 1, 'base.books': 3 } },
  ],
}

async function built(out: string, recipe: RecipeInput): Promise<string> {
  const folder = path.join(directory, out)
  await build(await resolveRecipe(recipe, { directory }), { out: folder, workers: 0 })
  expect((await verify(folder)).findings).toEqual([])
  return folder
}

/** Uid and epoch of every document in the training shards, in order. */
async function trained(folder: string): Promise<{ pool: string; uid: string; epoch: number }[]> {
  const { manifest } = await openBuild(folder)
  const found = []
  for (const { segment, folder: own, number } of manifest.shards) {
    if (segment === null) continue
    const name = `${String(number).padStart(5, '0')}.documents.arrow`
    const table = await openTable(path.join(folder, own, 'placements', name), DOCUMENT_COLUMNS)
    const pools = parseOwnJson<string[]>(table.metadata['pools'] ?? '[]')
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const [uid, pool, epoch] = [batch.column('uid'), batch.column('pool'), batch.column('epoch')]
      for (let row = 0; row < batch.rows; row++) {
        found.push({
          pool: pools[pool.values[row] ?? 0] ?? '',
          uid: uidToHex(uid.bytes, row * UID_BYTES),
          epoch: epoch.values[row] ?? 0,
        })
      }
    }
    await table.close()
  }
  return found
}

describe('a build on a base', () => {
  test('goes on where it ended: the documents of both are those of one longer run', async () => {
    const folder = path.join(directory, 'second')
    const { pools, segments } = await readLedger(folder)
    expect(Object.keys(segments[0]?.pools ?? {})).toEqual(['base.books', 'base.web', 'base.web.long', 'law'])
    expect(segments[0]?.pools['base.web']?.share).toBeCloseTo(0.24, 6)
    const before = (await readLedger(path.join(directory, 'first'))).pools
    for (const name of ['web', 'web.long', 'books']) {
      const { start, emitted, fullEpochs, partialEpoch, tokens, heldOut } = pools[`base.${name}`] ?? fail()
      expect(start).toBe(before[name]?.emitted)
      expect(fullEpochs * (tokens - heldOut.tokens) + partialEpoch).toBe((start ?? 0) + emitted)
      expect(emitted).toBeGreaterThan(0)
    }
    const one = await trained(path.join(directory, 'first'))
    const other = await trained(folder)
    const booksOf = (name: string, list: typeof one) =>
      list.flatMap(({ pool, uid }) => (pool === name ? [uid] : []))
    const books = [...booksOf('books', one), ...booksOf('base.books', other)]
    expect(new Set(books).size).toBe(books.length)

    // Nor is a document of any other pool in both builds, in the same pass over its pool.
    for (const name of ['web', 'web.long', 'books']) {
      const passes = [...one, ...other].flatMap(({ pool, uid, epoch }) =>
        pool === name || pool === `base.${name}` ? [`${epoch} ${uid}`] : [],
      )
      expect(new Set(passes).size).toBe(passes.length)
    }

    // The same run in one go takes the same books: as the first, and then of each what the second took of it.
    const taken = pools['base.books']?.emitted ?? 0
    const longer = await built('longer', {
      ...first,
      stages: [...first.stages, { name: 'more', tokens: taken, mix: { books: 1 } }],
    })
    const whole = booksOf('books', await trained(longer))
    expect(whole.slice(0, books.length)).toEqual(books)
  })

  test('counts epochs on from those of the base, up to its maxEpochs', async () => {
    const stages = [{ name: 'again', tokens: 8000, mix: { 'base.books': 1 } }]
    const { holdout: _, ...unheld } = second
    const asked = { ...unheld, stages }
    const refused = await resolveRecipe(asked, { directory }).then((loaded) =>
      build(loaded, { out: path.join(directory, 'refused'), workers: 0 }).catch((error: unknown) => error),
    )
    expect(refused).toMatchObject({
      code: 'PLAN_INFEASIBLE',
      issues: [{ key: 'base.sources.books.maxEpochs' }],
    })
    const base = { folder: 'first', sources: { books: { maxEpochs: 3 } } }
    const folder = await built('epochs', { ...asked, base })
    const epochs = (await trained(folder)).map(({ epoch }) => epoch)
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
    expect(new Set(epochs)).toEqual(new Set([0, 1]))
    const early = (await trained(path.join(directory, 'first'))).filter(({ pool }) => pool === 'books')
    const zero = (await trained(folder)).filter(({ epoch }) => epoch === 0)
    const { documents, heldOut } = (await readLedger(folder)).pools['base.books'] ?? fail()
    expect(early.length + zero.length).toBe(documents - heldOut.documents)
  })

  test('is planned with what the base has left', async () => {
    const { pools, segments, warnings } = await plan(await resolveRecipe(second, { directory }))
    expect(pools.find(({ name }) => name === 'base.books')).toMatchObject({ basis: 'base' })
    expect(segments[1]?.pools.find(({ pool }) => pool === 'base.books')?.epochs[0]).toBeGreaterThan(0.1)
    expect(warnings.map(({ code }) => code)).toEqual([])
    const alone = { ...second, stages: [{ name: 'domain', tokens: 2000, mix: { law: 1 } }] }
    const forgetful = await plan(await resolveRecipe(alone, { directory }))
    expect(forgetful.warnings.map(({ code }) => code)).toEqual(['no-replay'])
  })

  test('traces a replayed token to the record of the base, and finds it there', async () => {
    const folder = path.join(directory, 'second')
    const opened = await openBuild(folder)
    const megatron = 'shards/01-anneal-64/megatron/00000.bin'
    const found = []
    for (let token = 0; token < 900; token += 60) found.push(await traceToken(opened, megatron, token))
    expect(found.every(({ reproduced }) => reproduced)).toBe(true)
    const replayed = found.find(({ document }) => document.pool === 'base.books') ?? fail()
    expect(replayed.records[0]).toMatchObject({
      source: 'base.books',
      file: 'books.jsonl',
      license: 'CC0-1.0',
    })

    const [trail, ...others] = await where(opened, { doc: replayed.document.uid })
    expect(others).toEqual([])
    expect(trail).toMatchObject({ fate: 'emitted', record: { source: 'base.books' } })
    expect(trail?.placements.map(({ pool }) => pool)).toEqual(['base.books'])
    const summary = await sourceSummary(opened, 'base.books')
    expect(summary).toMatchObject({ source: 'base.books', license: 'CC0-1.0', records: 120 })
    expect(summary.segments.map(({ pool }) => pool)).toEqual(['base.books', 'base.books'])

    const held = (await openBuild(path.join(directory, 'first'))).manifest
    expect(held.pools.some(({ heldOut }) => heldOut.documents > 0)).toBe(true)
  })

  test('of a build on a base draws from both', async () => {
    const third: RecipeInput = {
      ...common,
      name: 'third',
      base: { folder: 'second', sources: { 'base.web': { maxEpochs: 3 } } },
      sources: { code: source('code') },
      stages: [{ name: 'last', tokens: 4000, mix: { 'base.law': 1, 'base.base.web': 2, code: 1 } }],
    }
    const folder = await built('third', third)
    const opened = await openBuild(folder)
    const before = (await readLedger(path.join(directory, 'second'))).pools['base.web']
    const now = (await readLedger(folder)).pools['base.base.web']
    expect(now?.start).toBe((before?.start ?? 0) + (before?.emitted ?? 0))
    const pools = new Set<string>()
    for (let token = 0; token < 900; token += 45) {
      const trace = await traceToken(opened, 'shards/00-last-64/megatron/00000.bin', token)
      expect(trace.reproduced).toBe(true)
      expect(trace.records[0]?.source).toBe(trace.document.pool)
      pools.add(trace.document.pool)
    }
    expect([...pools].toSorted()).toEqual(['base.base.web', 'base.law', 'code'])
  })

  test('is the same wherever both folders are, and says so when the base is not where it was', async () => {
    const moved = path.join(directory, 'moved')
    await mkdir(moved)
    for (const name of ['first', 'second', 'law.jsonl', 'books.jsonl', 'web.jsonl'])
      await cp(path.join(directory, name), path.join(moved, name), {
        recursive: true,
        preserveTimestamps: true,
      })
    expect((await verify(path.join(moved, 'second'))).holds).toBe(true)

    await rename(path.join(moved, 'first'), path.join(moved, 'elsewhere'))
    const { findings } = await verify(path.join(moved, 'second'))
    expect(findings[0]?.problem).toContain('the base of this build is not in')
    await expect(resolveRecipe(second, { directory: moved })).rejects.toMatchObject({
      issues: [{ key: 'base', got: 'first' }],
    })
    const again = await resolveRecipe({ ...second, base: 'elsewhere' }, { directory: moved })
    const { ran } = await build(again, { out: path.join(moved, 'second'), workers: 0 })
    // Times of change are not copied to the nanosecond: the input is read again, and found to be the same.
    expect(ran).toBeLessThanOrEqual(1)
    expect(await outputHashes(path.join(moved, 'second'))).toEqual(
      await outputHashes(path.join(directory, 'second')),
    )
  })

  test('finds a base that was built again, or damaged', async () => {
    const changed = path.join(directory, 'moved')
    await rename(path.join(changed, 'elsewhere'), path.join(changed, 'first'))
    await build(await resolveRecipe(second, { directory: changed }), {
      out: path.join(changed, 'second'),
      workers: 0,
    })
    const tokens = path.join(changed, 'first/work/pools/books-0000.tokens')
    const bytes = await readFile(tokens)
    bytes[7] = (bytes[7] ?? 0) ^ 1
    await writeFile(tokens, bytes)
    expect((await verify(path.join(changed, 'second'))).findings).toMatchObject([
      { place: 'work/pools/books-0000.tokens' },
    ])
    await writeFile(tokens, bytes.subarray(2))
    const loaded = await resolveRecipe(second, { directory: changed })
    const out = path.join(changed, 'second')
    await expect(build(loaded, { out, workers: 0 })).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })

    const other = await resolveRecipe({ ...first, seed: 9 }, { directory: changed })
    await build(other, { out: path.join(changed, 'first'), workers: 0 })
    const { findings } = await verify(out)
    expect(findings[0]?.problem).toContain('was built again')
    await build(await resolveRecipe(second, { directory: changed }), { out, workers: 0 })
    expect((await verify(out)).findings).toEqual([])
  })

  test('is refused where it does not fit the base', async () => {
    const issuesOf = async (change: object) =>
      resolveRecipe({ ...second, ...change }, { directory }).catch((error: unknown) => error)
    expect(await issuesOf({ stages: [{ name: 'a', tokens: 9, mix: { 'base.webb': 1 } }] })).toMatchObject({
      issues: [{ key: 'stages[0].mix["base.webb"]' }],
    })
    const replay = { stage: 'base.refine', share: 0.5 }
    expect(await issuesOf({ stages: [{ name: 'a', tokens: 9, mix: { law: 1 }, replay }] })).toMatchObject({
      issues: [{ key: 'stages[0].replay.stage' }],
    })
    expect(await issuesOf({ output: { formats: ['packed'], documents: { bos: false } } })).toMatchObject({
      issues: [{ key: 'output.documents.bos', got: false }],
    })
    expect(await issuesOf({ base: { folder: 'first', sources: { wiki: {} } } })).toMatchObject({
      issues: [{ key: 'base.sources.wiki' }],
    })
    expect(await issuesOf({ sources: { law: source('law'), base: source('web') } })).toMatchObject({
      issues: [{ key: 'sources.base' }],
    })
    const tekken = await resolveRecipe({ ...second, tokenizer: 'mistral-v3' }, { directory })
    await expect(plan(tekken)).rejects.toMatchObject({ code: 'RECIPE_INVALID', facts: { key: 'tokenizer' } })
    const out = path.join(directory, 'tokenizer')
    await expect(build(tekken, { out, workers: 0 })).rejects.toMatchObject({ facts: { key: 'tokenizer' } })
  })
})

function fail(): never {
  throw new Error('is not there')
}
