import { readFileSync } from 'node:fs'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOnnxThread } from '../../filters/models/onnx.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { buildWithCli, temporaryFolder, writeRecipe } from '../build/support.ts'
import { onnxCases, onnxDifference, onnxJudge, onnxJudges } from './models/onnx-cases.ts'

const fixtures = path.resolve(import.meta.dirname, 'models/fixtures')
const cases = onnxCases.parse(JSON.parse(readFileSync(path.join(fixtures, 'onnx.json'), 'utf8')))

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  ['mean', 'softmax'],
  ['fixed', 'sigmoid'], // 32-bit ids, of a fixed number of tokens
  ['grade', 'none'],
] as const)("onnxruntime's scores of the model %s, as %s", async (name, activation) => {
  expect(await onnxDifference(fixtures, name, cases, activation)).toBeLessThan(2e-6)
})

describe('onnx', () => {
  let judges: Awaited<ReturnType<typeof onnxJudges>>
  beforeAll(async () => {
    judges = await onnxJudges(fixtures, 'mean')
  })

  test('reads the first tokens, special ones included', () => {
    const judge = judges({ firstTokens: 5 })
    expect(judge('the proof of history').values).toEqual(judge('the proof of').values)
    expect(judge('the proof of').values['tokens']).toBe(5)
    expect(judge('the proof').values).not.toEqual(judge('the proof of').values)
    const bare = judges({ firstTokens: 5, specials: false })
    expect(bare('the proof of history is').values['tokens']).toBe(5)
    expect(bare('the proof of history is').values).not.toEqual(judge('the proof of').values)
  })

  test('reads no more characters than 64 a token, and no half of one', () => {
    const judge = judges()
    expect(judge(`${' '.repeat(64 * 12 - 3)}the proof`).values).toEqual(judge('the').values)
    expect(judge(`${' '.repeat(64 * 12 - 1)}😀`)).toMatchObject({ keep: true, values: { tokens: 0 } })
  })

  test('a text without tokens is kept without a score', () => {
    const judge = judges({ minScores: { sale: 0.9 } })
    expect(judge(' \n')).toMatchObject({ keep: true, values: { tokens: 0 } })
  })

  test('drops by scores of labels, limits inclusive', () => {
    const text = 'lol ok'
    const score = Number(judges({ label: 'chat' })(text).values['score'])
    expect(judges({ minScores: { chat: score } })(text).keep).toBe(true)
    const low = judges({ minScores: { chat: score + 1e-6 } })(text)
    expect(low).toMatchObject({ keep: false, reason: 'low_score', value: score })
    const high = judges({ maxScores: { plain: 0.5 } })(text)
    expect(high).toMatchObject({ keep: false, reason: 'high_score', values: { label: 'plain' } })
  })
})

describe('what is wrong with a model is said when it is loaded', () => {
  test.each([
    ['per-token', /its output logits has the shape 1 x 1 x 3, not documents x labels/],
    ['float-mask', /its input attention_mask is not of int64 or int32/],
    ['position', /it needs the input position_ids, and gets input_ids, attention_mask, token_type_ids/],
  ])('%s', async (name, message) => {
    await expect(onnxJudge(fixtures, name)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message),
    })
  })

  test('files that are no model', async () => {
    await copyFile(path.join(fixtures, 'onnx-tokenizer.json'), path.join(folder, 'onnx-tokenizer.json'))
    await writeFile(path.join(folder, 'onnx-text.onnx'), 'no model')
    await writeFile(
      path.join(folder, 'onnx-torn.onnx'),
      readFileSync(path.join(fixtures, 'onnx-mean.onnx')).subarray(0, 3000),
    )
    for (const name of ['text', 'torn']) {
      await expect(onnxJudge(folder, name)).rejects.toMatchObject({ code: 'MODEL_INVALID' })
    }
    await expect(onnxJudge(folder, 'none')).rejects.toMatchObject({ code: 'INPUT_MISSING' })
  })

  test('settings that do not fit it', async () => {
    await expect(onnxJudge(fixtures, 'mean', { scores: 2 })).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      message: expect.stringContaining('its output logits has 3 scores'),
    })
    await expect(onnxJudge(fixtures, 'fixed', { firstTokens: 17 })).rejects.toMatchObject({
      message: expect.stringContaining('its input input_ids has 16 tokens, and firstTokens is 17'),
    })
    await expect(onnxJudge(fixtures, 'mean', { output: 'x' })).rejects.toMatchObject({
      message: expect.stringContaining('it has no output x; it has logits'),
    })
    await expect(onnxJudge(fixtures, 'mean', { minScores: { good: 1 } })).rejects.toMatchObject({
      facts: { key: 'onnx.minScores', fix: expect.stringContaining('plain, sale, chat') },
    })
    for (const setting of ['model', 'tokenizer']) {
      await expect(onnxJudge(fixtures, 'mean', { [setting]: null })).rejects.toMatchObject({
        facts: { key: `onnx.${setting}` },
      })
    }
    await expect(onnxJudge(fixtures, 'mean', { labels: [] })).rejects.toMatchObject({
      facts: { key: 'onnx.labels' },
    })
  })
})

