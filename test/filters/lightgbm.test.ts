import { readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lightgbm } from '../../filters/lightgbm.ts'
import { parseLightGbm } from '../../filters/models/lightgbm-file.ts'
import { createFilters, loadFilterTables } from '../../lib/build/tables.ts'
import { asMillraceError } from '../../lib/errors.ts'
import { build, loadRecipe } from '../../lib/index.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { temporaryFolder, writeRecipe } from '../build/support.ts'
import { lightgbmCases, predictions } from './models/lightgbm-cases.ts'

const fixtures = path.resolve(import.meta.dirname, 'models/fixtures')
const binary = path.join(fixtures, 'lightgbm-binary.txt')
const cases = lightgbmCases.parse(JSON.parse(readFileSync(path.join(fixtures, 'lightgbm.json'), 'utf8')))

test.each(Object.keys(cases.models))(
  "LightGBM's predictions of a model with the objective %s",
  async (name) => {
    const { raw, difference } = await predictions(fixtures, name, cases)
    expect(raw).toEqual(cases.models[name]?.raw)
    expect(difference).toBeLessThanOrEqual(1e-14)
  },
)

/** Every feature but the first has a name that no filter records. */
const FEATURES = { share: 'url.share', kind: 'language.label', zeros: 'url.zeros', other: 'url.other' }

async function judge(given: object, earlier: Record<string, Record<string, number | string>> = {}) {
  const settings = lightgbm.settings.parse({ model: binary, features: FEATURES, ...given })
  const model = await lightgbm.load!(settings)
  return lightgbm.create(settings, model)({ text: '', id: undefined, url: undefined }, earlier)
}

/** The row of the cases with these values, as its number. */
function earlierOf(row: readonly (number | null)[]): Record<string, Record<string, number | string>> {
  const [words, share, kind, zeros, other] = row
  const numbers = Object.entries({ share, zeros, other }).flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, value] as const] : [],
  )
  return {
    length: { words: words ?? 0 },
    url: Object.fromEntries(numbers),
    language: { label: `kind-${kind}` },
  }
}

describe('lightgbm', () => {
  const categories = { kind: Array.from({ length: 12 }, (_, at) => `kind-${at}`) }

  test('features are recorded values of earlier filters, texts by their categories, others missing', async () => {
    for (const [at, row] of cases.rows.slice(0, 40).entries()) {
      const { values } = await judge({ categories }, earlierOf(row))
      expect(values['score']).toBe(Number(cases.models['binary']?.scores[at]?.[0]?.toPrecision(9)))
    }
    const missing = cases.rows.findIndex((row) => row.every((value) => value === null))
    expect((await judge({})).values['score']).toBeCloseTo(
      cases.models['binary']?.scores[missing]?.[0] ?? 0,
      8,
    )
  })

  test('drops by the score, limits inclusive', async () => {
    const score = Number((await judge({})).values['score'])
    expect((await judge({ minScore: score, maxScore: score })).keep).toBe(true)
    const least = score + 1e-6
    expect(await judge({ minScore: least })).toMatchObject({
      reason: 'low_score',
      value: score,
      threshold: least,
    })
    expect(await judge({ maxScore: 0 })).toMatchObject({ reason: 'high_score', value: score, threshold: 0 })
  })

  test('of a multiclass model the score is that of a class, or of the likeliest', async () => {
    const model = path.join(fixtures, 'lightgbm-multiclass.txt')
    for (const [at, row] of cases.rows.slice(0, 20).entries()) {
      const scores = cases.models['multiclass']?.scores[at] ?? []
      const { values } = await judge({ model, categories }, earlierOf(row))
      expect(values['class']).toBe(scores.indexOf(Math.max(...scores)))
      expect(values['score']).toBeCloseTo(Math.max(...scores), 8)
      const second = await judge({ model, categories, class: 1 }, earlierOf(row))
      expect(second.values['score']).toBeCloseTo(scores[1] ?? 0, 8)
    }
    await expect(judge({ model, class: 3 })).rejects.toMatchObject({
      facts: { key: 'lightgbm.class', limit: 2 },
    })
  })

  test('says what is missing: the model, its file, a feature, a filter before it', async () => {
    await expect(judge({ model: null })).rejects.toMatchObject({ facts: { key: 'lightgbm.model' } })
    await expect(judge({ model: '/nowhere' })).rejects.toMatchObject({ code: 'INPUT_MISSING' })
    await expect(judge({ features: { x: 'length.words' } })).rejects.toMatchObject({
      facts: { got: 'x', fix: expect.stringContaining('length.words, share') },
    })
    const settings = lightgbm.settings.parse({ model: binary })
    const use = { name: 'lightgbm', settings }
    const tables = await loadFilterTables([use], '/')
    expect(() => createFilters([use], tables)).toThrow(
      /reads the number length\.words, but no filter before it/,
    )
  })

  test('in a build: its scores are recorded, and a recipe without what it reads is refused', {
    timeout: 60_000,
  }, async () => {
    const rows = Array.from({ length: 60 }, (_, at) => ({ text: 'word '.repeat(at * 10 + 1) }))
    await writeFile(path.join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
    const features = {
      share: 'character-ratios.digits',
      kind: 'length.tokens',
      zeros: 'character-ratios.symbols',
      other: 'character-ratios.whiteSpace',
    }
    // What the shortest and the longest text get, and a tier between them.
    const ratios = { digits: 0, symbols: 0, whiteSpace: 0.2 }
    const scoreOf = async (words: number) =>
      Number(
        (await judge({ features }, { length: { words, tokens: 500 }, 'character-ratios': ratios })).values[
          'score'
        ],
      )
    const [low, high] = [await scoreOf(1), await scoreOf(591)]
    expect(high).toBeGreaterThan(low)
    const recipe = (filters: readonly unknown[]) => ({
      name: 'trees',
      seed: 1,
      tokenizer: 'mistral-v1',
      sources: {
        web: {
          files: ['rows.jsonl'],
          license: 'CC0-1.0',
          acquisition: 'synthetic',
          filters,
          tiers: { good: `lightgbm.score >= ${(low + high) / 2}` },
        },
      },
      dedup: [],
      stages: [{ name: 'one', tokens: 200, mix: { 'web.good': 1 } }],
      phases: [{ sequenceLength: 16, tokens: 'rest', packing: 'concat' }],
      output: { formats: ['packed'] },
    })
    const use = { lightgbm: { model: binary, features } }
    const out = path.join(folder, 'out')
    const write = (filters: readonly unknown[]) => writeRecipe(folder, recipe(filters))
    const backward = await loadRecipe(
      await write([use, 'length', { 'character-ratios': { maxWhiteSpace: null } }]),
    )
    await expect(build(backward, { out, workers: 0 })).rejects.toMatchObject({ code: 'RECIPE_INVALID' })
    const forward = await write(['length', { 'character-ratios': { maxWhiteSpace: null } }, use])
    await build(await loadRecipe(forward), { out, workers: 0 })
    const { documents = 0 } = (await readLedger(out)).pools['web.good'] ?? {}
    expect(documents).toBe(30) // those of more than 297 words
  })
})

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => rm(folder, { recursive: true }))

