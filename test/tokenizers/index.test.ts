import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  builtInTokenizers,
  createTokenizer,
  loadTokenizer,
  tokenizerFacts,
  tokenizerSchema,
  tokenizers,
} from '../../tokenizers/index.ts'
import { goldenFolder } from './support.ts'

test('the built-in names, and the families by type', () => {
  const names = [
    'mistral-v1',
    'mistral-v2',
    'mistral-v3',
    'tekken',
    'gpt2',
    'r50k_base',
    'p50k_base',
    'p50k_edit',
    'cl100k_base',
    'o200k_base',
  ]
  expect(builtInTokenizers).toEqual(expect.arrayContaining(names))
  const types = ['huggingface', 'sentencepiece', 'tekken', 'tiktoken']
  expect(Object.keys(tokenizers)).toEqual(expect.arrayContaining(types))
  expect(tokenizers['constructor']).toBeUndefined()
})

test.each(['mistral-v1', 'mistral-v2', 'mistral-v3'])(
  '%s has the facts that are told without its tables',
  async (name) => {
    const { vocabularySize, bos, eos, pad, ...tokenizer } = createTokenizer(await loadTokenizer(name))
    expect(await tokenizerFacts(name)).toMatchObject({ name: tokenizer.name, vocabularySize, bos, eos, pad })
  },
)

test.each(builtInTokenizers)(
  '%s passes the schema, crosses a thread border and shares its large arrays',
  async (name) => {
    expect(tokenizerSchema.parse(name)).toBe(name)
    const loaded = await loadTokenizer(name)
    expect((await loadTokenizer(name)).tables).toBe(loaded.tables) // read once a process
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(loaded)
    const received = receiveMessageOnPort(port2)?.message
    port1.close()
    const large = arraysOf(loaded.tables).filter(({ byteLength }) => byteLength > 4096)
    expect(large.filter(({ buffer }) => !(buffer instanceof SharedArrayBuffer))).toEqual([])
    const here = createTokenizer(loaded)
    const there = createTokenizer(received)
    expect(there.encode('Hello, wörld!')).toEqual(here.encode('Hello, wörld!'))
    expect(there.fingerprint).toBe(here.fingerprint)
    expect(there.name).toBe(name)
  },
)

test('the tables of a vocabulary are seen as large arrays', async () => {
  const sizes = arraysOf((await loadTokenizer('mistral-v1')).tables).map(({ byteLength }) => byteLength)
  expect(Math.max(...sizes)).toBeGreaterThan(1e6)
})

test.each(['mistral-v1', 'tekken'])("%s: ids stay as they were, and are the caller's alone", async (name) => {
  const tokenizer = createTokenizer(await loadTokenizer(name))
  // Of all lengths, more ids together than two of the buffers hold that results share.
  const texts = Array.from({ length: 200 }, (_, i) => `${i} words`.repeat(1 + ((i * 997) % 400)))
  texts.push('word '.repeat(20_000), 'after a long one')
  const kept = texts.map((text) => tokenizer.encode(text))
  const copies = kept.map((ids) => Array.from(ids))
  expect(copies.flat().length).toBeGreaterThan(2 * 65_536)
  for (const [i, ids] of kept.entries()) {
    if (i % 2 === 0) ids.fill(1)
  }
  const left = kept.filter((_, i) => i % 2 === 1)
  expect(left.map((ids) => Array.from(ids))).toEqual(copies.filter((_, i) => i % 2 === 1))
  expect(texts.map((text) => Array.from(tokenizer.encode(text)))).toEqual(copies)
})

function arraysOf(value: unknown): ArrayBufferView[] {
  if (ArrayBuffer.isView(value)) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(arraysOf)
}

test('a name that does not exist is refused with the names that do', async () => {
  const parsed = tokenizerSchema.safeParse('mistral')
  expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
    `There is no built-in tokenizer "mistral". Built in: ${builtInTokenizers.join(', ')}.`,
  ])
  await expect(loadTokenizer('mistral')).rejects.toMatchObject({
    code: 'RECIPE_INVALID',
    message: expect.stringContaining('mistral-v1, mistral-v2, mistral-v3, tekken'),
    facts: { key: 'tokenizer', got: 'mistral' },
  })
})

test.each([
  [
    { type: 'word-piece', model: 'x' },
    [],
    `There is no tokenizer type "word-piece". Types: ${Object.keys(tokenizers).join(', ')}.`,
  ],
  [{ model: 'x' }, [], 'A tokenizer is a name'],
  [7, [], 'A tokenizer is a name'],
  ['constructor', [], 'There is no built-in tokenizer'],
  [{ type: 'constructor' }, [], 'There is no tokenizer type'],
  [{ type: 'sentencepiece', model: 'x', modle: 'y' }, [], 'modle'],
  [{ type: 'sentencepiece' }, ['model'], 'string'],
  [{ type: 'tekken', model: 7 }, ['model'], 'string'],
])('the schema refuses %j', (spec, keys, message) => {
  const [issue] = tokenizerSchema.safeParse(spec).error?.issues ?? []
  expect(issue?.path).toEqual(keys)
  expect(issue?.message).toContain(message)
})

test('settings are relative to the directory given, and reported by key', async () => {
  const spec = { type: 'sentencepiece', model: 'small-unknown.model' }
  expect(tokenizerSchema.parse(spec)).toEqual(spec)
  const tokenizer = createTokenizer(await loadTokenizer(spec, goldenFolder))
  expect(tokenizer.name).toBe('small-unknown.model')
  expect(tokenizer.vocabularySize).toBe(400)
  await expect(loadTokenizer({ type: 'tekken' })).rejects.toMatchObject({ facts: { key: 'tokenizer.model' } })
})

test('has a JSON Schema with the names and each type’s settings', () => {
  const schema = z.toJSONSchema(tokenizerSchema, { io: 'input' })
  expect(schema.anyOf?.[0]).toEqual({ enum: builtInTokenizers })
  const at = 1 + Object.keys(tokenizers).indexOf('sentencepiece')
  expect(schema.anyOf?.[at]).toMatchObject({
    properties: { type: { const: 'sentencepiece' }, model: { type: 'string' } },
    required: ['type', 'model'],
    additionalProperties: false,
  })
})