test('without the package, or with another version, the error says what to install', () => {
  const bytes = readFileSync(path.join(fixtures, 'onnx-mean.onnx'))
  const model = { file: 'x.onnx', bytes, output: null, labels: 3, firstTokens: 12 }
  for (const runtime of [
    { package: 'onnxruntime-web-that-is-not-there', version: '1.0.0' },
    { package: 'onnxruntime-web', version: '0.0.1' },
  ]) {
    const thread = createOnnxThread(model, runtime)
    expect(() => thread.scores([0])).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({
          fix: expect.stringMatching(/^Run npm install onnxruntime-web@[\d.]+\.$/),
        }),
      }),
    )
    thread.close()
  }
})

test('a build: paths are relative to the recipe, scores define tiers, the same whatever the workers', {
  timeout: 180_000,
}, async () => {
  const texts = Array.from({ length: 60 }, (_, at) => cases.texts[at % cases.texts.length])
  await writeFile(
    path.join(folder, 'in.jsonl'),
    texts.map((text) => `${JSON.stringify({ text })}\n`).join(''),
  )
  for (const name of ['onnx-mean.onnx', 'onnx-tokenizer.json'])
    await copyFile(path.join(fixtures, name), path.join(folder, name))
  const recipe = await writeRecipe(folder, {
    name: 'onnx',
    seed: 1,
    tokenizer: 'mistral-v1',
    sources: {
      web: {
        files: ['in.jsonl'],
        license: 'CC0-1.0',
        acquisition: 'synthetic',
        filters: [
          {
            onnx: {
              model: 'onnx-mean.onnx',
              tokenizer: { type: 'huggingface', model: 'onnx-tokenizer.json' },
              firstTokens: cases.firstTokens,
              labels: ['plain', 'sale', 'chat'],
              label: 'plain',
              maxScores: { plain: 0.9 },
            },
          },
        ],
        tiers: { plain: 'onnx.score >= 0.5' },
      },
    },
    dedup: [],
    stages: [{ name: 'only', tokens: 100, mix: { 'web.plain': 1 } }],
    phases: [{ sequenceLength: 16, tokens: 'rest', packing: 'concat' }],
    output: { formats: ['packed'] },
  })
  const digests: string[] = []
  for (const workers of [0, 1]) {
    const out = path.join(folder, `out-${workers}`)
    digests.push((await buildWithCli(recipe, out, workers)).digest)
    const { pools } = await readLedger(out)
    // Of the six texts onnxruntime's logits make two plain, and one, which is dropped, above 0.9; of each there are ten.
    const documents = Object.entries(pools).map(([name, pool]) => [name, pool.documents])
    expect(Object.fromEntries(documents)).toEqual({ 'web.plain': 20, web: 30 })
  }
  expect(digests[0]).toBe(digests[1])
})