const refused = (text: string): string => {
  try {
    parseLightGbm(Buffer.from(text), 'mine.txt')
  } catch (error) {
    const known = asMillraceError(error)
    expect(known.code).toBe('MODEL_INVALID')
    return known.message
  }
  return 'accepted'
}

describe('a model file that is damaged or hostile is an error', () => {
  test.each([
    [/^tree/, 'leaf', 'does not begin as a model'],
    [/objective=binary/, 'objective=none', 'its objective is none'],
    [/sigmoid:1/, 'sigmoid:-1', 'factor of its sigmoid'],
    [/max_feature_idx=4/, 'max_feature_idx=5', 'feature names do not add up'],
    [/num_tree_per_iteration=1/, 'num_tree_per_iteration=2', '3 trees for 2 scores'],
    [/is_linear=0/, 'is_linear=1', 'linear models, which are not supported'],
    [/num_leaves=5/, 'num_leaves=99999999999', 'leaf_value has 5 numbers'],
    [/split_feature=\d/, 'split_feature=5', 'a feature is out of range'],
    [/left_child=-?\d+/, 'left_child=0', 'a child is out of range'],
    [/right_child=-?\d+/, 'right_child=-6', 'a child is out of range'],
    [/leaf_value=\S+/, 'leaf_value=nan', 'leaf_value has something other than numbers'],
    [/leaf_value=\S+/, 'leaf_value= 1', 'leaf_value has'],
    [/decision_type=\d+/, 'decision_type=16', 'a type of decision is unknown'],
    [/cat_boundaries=0 1/, 'cat_boundaries=0 9', 'a set of categories is out of range'],
    [/end of trees/, '', 'cut short'],
  ])('%s → %s', async (find, replace, message) => {
    const text = await readFile(binary, 'utf8')
    expect(text).toMatch(find)
    expect(refused(text.replace(find, replace))).toContain(message)
  })

  test('cut anywhere', async () => {
    const text = await readFile(binary, 'utf8')
    const end = text.indexOf('end of trees')
    for (let at = 0; at < end; at += 7) expect(refused(text.slice(0, at))).not.toBe('accepted')
    expect(refused(text)).toBe('accepted')
  })
})
