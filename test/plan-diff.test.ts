/** plan --diff: what it says would run again, beside what a build then runs. */
import { cp, readdir, rm, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, loadRecipe, type PlanDiff, planDiff, type StepDiff } from '../lib/index.ts'
import { renderPlanDiff } from '../lib/report/plan-diff-report.ts'
import { prose, type TestRecipe, testRecipe, writeCorpus } from './build/corpus.ts'
import { outputHashes, run, temporaryFolder, writeRecipe } from './build/support.ts'

let root: string
let base: string

beforeAll(async () => {
  root = await temporaryFolder()
  base = path.join(root, 'base')
  await writeCorpus(root)
  await build(await loadRecipe(await writeRecipe(root, testRecipe())), { out: base, workers: 0 })
}, 60_000)
afterAll(() => rm(root, { recursive: true, force: true }))

/** The difference for a changed recipe, and what building it then ran, by step. */
async function compare(
  name: string,
  change: (recipe: TestRecipe) => void = () => undefined,
): Promise<{ diff: PlanDiff; ran: Record<string, number> }> {
  const out = path.join(root, name)
  await cp(base, out, { recursive: true })
  const recipe = testRecipe()
  change(recipe)
  const loaded = await loadRecipe(await writeRecipe(root, recipe, `${name}.yaml`))
  const before = await outputHashes(out)
  const diff = await planDiff(loaded, out)
  expect(await outputHashes(out)).toEqual(before) // it only looks
  const ran: Record<string, number> = {}
  await build(loaded, {
    out,
    workers: 0,
    onEvent: (event) => {
      if (event.kind === 'step' && event.step !== 'account') ran[event.step] = event.units - event.reused
    },
  })
  expect((await planDiff(loaded, out)).unchanged).toBe(true)
  return { diff, ran }
}

const step = ({ steps }: PlanDiff, name: string): StepDiff | undefined =>
  steps.find((each) => each.step === name)

/** Every step ran at least what was certain, and no more than what was possible, unless units are new. */
function expectBounds({ steps }: PlanDiff, ran: Readonly<Record<string, number>>): void {
  for (const { step: name, run: certain, mayRun } of steps) {
    expect([name, ran[name] ?? 0]).toEqual([
      name,
      Math.max(certain, Math.min(certain + mayRun, ran[name] ?? 0)),
    ])
  }
}

