/** Builds whose mix changes along the run: the shards hold what the curves ask, and what came before a change stays. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from '../../lib/build/build.ts'
import type { Ledger } from '../../lib/ledger.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { verify } from '../../lib/provenance/verify.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { outputHashes, temporaryFolder } from './support.ts'

let directory: string
beforeAll(async () => {
  directory = await temporaryFolder()
  for (const name of ['a', 'b', 'c']) {
    const lines = Array.from({ length: 400 }, (_, at) => {
      return JSON.stringify({ text: `${name} ${at} ${'word '.repeat(1 + ((at * 7) % 40))}` })
    })
    await writeFile(path.join(directory, `${name}.jsonl`), lines.join('\n'))
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const source = (name: string) => ({
  files: [`${name}.jsonl`],
  license: 'NOASSERTION',
  acquisition: 'other' as const,
})

const limited = (more: object) => ({ a: { ...source('a'), ...more }, b: source('b'), c: source('c') })
const recipeOf = (change: Partial<RecipeInput>): RecipeInput => ({
  name: 'schedule',
  sources: { a: source('a'), b: source('b'), c: source('c') },
  stages: [{ name: 'base', tokens: 6000, mix: { a: 3, b: 1 } }],
  phases: [{ sequenceLength: 64 }],
  output: { formats: ['packed', 'megatron'], shardTokens: 1000 },
  ...change,
})

async function built(out: string, recipe: RecipeInput): Promise<Ledger> {
  const folder = path.join(directory, out)
  await build(await resolveRecipe(recipe, { directory }), { out: folder, workers: 0 })
  expect((await verify(folder)).findings).toEqual([])
  return readLedger(folder)
}

describe('a schedule that changes', () => {
  const anneal = {
    name: 'anneal',
    tokens: 4000,
    mix: { c: 1, b: 1 },
    transition: { tokens: 2000, shape: 'cosine' as const },
    replay: { stage: 'base', share: 0.1 },
  }
  const stages = [{ name: 'base', tokens: 6000, mix: { a: 3, b: 1 } }, anneal]

  test('gives each pool what its curve asks, to a document', async () => {
    const { segments } = await built('changing', recipeOf({ stages }))
    expect(segments.map(({ pools }) => Object.keys(pools))).toEqual([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ])
    for (const { pools } of segments) {
      for (const { asked, emitted } of Object.values(pools))
        expect(Math.abs(asked - emitted)).toBeLessThan(50)
    }
    // a: 0.075 by replay, and the mean over half the stage of what goes from 0.75 to that.
    expect(segments[1]?.pools['a']?.share).toBeCloseTo(0.075 + (0.75 - 0.075) / 4, 3)
  })

  test('leaves what came before the change as it is', async () => {
    await built('before', recipeOf({ stages: stages.slice(0, 1) }))
    const before = await outputHashes(path.join(directory, 'before'))
    await built('before', recipeOf({ stages }))
    const after = await outputHashes(path.join(directory, 'before'))
    const kept = Object.keys(before).filter((file) => file.startsWith('shards/'))
    expect(kept.length).toBeGreaterThan(20)
    for (const file of kept) expect(after[file]).toBe(before[file])
    expect(after).toEqual(await outputHashes(path.join(directory, 'changing')))
  })

  test('leaves it so with holdout, tiers, replay and formats of all kinds, where a stage is cut in its middle', async () => {
    const tiered = { a: { ...source('a'), tiers: { long: 'tokens >= 25' } }, b: source('b'), c: source('c') }
    const formats = ['packed', 'mds', 'megatron', 'olmo'] as const
    const whole = recipeOf({
      sources: tiered,
      holdout: { tokens: 300 },
      stages: [{ name: 'base', tokens: 2500, mix: { a: 2, 'a.long': 2, b: 1 } }, anneal],
      output: { formats: [...formats], shardTokens: 500 },
    })
    // The second stage ends after 1,500 tokens, and another mix with another replay takes its place.
    const other = {
      name: 'other',
      tokens: 2500,
      mix: { 'a.long': 1, c: 5 },
      replay: { stage: 'anneal', share: 0.3 },
    }
    const [base] = whole.stages
    if (base === undefined) throw new Error('has no stage')
    const cut = { ...whole, stages: [base, { ...anneal, tokens: 1500 }, other] }
    await built('uncut', whole)
    const before = await outputHashes(path.join(directory, 'uncut'))
    await built('uncut', cut)
    const after = await outputHashes(path.join(directory, 'uncut'))
    const kept = Object.keys(before).filter((file) => {
      // The one that now ends its segment too. Formats may have an index of all the shards of a folder.
      const shard = /^(?:shards\/(\d+)-[^/]*|holdout\/\w+)\/\w+\/(\d{5})\./.exec(file)
      return shard !== null && (shard[1] !== '01' || Number(shard[2]) < 3)
    })
    expect(kept.filter((file) => file.startsWith('shards/01-anneal')).length).toBeGreaterThanOrEqual(15)
    expect(kept.filter((file) => file.startsWith('holdout/')).length).toBeGreaterThanOrEqual(15)
    expect(kept.filter((file) => after[file] !== before[file])).toEqual([])
    await built('afresh', cut)
    expect(after).toEqual(await outputHashes(path.join(directory, 'afresh')))
  })

  test('leaves every shard where the last stage goes on from the end of one, or ends there', async () => {
    const [base, last] = stages
    if (base === undefined || last === undefined) throw new Error('has no stage')
    const of = (tokens: number) => recipeOf({ stages: [base, { ...last, tokens }] })
    const hashesOf = async (tokens: number) => {
      await built('lengthened', of(tokens))
      const all = Object.entries(await outputHashes(path.join(directory, 'lengthened')))
      return new Map(all.filter(([file]) => file.startsWith('shards/')))
    }
    const [short, long] = [await hashesOf(3000), await hashesOf(5000)]
    expect([...short.keys()].filter((file) => file.includes('anneal'))).toHaveLength(3 * 6)
    expect([...short].filter(([file, hash]) => long.get(file) !== hash)).toEqual([])
    const cut = await hashesOf(2000)
    expect([...cut].filter(([file, hash]) => long.get(file) !== hash)).toEqual([])
  })

  test('goes on without an exhausted pool where the recipe says so, and ends with it where it says that', async () => {
    const tokens = (await built('whole', recipeOf({}))).pools['a']?.tokens ?? 0
    const long = [{ name: 'base', tokens: 2 * tokens, mix: { a: 3, b: 1, c: 1 } }]
    const repeated = { b: { ...source('b'), maxEpochs: 9 }, c: { ...source('c'), maxEpochs: 9 } }
    const withEffect = (onExhausted: 'renormalise' | 'stop' | 'error') =>
      recipeOf({ stages: long, sources: { ...repeated, a: { ...source('a'), onExhausted } } })

    const renormalised = await built('renormalise', withEffect('renormalise'))
    expect(renormalised.pools['a']).toMatchObject({
      asked: tokens,
      emitted: tokens,
      fullEpochs: 1,
      partialEpoch: 0,
    })
    expect(renormalised.segments[0]?.end).toBe(2 * tokens)

    const stopped = await built('stop', withEffect('stop'))
    expect(stopped.pools['a']).toMatchObject({ asked: tokens, emitted: tokens })
    expect(stopped.segments[0]?.end).toBe(Math.floor(((tokens + 1) * 5 - 1) / 3))
    await expect(built('error', withEffect('error'))).rejects.toMatchObject({ code: 'PLAN_INFEASIBLE' })
  })

  test('repeats a pool where the recipe says so: each pass has every document once', async () => {
    const tokens = (await built('passes', recipeOf({}))).pools['a']?.tokens ?? 0
    const repeat = { a: { ...source('a'), onExhausted: 'repeat' as const }, b: source('b'), c: source('c') }
    const long = [{ name: 'base', tokens: 3 * tokens, mix: { a: 1 } }]
    const { pools, documents } = await built('passes', recipeOf({ stages: long, sources: repeat }))
    expect(pools['a']).toMatchObject({
      asked: 3 * tokens,
      emitted: 3 * tokens,
      fullEpochs: 3,
      partialEpoch: 0,
    })
    expect(documents['a']?.fates).toEqual({ emitted: 400 })
  })

  test('takes no more than maxShare of a pool, and refuses less than its minTokens', async () => {
    const long = [{ name: 'base', tokens: 8000, mix: { a: 6, b: 3, c: 1 } }]
    const share = await built('share', recipeOf({ stages: long, sources: limited({ maxShare: 0.4 }) }))
    const asked = Object.values(share.segments[0]?.pools ?? {}).map((pool) => pool.asked)
    expect(asked).toEqual([3200, 3600, 1200])
    for (const pool of Object.values(share.pools))
      expect(Math.abs(pool.emitted - pool.asked)).toBeLessThan(50)

    const least = (minTokens: number) => recipeOf({ stages: long, sources: limited({ minTokens }) })
    expect((await built('least', least(4800))).pools['a']?.asked).toBe(4800)
    await expect(built('least', least(4801))).rejects.toMatchObject({
      code: 'PLAN_INFEASIBLE',
      issues: [{ key: 'sources.a.minTokens', got: 4800, limit: 4801 }],
    })
  })

  test('another order goes through the pool in another order, with the same holdout', async () => {
    const holdout = { tokens: 300 }
    const whole = [{ name: 'base', tokens: 1000, mix: { a: 1 } }]
    const [one, other] = [
      await built('order-0', recipeOf({ stages: whole, holdout })),
      await built('order-1', recipeOf({ stages: whole, holdout, order: 1 })),
    ]
    expect(other.holdout).toEqual(one.holdout)
    expect(other.pools['a']?.heldOut).toEqual(one.pools['a']?.heldOut)
    const [first, second] = [
      await outputHashes(path.join(directory, 'order-0')),
      await outputHashes(path.join(directory, 'order-1')),
    ]
    const differing = Object.keys(first).filter((file) => first[file] !== second[file])
    expect(differing.some((file) => file.startsWith('shards/'))).toBe(true)
    expect(differing.filter((file) => file.startsWith('holdout/'))).toEqual([])
  })
})
