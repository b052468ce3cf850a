/** examples/danube2 over small generated folders, and over the corpora where they are. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { build, loadRecipe, verify } from '../../lib/index.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { prose } from '../build/corpus.ts'
import { temporaryFolder } from '../build/support.ts'

const file = path.resolve(import.meta.dirname, '../../examples/danube2/recipe.yaml')
const corpora = path.resolve(import.meta.dirname, '../../../shared/corpus')
let root: string
beforeAll(async () => {
  root = await temporaryFolder()
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** What verifying finds, each segment's stage and sequence length, and its share of web. */
async function shapeOf(out: string): Promise<unknown> {
  const { findings } = await verify(out)
  const { segments } = await readLedger(out)
  return {
    findings,
    segments: segments.map(({ stage, sequenceLength }) => `${stage} ${sequenceLength}`),
    web: segments.map(({ pools }) =>
      Number(((pools['web']?.share ?? 0) + (pools['web.long']?.share ?? 0)).toFixed(3)),
    ),
  }
}

/** As the reports have them, whatever the size. */
const shape = {
  findings: [],
  segments: ['base 2048', 'refine 2048', 'refine 4096', 'refine 8192', 'refine 16384', 'anneal 16384'],
  web: [0.845, 0.728, 0.728, 0.728, 0.728, 0.555],
}

test('has the stages of Danube2 and the context lengths of Danube, at a twentieth of its size', async () => {
  const sizes = { web: [140, 40], encyclopedia: [30, 12], technical: [40, 12], instruct: [40, 6] } as const
  for (const [name, [documents, sentences]] of Object.entries(sizes)) {
    const folder = path.join(root, 'data', name)
    await mkdir(folder, { recursive: true })
    const lines = Array.from({ length: documents }, (_, at) => {
      const text = prose(`${name}-${at}`, at % 8 === 0 ? 5 * sentences : sentences)
      const turns = [
        { role: 'user', content: 'What then?' },
        { role: 'assistant', content: text },
      ]
      return JSON.stringify(name === 'instruct' ? { messages: turns } : { text })
    })
    await writeFile(path.join(folder, 'part.jsonl'), `${lines.join('\n')}\n`)
  }
  const text = (await readFile(file, 'utf8')).replaceAll('${DANUBE_DATA}', path.join(root, 'data'))
  const recipe: RecipeInput = parse(text)
  // Generated words are of no language.
  for (const source of Object.values(recipe.sources)) Object.assign(source, { filters: [], maxEpochs: 40 })
  const tenth = { base: '50K', refine: '47.5K', anneal: '2.5K' } as Readonly<Record<string, string>>
  const small: RecipeInput = {
    ...recipe,
    holdout: { tokens: 500 },
    batchTokens: 16_384,
    stages: recipe.stages.map((stage) => ({ ...stage, tokens: tenth[stage.name] ?? 0 })),
    phases: recipe.phases.map((phase, at) => ({
      ...phase,
      tokens: ['70K', '10K', '10K', 'rest'][at] ?? 'rest',
    })),
  }
  const loaded = await resolveRecipe(small, { directory: root })
  const out = path.join(root, 'out')
  await build(loaded, { out, workers: 0 })
  expect(await shapeOf(out)).toEqual(shape)
}, 60_000)

test.skipIf(!existsSync(corpora))(
  'as it stands, over the corpora (needs them)',
  async () => {
    const loaded = await loadRecipe(file, { environment: { DANUBE_DATA: corpora } })
    const out = path.join(root, 'whole')
    await build(loaded, { out, workers: 0 })
    expect(await shapeOf(out)).toEqual(shape)
  },
  120_000,
)