describe('plan --diff', () => {
  test('says that nothing would run where nothing changed', async () => {
    const { diff, ran } = await compare('same')
    expect(diff).toMatchObject({ unchanged: true, settings: [], inputs: [] })
    expect(diff.steps.map(({ step: name }) => name)).toEqual(Object.keys(ran))
    expect(Object.values(ran).every((count) => count === 0)).toBe(true)
    expect(renderPlanDiff(diff)).toMatch(/nothing would run again/)
  })

  test('names a changed filter threshold, and counts exactly what surely stays', async () => {
    const { diff, ran } = await compare('threshold', ({ sources }) => {
      sources.web.filters[1] = { 'gopher-quality': { minWords: 225 } }
    })
    const key = 'sources.web.filters[1].settings.minWords'
    expect(diff.settings).toEqual([{ key, before: 40, after: 225 }])
    expect(step(diff, 'refine')).toMatchObject({ run: ran['refine'], why: [key], mayRun: 0 })
    expect(step(diff, 'refine')?.keep).toBeGreaterThan(0)
    expect(step(diff, 'tokenize')).toMatchObject({ run: 0, keep: 0 })
    expectBounds(diff, ran)
    expect(ran['emit']).toBeGreaterThan(0)
    const text = renderPlanDiff(diff)
    expect(text).toContain(`${key}: 40 → 225`)
    expect(text).toContain('at most')
  })

  test('leaves the shards before a changed stage, counted exactly', async () => {
    const { diff, ran } = await compare('stage', ({ stages }) => {
      Object.assign(stages[2]?.mix ?? {}, { chat: 70, books: 10 })
    })
    expect(diff.settings.map(({ key }) => key)).toEqual(['stages[2].mix.books', 'stages[2].mix.chat'])
    for (const name of ['refine', 'match', 'resolve', 'tokenize', 'shuffle', 'holdout'])
      expect(step(diff, name)).toMatchObject({ run: 0, mayRun: 0, gone: 0 })
    const emit = step(diff, 'emit')
    expect(emit).toMatchObject({
      run: ran['emit'],
      mayRun: 0,
      why: ['stages[2].mix.books', 'stages[2].mix.chat'],
    })
    expect(emit?.keep).toBeGreaterThan(emit?.run ?? 0)
    expect(step(diff, 'index')).toMatchObject({ run: 0, keep: 0 })
    expectBounds(diff, ran)
  })

  test('names shards that are new, and files that are lost', async () => {
    const longer = testRecipe()
    Object.assign(longer.stages[2] ?? {}, { tokens: 12_500 })
    const added = await planDiff(await loadRecipe(await writeRecipe(root, longer, 'longer.yaml')), base)
    expect(step(added, 'emit')).toMatchObject({ why: ['stages[2].tokens'], gone: 0 })
    expect(step(added, 'emit')?.added).toBeGreaterThan(0)
    const out = path.join(root, 'lost')
    await cp(base, out, { recursive: true })
    const folder = path.join(out, 'work/pools')
    const [pool] = (await readdir(folder)).filter((name) => name.endsWith('.tokens'))
    await unlink(path.join(folder, pool ?? ''))
    const diff = await planDiff(await loadRecipe(path.join(root, 'recipe.yaml')), out)
    expect(diff.steps.filter(({ run: runs, mayRun }) => runs + mayRun > 0)).toEqual([
      expect.objectContaining({ step: 'shuffle', run: 1, mayRun: 0, why: ['lost files'] }),
    ])
  })

  test('says which build would be refused', async () => {
    const out = path.join(root, 'base')
    const recipe = testRecipe()
    Object.assign(recipe.stages[0] ?? {}, { tokens: 60_000 })
    Object.assign(recipe.phases[0] ?? {}, { tokens: 66_000 })
    const file = await writeRecipe(root, recipe, 'refused.yaml')
    const { code, stdout } = await run('plan', file, '--diff', out, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ unchanged: false, refused: { code: 'PLAN_INFEASIBLE' } })
    const loaded = await loadRecipe(path.join(root, 'recipe.yaml'))
    await expect(planDiff(loaded, path.join(root, 'web'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const same = await run('plan', path.join(root, 'recipe.yaml'), '--diff', out)
    expect([same.code, same.stdout]).toEqual([0, `${out}: nothing would run again.\n`])
  })

  // Last, since it adds to the corpus.
  test('names an added and a removed input', async () => {
    const lines = Array.from({ length: 30 }, (_, at) => JSON.stringify({ text: prose(`new-${at}`, 12) }))
    await writeFile(path.join(root, 'books/c.jsonl'), lines.join('\n'))
    const added = await compare('added')
    expect(added.diff.inputs).toEqual([{ source: 'books', file: 'books/c.jsonl', change: 'added' }])
    expect(step(added.diff, 'refine')).toMatchObject({ why: ['inputs'] })
    expect(step(added.diff, 'tokenize')).toMatchObject({ run: 0, keep: 0 })
    await unlink(path.join(root, 'books/c.jsonl'))
    await unlink(path.join(root, 'books/b.jsonl'))
    const removed = await compare('removed')
    expect(removed.diff.inputs).toEqual([{ source: 'books', file: 'books/b.jsonl', change: 'removed' }])
    expect(step(removed.diff, 'refine')).toMatchObject({ why: ['inputs'] })
    expectBounds(removed.diff, removed.ran)
  })
})
