/** A build of conversations beside texts: their loss masks in every format that has one, in the ledger, verify and trace. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readManifest } from '../../lib/build/manifest.ts'
import { poolTokens } from '../../lib/build/pools.ts'
import { templates } from '../../lib/documents/templates/index.ts'
import type { Sequence } from '../../lib/formats/define-format.ts'
import { formats } from '../../lib/formats/index.ts'
import { build, openBuild, readLedger, resolveRecipe, traceToken, verify } from '../../lib/index.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { renderTokenized } from '../../lib/report/build-report.ts'
import { createTokenizer, loadTokenizer, type Tokenizer } from '../../tokenizers/index.ts'
import { readPacked } from '../lib/formats/packed-reader.ts'
import { readMds } from '../lib/formats/sequence-readers.ts'
import { readDatatrove, readOlmo } from '../lib/formats/token-readers.ts'
import { outputHashes, temporaryFolder } from './support.ts'

const FORMATS = ['datatrove', 'mds', 'olmo', 'packed', 'packed-parquet']
let root: string
let tokenizer: Tokenizer

const chat = (i: number): object => ({
  id: String(i),
  messages: [
    { role: 'system', content: `You count to ${i}.` },
    { role: 'user', content: `[INST] I am a${i}@example.org. How many are ${i} apples? </s>` },
    { role: 'assistant', content: `There are ${i} of them, é`.repeat(1 + (i % 4)) },
    { role: 'user', content: `And ${i + 1}?` },
    { role: 'assistant', content: `${i + 1} ` },
  ],
})

const lines = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('')
const text = (i: number): { text: string } => ({
  text: `Text ${i} says [INST] ${'word '.repeat(20 + (i % 30))}`,
})
const masks = (items: readonly Sequence[]): string => items.map((item) => item.learned!.join('')).join('/')
const baseFiles = (hashes: Record<string, string>): string[] =>
  Object.keys(hashes).filter((file) => file.startsWith('shards/00-base-64/'))

function recipe(chats: object = {}, output: object = {}): RecipeInput {
  const source = { license: 'MIT', acquisition: 'public' } as const
  return {
    name: 'chats',
    tokenizer: 'mistral-v3',
    sources: {
      web: { ...source, files: ['web.jsonl'] },
      chats: {
        ...source,
        files: ['chats.jsonl'],
        template: 'mistral-instruct',
        filters: ['pii'],
        maxEpochs: 2,
        ...chats,
      },
    },
    dedup: ['exact'],
    holdout: { tokens: 200 },
    stages: [
      { name: 'base', tokens: 2000, mix: { web: 1 } },
      { name: 'chat', tokens: 4000, mix: { web: 1, chats: 3 } },
    ],
    phases: [{ sequenceLength: 64 }],
    output: { formats: FORMATS, shardTokens: 1500, ...output },
  }
}

async function buildIn(name: string, input: RecipeInput): Promise<string> {
  const out = path.join(root, name)
  await build(await resolveRecipe(input, { directory: root }), { out, workers: 0 })
  return out
}

beforeAll(async () => {
  root = await temporaryFolder()
  tokenizer = createTokenizer(await loadTokenizer('mistral-v3'))
  await writeFile(path.join(root, 'web.jsonl'), lines(Array.from({ length: 120 }, (_, i) => text(i))))
  await writeFile(path.join(root, 'chats.jsonl'), lines(Array.from({ length: 60 }, (_, i) => chat(i))))
})
afterAll(() => rm(root, { recursive: true }))

/** What is learned of a document's ids, from the ids alone: from `[/INST]` to the EOS; of texts, all. */
function learnedOf(ids: readonly number[]): number[] {
  if (ids[1] !== tokenizer.control?.('[INST]')) return ids.map(() => 1)
  let answer = false
  return ids.map((id) => {
    const learned = answer
    if (id === tokenizer.control?.('[/INST]')) answer = true
    if (id === tokenizer.eos) answer = false
    return learned ? 1 : 0
  })
}

