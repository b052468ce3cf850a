/** examples/continued-pretraining, as its README tells it, over the installed packages. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { build } from '../../lib/build/build.ts'
import { openBuild } from '../../lib/provenance/open.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { traceToken } from '../../lib/provenance/trace.ts'
import { verify } from '../../lib/provenance/verify.ts'
import { where } from '../../lib/provenance/where.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { temporaryFolder } from '../build/support.ts'

const directory = path.resolve(import.meta.dirname, '../../examples/continued-pretraining')
let out: string
beforeAll(async () => {
  out = await temporaryFolder()
  await run('base', {})
  await run('domain', { base: path.join(out, 'base') })
}, 60_000)
afterAll(() => rm(out, { recursive: true, force: true }))

/** Builds a recipe of the example into a folder of its name. */
async function run(name: string, change: Partial<RecipeInput>): Promise<void> {
  const recipe: RecipeInput = parse(await readFile(path.join(directory, `${name}.yaml`), 'utf8'))
  const loaded = await resolveRecipe({ ...recipe, ...change }, { directory })
  await build(loaded, { out: path.join(out, name), workers: 0 })
}

test('both builds hold, and the second draws from where the first ended', async () => {
  expect((await verify(path.join(out, 'domain'))).findings).toEqual([])
  const { pools, segments, documents, holdout } = await readLedger(path.join(out, 'domain'))
  const before = (await readLedger(path.join(out, 'base'))).pools
  for (const name of ['web', 'legal']) expect(pools[`base.${name}`]?.start).toBe(before[name]?.emitted)
  const [adapt, anneal] = segments
  const replayed = (adapt?.pools['base.web']?.share ?? 0) + (adapt?.pools['base.legal']?.share ?? 0)
  expect(replayed).toBeCloseTo(0.3, 9)
  expect(anneal?.pools['base.web']?.share).toBeCloseTo(0.2, 9)
  expect(Object.keys(holdout)).toEqual(['tools'])
  expect(documents['tools']?.fates['duplicate/exact']).toBeGreaterThan(5)
})

test('a token is traced to the base’s record or the new one', async () => {
  const opened = await openBuild(path.join(out, 'domain'))
  const sources = new Set<string>()
  for (let token = 0; token < 4800; token += 400) {
    const { records, reproduced } = await traceToken(opened, 'shards/00-adapt-1024/megatron/00000.bin', token)
    expect(reproduced).toBe(true)
    expect(records[0]?.file).toMatch(/node_modules\//)
    sources.add(records[0]?.source ?? '')
  }
  expect([...sources]).toEqual(expect.arrayContaining(['tools', 'base.web']))
})

test('the duplicate that its README names went by a document of the base', async () => {
  const readme = await readFile(path.join(directory, 'README.md'), 'utf8')
  const [, doc = ''] = /--doc ([0-9a-f]{32})/.exec(readme) ?? []
  const [trail] = await where(await openBuild(path.join(out, 'domain')), { doc })
  expect(trail).toMatchObject({ fate: 'duplicate', record: { source: 'tools' } })
  const [kept] = await where(await openBuild(path.join(out, 'base')), {
    doc: trail?.record.duplicate?.duplicateOf ?? '',
  })
  expect(kept?.record).toMatchObject({ source: 'web' })
})
