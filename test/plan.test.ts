/** Plans: by declared sizes without a file, and by a pilot against what a build then finds. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build, DEFAULT_RATES, loadRecipe, plan, readLedger, resolveRecipe } from '../lib/index.ts'
import { planOf } from '../lib/plan.ts'
import type { RecipeInput } from '../lib/recipe/schema.ts'
import { mixSvg, renderMixBars } from '../lib/report/mix-picture.ts'
import { renderPlan } from '../lib/report/plan-report.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-plan-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const source = { license: 'NOASSERTION', acquisition: 'other' as const }
const output = { formats: ['packed' as const, 'megatron' as const], shardTokens: '1B' }

test('needs no files where sizes are declared, and says so where they are not', async () => {
  const web = {
    ...source,
    files: ['web/*.jsonl.zst'],
    tokens: '2T',
    tiers: { top: 'tokens > 9' },
    tierTokens: { top: '0.5T' },
  }
  const recipe: RecipeInput = {
    name: 'danube2',
    sources: {
      web,
      wiki: { ...source, files: ['wiki/*'], tokens: '10B', maxEpochs: 6, onExhausted: 'renormalise' },
    },
    stages: [
      { name: 'base', tokens: '1T', mix: { web: 84.5, wiki: 15.5 } },
      {
        name: 'anneal',
        tokens: '0.05T',
        mix: { 'web.top': 55.5, wiki: 44.5 },
        transition: { tokens: '5B', shape: 'cosine' },
      },
    ],
    phases: [{ sequenceLength: 2048, tokens: '0.7T' }, { sequenceLength: 8192 }],
    batchTokens: 1_179_648,
    output,
  }
  const file = path.join(directory, 'danube2.json')
  await writeFile(file, JSON.stringify(recipe))
  await expect(loadRecipe(file)).rejects.toMatchObject({ code: 'RECIPE_INVALID' })
  const planned = await plan(await loadRecipe(file, { declaredFiles: true }))
  expect(planned.pools.map(({ name, tokens, basis }) => [name, tokens, basis])).toEqual([
    ['web.top', 0.5e12, 'declared'],
    ['web', 1.5e12, 'declared'],
    ['wiki', 1e10, 'declared'],
  ])
  expect(planned.segments.map(({ stage, end }) => [stage, end])).toEqual([
    ['base', 0.7e12],
    ['base', 1e12],
    ['anneal', 1.05e12],
  ])
  expect(planned.warnings.map(({ code }) => code)).toEqual([
    'many-epochs',
    'exhausted',
    'unknown-long-documents',
  ])
  expect(planned.disk.shardFiles).toBe(1050 * (3 + 2 + 1))
  const names = ['survey', 'refine', 'dedup', 'tokenize', 'shuffle', 'emit', 'index']
  expect(planned.steps.map(({ step }) => step)).toEqual(names)
  for (const { step, bytes, files, seconds, rate } of planned.steps) {
    for (const [low, high] of [bytes, files, seconds]) expect(low).toBeLessThanOrEqual(high)
    expect(rate).toBe(step === 'survey' ? 'measured' : 'default')
  }
  // 1.05T tokens of 2 bytes in two formats: at 53 MB a second, half and twice.
  const emitted = (1.05e12 * 2) / DEFAULT_RATES.emit.perSecond
  const emit = planned.steps.find(({ step }) => step === 'emit')
  expect(emit).toMatchObject({ files: [6300, 6300], seconds: [emitted / 2, emitted * 2] })
  expect(emit?.bytes[0]).toBe(1.05e12 * 2 * 2)
  const text = renderPlan(planned)
  expect(text).toContain('639,999,999,999')
  expect(text).toMatch(/! wiki has given all its epochs at \d+/)
})

test('a pilot is near what the build finds', async () => {
  const lines = Array.from({ length: 3000 }, (_, at) => {
    const text = at % 3 === 0 ? 'x' : `Document ${at} ${'has some words '.repeat(1 + (at % 17))}`
    return JSON.stringify({ text })
  })
  await writeFile(path.join(directory, 'a.jsonl'), lines.join('\n'))
  const recipe: RecipeInput = {
    name: 'pilot',
    sources: {
      a: {
        ...source,
        files: ['a.jsonl'],
        filters: [{ 'gopher-quality': { minWords: 3, minStopWords: 0, minMeanWordLength: 0 } }],
        tiers: { long: 'tokens >= 40 and words > 0' },
      },
    },
    stages: [{ name: 'only', tokens: 1000, mix: { a: 1 } }],
    phases: [{ sequenceLength: 64 }],
    output,
  }
  const loaded = await resolveRecipe(recipe, { directory })
  const planned = await plan(loaded, { pilot: 1000 })
  const out = path.join(directory, 'out')
  await build(loaded, { out, workers: 0 })
  const { pools, documents } = await readLedger(out)
  const { sampled, kept, records } = planned.pilot?.sources['a'] ?? { sampled: 0, kept: 0, records: 0 }
  expect(sampled).toBe(1000)
  expect(Math.abs(records / 3000 - 1)).toBeLessThan(0.05)
  expect(
    Math.abs(
      kept / sampled - 1 + (documents['a']?.fates['dropped/gopher-quality/gopher_short_doc'] ?? 0) / 3000,
    ),
  ).toBeLessThan(0.05)
  for (const [name, { tokens }] of Object.entries(pools)) {
    const { low = 0, high = 0 } = planned.pilot?.pools[name] ?? {}
    expect([name, low * 0.95 <= tokens && tokens <= high * 1.05]).toEqual([name, true])
  }
})

test('pictures have every pool, and escape what they name', async () => {
  const planned = {
    name: 'a < b & "c"',
    tokens: 100,
    mix: { web: Array.from({ length: 240 }, () => 0.75), wiki: Array.from({ length: 240 }, () => 0.25) },
    segments: [],
  }
  expect(renderMixBars(planned).split('\n')).toEqual([
    expect.stringMatching(/^web {3}█{60} {2}75.00 % → 75.00 %$/),
    expect.stringMatching(/^wiki {2}▃{60} {2}25.00 % → 25.00 %$/),
    expect.stringContaining('0 → 100 tokens; █ = 75.00 %'),
  ])
  const svg = mixSvg(planned)
  expect(svg).toContain('a &lt; b &amp; &quot;c&quot;')
  expect(svg.match(/<polygon/g)).toHaveLength(2)
})

test('a picture of sixty pools has a colour for each, names every area, and is no taller than wide', () => {
  const names = Array.from({ length: 60 }, (_, pool) => `source-${pool}`)
  const svg = mixSvg({
    name: 'sixty',
    tokens: 1000,
    mix: Object.fromEntries(names.map((name) => [name, [1 / 60, 1 / 60]])),
    segments: [],
  })
  const colours = [...svg.matchAll(/<polygon fill="(#[0-9a-f]{6})"/g)].map(([, colour]) => colour)
  expect(new Set(colours).size).toBe(60)
  const legend = [...svg.matchAll(/<rect x="[^"]*" y="[^"]*" width="12" height="12" fill="([^"]*)"/g)]
  expect(legend.map(([, colour]) => colour)).toEqual(colours)
  for (const name of names) expect(svg).toContain(`<title>${name}  1.67 % → 1.67 %</title>`)
  const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? []
  expect(height).toBeLessThan(width)
})

test('a pilot times what the recipe asks for, a plan without one goes by default rates', async () => {
  const lines = Array.from({ length: 200 }, (_, at) =>
    JSON.stringify({ text: `${at} ${'Some words of a text. '.repeat(40)}` }),
  )
  await writeFile(path.join(directory, 'p.jsonl'), lines.join('\n'))
  await writeFile(
    path.join(directory, 'items.jsonl'),
    '{"question": "Some words of a text. Some words of a text."}',
  )
  const recipe: RecipeInput = {
    name: 'pilot',
    sources: { p: { ...source, files: ['p.jsonl'] } },
    dedup: ['minhash'],
    stages: [{ name: 'only', tokens: 1000, mix: { p: 1 } }],
    phases: [{ sequenceLength: 64 }],
    output,
  }
  const benchmarks = [{ file: 'items.jsonl', fields: { question: 'question' } }]
  const cleaned = { ...recipe, decontaminate: { benchmarks, action: 'drop' as const } }
  const stepsOf = async (given: RecipeInput, pilot?: number) => {
    const planned = await plan(await resolveRecipe(given, { directory }), { pilot })
    return { ...planned, step: new Map(planned.steps.map((step) => [step.step, step])) }
  }
  const rates = (await stepsOf(recipe, 50)).steps.map(({ step, rate }) => [step, rate])
  expect(rates.slice(0, 4)).toEqual([
    ['survey', 'measured'],
    ['refine', 'pilot'],
    ['dedup', 'pilot'],
    ['tokenize', 'pilot'],
  ])
  expect(rates.slice(4).map(([, rate]) => rate)).toEqual(['pilot', 'pilot', 'pilot'])
  const [plain, clean] = [await stepsOf(recipe), await stepsOf(cleaned)]
  const factor = DEFAULT_RATES.tokenize.perSecond / DEFAULT_RATES.decontaminate.perSecond
  const [before = 0, after = 0] = [plain, clean].map(({ step }) => step.get('tokenize')?.seconds[1])
  expect(after / before).toBeCloseTo(1 + factor, 6)
  // What every document has of the benchmark is dropped in the pilot too.
  expect((await stepsOf(cleaned, 50)).pilot?.sources['p']).toMatchObject({ sampled: 50, kept: 0 })
})

test('a declared size is for plans: where files are there, they say what cannot work', async () => {
  await writeFile(path.join(directory, 'd.jsonl'), '{"text": "Some words of a text."}\n'.repeat(200))
  const recipe: RecipeInput = {
    name: 'declared',
    sources: { d: { ...source, files: ['d.jsonl'], tokens: 100 } },
    stages: [{ name: 'only', tokens: 1000, mix: { d: 1 } }],
    phases: [{ sequenceLength: 64 }],
    output,
  }
  const { shortfalls } = await plan(await resolveRecipe(recipe, { directory }))
  expect(shortfalls).toMatchObject([{ pool: 'd', asked: 1000, available: 100 }])
  const { ran } = await build(await resolveRecipe(recipe, { directory }), {
    out: path.join(directory, 'declared'),
    workers: 0,
  })
  expect(ran).toBeGreaterThan(3)
  const huge = { ...recipe, sources: { d: { ...source, files: ['d.jsonl'], tokens: '1B' } } }
  const asked = { ...huge, stages: [{ name: 'only', tokens: '1M', mix: { d: 1 } }] }
  await expect(plan(await resolveRecipe(asked, { directory }))).rejects.toMatchObject({
    code: 'PLAN_INFEASIBLE',
  })
})

function sized(tokens: string, holdout: RecipeInput['holdout'], file = 'none/*'): RecipeInput {
  return {
    name: 'held',
    sources: {
      h: { ...source, files: [file], tokens },
      other: { ...source, files: ['none/*'], tokens: '1M' },
    },
    holdout,
    stages: [{ name: 'only', tokens: 1000, mix: { h: 1 } }],
    phases: [{ sequenceLength: 64 }],
    output,
  }
}

test('what is held out is not there to train on, and a holdout larger than its source is refused as a build refuses it', async () => {
  const planned = async (recipe: RecipeInput) =>
    plan(await resolveRecipe(recipe, { directory, declaredFiles: true }))
  const { pools } = await planned(sized('1100', { tokens: 100 }))
  expect(pools.map(({ name, tokens, heldOut }) => [name, tokens, heldOut])).toEqual([
    ['h', 1000, 100],
    ['other', 1_000_000, 0],
  ])
  expect(renderPlan(await planned(sized('1100', { tokens: 100 })))).toMatch(
    /^h +1,000 +~?1,100 +100 +declared/m,
  )
  await expect(planned(sized('1100', { tokens: 101 }))).rejects.toMatchObject({ code: 'PLAN_INFEASIBLE' })
  await expect(planned(sized('1100', { tokens: 1100 }))).rejects.toMatchObject({
    code: 'PLAN_INFEASIBLE',
    facts: { key: 'holdout.tokens', got: 1100, limit: 1100 },
  })
  // As `other` is in no mix, there is no more of all sources together.
  await expect(planned(sized('1100', { tokens: 1100, perSource: false }))).rejects.toMatchObject({
    message: 'holdout asks 1,100 tokens of all sources, which has 1,100',
  })
  // A file may hold more than is declared: a warning.
  await writeFile(path.join(directory, 'h.jsonl'), '{"text": "Some words of a text."}\n'.repeat(200))
  const { warnings } = await planned(sized('1100', { tokens: 1200 }, 'h.jsonl'))
  expect(warnings.map(({ code, got, limit }) => [code, got, limit])).toEqual([['large-holdout', 1200, 1100]])
})

test('counts Megatron’s ids of 65,500 to 65,536 pieces as the four bytes that they are', async () => {
  const recipe: RecipeInput = {
    name: 'wide',
    sources: { w: { ...source, files: ['none/*'], tokens: '10M' } },
    stages: [{ name: 'only', tokens: '1M', mix: { w: 1 } }],
    phases: [{ sequenceLength: 64 }],
    output,
  }
  const loaded = await resolveRecipe(recipe, { directory, declaredFiles: true })
  const bytesOf = (vocabularySize: number) => {
    const { disk, steps } = planOf(loaded, [], vocabularySize, { surveySeconds: 0 })
    return [disk.shards, steps.find(({ step }) => step === 'emit')?.bytes[0]]
  }
  expect(bytesOf(65_499)).toEqual([4.06e6, 4e6])
  expect(bytesOf(65_500)).toEqual([6.06e6, 6e6])
  expect(bytesOf(65_537)).toEqual([8.12e6, 8e6])
})

test('refuses a tokenizer without the special tokens that are asked for, as a build does', async () => {
  const recipe: RecipeInput = {
    name: 'specials',
    tokenizer: 'gpt2',
    sources: { a: { ...source, files: ['none/*'], tokens: '10M' } },
    stages: [{ name: 'only', tokens: '1M', mix: { a: 1 } }],
    phases: [{ sequenceLength: 64 }],
    output,
  }
  const planned = async (more: Partial<RecipeInput>) =>
    plan(await resolveRecipe({ ...recipe, ...more }, { directory, declaredFiles: true }))
  await expect(planned({})).rejects.toMatchObject({
    code: 'RECIPE_INVALID',
    facts: { key: 'output.documents.bos' },
  })
  await expect(planned({ output: { ...output, documents: { bos: false } } })).resolves.toBeDefined()
  const chat = {
    ...source,
    files: ['none/*'],
    tokens: '10M',
    template: 'mistral-instruct' as const,
    loss: 'all' as const,
  }
  await expect(planned({ sources: { a: chat } })).rejects.toMatchObject({
    code: 'RECIPE_INVALID',
    facts: { key: 'sources.a.template' },
  })
  await expect(planned({ sources: { a: chat }, tokenizer: 'mistral-v1' })).resolves.toBeDefined()
})
