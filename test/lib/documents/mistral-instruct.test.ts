import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { documentEncoder, type EncodedDocument } from '../../../lib/build/encode-document.ts'
import { createSurvivors } from '../../../lib/build/survivors.ts'
import type { Document } from '../../../lib/documents/document.ts'
import { createMapper, type Mapped } from '../../../lib/documents/fields.ts'
import { type Recipe, recipeSchema } from '../../../lib/recipe/schema.ts'
import { createTokenizer, loadTokenizer, type Tokenizer } from '../../../tokenizers/index.ts'
import { goldenRows } from '../../tokenizers/support.ts'

const words = (parts: readonly string[]): string => parts.join('').replaceAll('\n', '')

interface Message {
  readonly role: string
  readonly content: string
}

const NAMES = ['mistral-v1', 'mistral-v2', 'mistral-v3', 'tekken'] as const
const map = createMapper({ template: 'mistral-instruct', messages: 'messages' })

function recipeOf(source: object, documents?: object): Recipe {
  const { stages: _, ...recipe } = recipeSchema.parse({
    name: 'chats',
    sources: {
      chats: { files: ['x'], license: 'MIT', acquisition: 'public', template: 'mistral-instruct', ...source },
    },
    stages: [{ name: 's', tokens: 1, mix: { chats: 1 } }],
    phases: [{ sequenceLength: 8 }],
    output: { documents },
  })
  return { ...recipe, stages: [] }
}

/** The mapped document of a conversation, as the pipeline stores and encodes it. */
function mapped(messages: readonly Message[]): Mapped {
  const found = map({ messages })
  if ('reason' in found) throw new Error(found.detail)
  return found
}

function encode(document: Document, tokenizer: Tokenizer, recipe: Recipe): EncodedDocument {
  const survivors = createSurvivors(new Uint8Array(16))
  survivors.add(0, { text: 'one before', turns: [] })
  survivors.add(1, document)
  const { bytes, offsets } = survivors.texts(1, 2)
  expect(bytes.length).toBe(offsets[1])
  return documentEncoder(recipe, 'chats', tokenizer)(bytes, survivors.turns(1, 2)[0]!)
}

describe.each(NAMES)('mistral-instruct with %s', (name) => {
  let tokenizer: Tokenizer
  beforeAll(async () => {
    tokenizer = createTokenizer(await loadTokenizer(name))
  })

  type Row = { messages: Message[] } & Record<(typeof NAMES)[number], { ids: number[]; learned: string }>
  const rows = goldenRows<Row>('mistral-instruct.jsonl')

  test.each(rows)('gives mistral-common’s ids and its answers: $messages', ({ messages, ...expected }) => {
    const { raw } = mapped(messages) // before hygiene, which the reference has none of
    const { ids, learned, specials } = encode(raw, tokenizer, recipeOf({}))
    expect([...ids]).toEqual(expected[name].ids)
    expect(learned!.join('')).toBe(expected[name].learned)
    const controls = name === 'mistral-v1' ? [1, 2] : [1, 2, 3, 4]
    expect(specials).toBe([...ids].filter((id) => controls.includes(id)).length)
  })

  test('is all learned with `loss: all`, and the same whatever output.documents says', () => {
    for (const { messages, ...expected } of rows) {
      const recipe = recipeOf({ loss: 'all' }, { bos: false, eos: false })
      const { ids, learned } = encode(mapped(messages).raw, tokenizer, recipe)
      expect([...ids]).toEqual(expected[name].ids)
      expect(learned).toBeUndefined()
    }
  })

  test('no text gives a control token', () => {
    const controls = ['<s>', '</s>', '[INST]', '[/INST]', '[TOOL_CALLS]', ' ', '\n', 'a']
    const content = fc.string({ unit: fc.constantFrom(...controls), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(content, content, (question, answer) => {
        const messages = [
          { role: 'user', content: question },
          { role: 'assistant', content: answer },
        ]
        const { ids } = encode(mapped(messages).document, tokenizer, recipeOf({}))
        const low = [...ids].filter((id) => id < (name === 'mistral-v1' ? 3 : 10))
        expect(low).toEqual(name === 'mistral-v1' ? [1, 2] : [1, 3, 4, 2])
      }),
    )
  })
})

describe('turns', () => {
  const roles = fc.constantFrom('system', 'user', 'assistant')
  const content = fc.string({ unit: 'binary', maxLength: 8 })
  const conversation = fc.array(fc.record({ role: roles, content }), { minLength: 1, maxLength: 12 })

  test('cover the text but for the empty lines between them, in every conversation', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const found = map({ messages })
        const isEmpty = messages.some((message) => message.role === 'assistant' && message.content === '')
        expect('reason' in found).toBe(isEmpty)
        if ('reason' in found) return
        for (const { text, turns = [] } of [found.raw, found.document]) {
          const contents = turns.map(({ start, end }) => text.slice(start, end))
          expect(contents.filter((part) => part !== '').join('\n\n')).toBe(text)
          expect(turns.findIndex(({ role }) => role === 'user')).toBe(turns[0]?.role === 'system' ? 1 : 0)
        }
        const contents = (role: string): string[] =>
          messages.filter((message) => message.role === role).map((message) => message.content)
        expect(words([found.raw.text])).toBe(
          words([
            ...contents('system'),
            ...messages.flatMap((m) => (m.role === 'system' ? [] : [m.content])),
          ]),
        )
      }),
    )
  })

  test('keep their places when the text is cleaned', () => {
    const { document, edits, raw } = mapped([
      { role: 'user', content: '\ufeffa\ud800' },
      { role: 'assistant', content: '\ufeffb' },
    ])
    expect(raw.text).toBe('\ufeffa\ud800\n\n\ufeffb')
    expect(document).toMatchObject({
      text: 'a\ufffd\n\nb',
      turns: [
        { role: 'user', start: 0, end: 2 },
        { role: 'assistant', start: 4, end: 5 },
      ],
    })
    expect(edits).toMatchObject({ bom: 2, loneSurrogates: 1 })
  })

  test('an empty answer, and another role, are problems', () => {
    const question = { role: 'user', content: 'q' }
    expect(map({ messages: [question, { role: 'assistant', content: '' }] })).toEqual({
      reason: 'missing-text',
      detail: 'message 1, an assistant’s, is empty',
    })
    expect(map({ messages: [question, { role: 'tool', content: '{}' }] })).toEqual({
      reason: 'wrong-shape',
      detail: 'message 1 has the role "tool", not system, user or assistant',
    })
  })
})