describe('a build with conversations', () => {
  let out: string
  beforeAll(async () => {
    out = await buildIn('masked', recipe())
  })

  test('balances, verifies, and counts what is learned from the files', async () => {
    expect(await verify(out)).toMatchObject({ holds: true, findings: [] })
    const { segments } = await readLedger(out)
    const [base, mixed] = segments
    expect(base!.pools['web']).toMatchObject({ learned: base!.pools['web']!.emitted })
    const { learned, emitted } = mixed!.pools['chats']!
    expect(learned).toBeGreaterThan(0)
    expect(learned).toBeLessThan(emitted / 2)
    for (const counts of Object.values(mixed!.formats))
      expect(counts.learned).toBe(learned + mixed!.pools['web']!.emitted)
  })

  test('knows the bytes and tokens of each source’s text, specials left out', async () => {
    const { tokenized, pools } = await readManifest(out)
    const texts = Array.from({ length: 120 }, (_, i) => text(i).text)
    expect(tokenized['web']).toEqual({
      bytes: texts.reduce((sum, one) => sum + Buffer.byteLength(one), 0),
      tokens: texts.reduce((sum, one) => sum + tokenizer.encode(one).length, 0),
    })
    // BOS, two of [INST], [/INST] and EOS.
    const chats = pools.find(({ name }) => name === 'chats')!
    expect(tokenized['chats']!.tokens).toBe(poolTokens(chats) - 60 * 7)
    expect(renderTokenized(tokenized).join('\n')).toMatch(/web +[\d,]+ +[\d,]+ +0\.\d{4} +\d\.\d\d/)
    expect(renderTokenized({})).toEqual([])
  })

  test('has the answers of conversations, and all of texts, as 1 in every mask', async () => {
    const folder = path.join(out, 'shards/01-chat-64')
    const shard = { vocabularySize: 32_768, masked: true }
    const documents = await readOlmo(`${folder}/olmo/00000`, shard)
    for (const { tokens, learned } of documents) expect([...learned!]).toEqual(learnedOf([...tokens]))
    expect(documents.some(({ learned }) => learned!.includes(0))).toBe(true)
    expect(masks(await readDatatrove(`${folder}/datatrove/00000`, 'mistral-v3'))).toBe(masks(documents))
    const sequences = await readPacked(`${folder}/packed/00000`)
    expect(masks(await readMds(`${folder}/mds/00000`))).toBe(masks(sequences))
    const reader = await formats.get('packed-parquet')!.open(`${folder}/packed-parquet/00000`)
    for (const [index, { tokens, learned }] of sequences.entries()) {
      expect(await reader.item(index)).toMatchObject({ tokens: Uint16Array.from(tokens), learned })
    }
    await reader.close()
  })

  test('segments without conversations have the files that they would have alone', async () => {
    const plain = await outputHashes(await buildIn('unmasked', recipe({ loss: 'all' })))
    const masked = await outputHashes(out)
    expect(baseFiles(masked).length).toBeGreaterThan(10)
    expect(baseFiles(masked).map((file) => [file, masked[file]])).toEqual(
      baseFiles(plain).map((file) => [file, plain[file]]),
    )
    const maskFiles = Object.keys(masked).filter((file) => file.endsWith('.label_mask'))
    expect(maskFiles.length).toBeGreaterThan(1)
    expect(maskFiles.every((file) => file.includes('chat'))).toBe(true)
    expect(Object.keys(plain).filter((file) => file.endsWith('.label_mask'))).toEqual([])
  })

  test('traces tokens with what is learned, made again from the stored turns', async () => {
    const opened = await openBuild(out)
    const documents = await readOlmo(path.join(out, 'shards/01-chat-64/olmo/00000'), {
      vocabularySize: 32_768,
      masked: true,
    })
    const learned = documents.flatMap((document) => [...document.learned!])
    for (let position = 0; position < learned.length; position += 151) {
      const trace = await traceToken(opened, 'shards/01-chat-64/olmo/00000.npy', position)
      expect(trace).toMatchObject({ reproduced: true, token: { learned: learned[position] === 1 } })
    }
  })

  test('a changed mask is found', async () => {
    const file = path.join(out, 'shards/01-chat-64/olmo/00000.label_mask')
    const bytes = await readFile(file)
    await writeFile(file, Buffer.from(bytes).fill(1))
    const { findings } = await verify(out)
    expect(findings.map(({ problem }) => problem).join()).toMatch(/other content/)
    expect(findings.map(({ place }) => place).join()).toMatch(/formats\.olmo\.learned/)
    await writeFile(file, bytes)
  })
})

describe('a recipe with conversations', () => {
  test.each([
    [{}, { formats: ['packed', 'megatron', 'litdata'] }, /megatron, litdata cannot say which tokens/],
    [{ filters: ['c4-quality'] }, {}, /c4-quality edits texts as a whole/],
    [{ template: 'plain', loss: 'answers' }, {}, /answers are told apart only by a template with turns/],
  ])('%j with %j is refused', async (chats, output, message) => {
    await expect(resolveRecipe(recipe(chats, output), { directory: root })).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      issues: [{ message: expect.stringMatching(message), fix: expect.any(String) }],
    })
  })

  test('needs BOS and EOS of the tokenizer', () => {
    const refuses = templates['mistral-instruct']!.layout!.refuses
    expect(refuses({ bos: undefined, eos: 2 })).toMatch(/BOS and EOS/)
    expect(refuses({ bos: 1, eos: 2 })).toBeUndefined()
  })

  test('with `loss: all` may be written in any format', async () => {
    const input = recipe({ loss: 'all' }, { formats: ['megatron'] })
    await expect(resolveRecipe(input, { directory: root })).resolves.toBeDefined()
  })
})
