import { existsSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMapper } from '../../../lib/documents/fields.ts'
import { jsonl } from '../../../lib/readers/jsonl.ts'
import { fileItems } from '../../conformance/reader-items.ts'

const map = createMapper({})
const message = (role: string, content: unknown): unknown => ({ role, content })
const parse = (json: string): unknown => JSON.parse(json)

describe('fields', () => {
  test('are text, id and url unless mapped', () => {
    const value = { text: 't', id: 'i', url: 'u' }
    expect(map(value)).toEqual({ document: value, raw: value, edits: {} })
    expect(map({ text: '' })).toMatchObject({ document: { text: '', id: undefined, url: undefined } })
  })
  test('may be nested, and a key that holds the dots goes first', () => {
    const mapper = createMapper({ fields: { text: 'body.parts.1', id: 'doc_id', url: 'meta.url' } })
    const value = { body: { parts: ['a', 'b'] }, doc_id: 'i', meta: { url: 'nested' } }
    expect(mapper(value)).toMatchObject({ document: { text: 'b', id: 'i', url: 'nested' } })
    expect(mapper({ ...value, 'meta.url': 'flat' })).toMatchObject({ document: { url: 'flat' } })
  })
  test('ids that are numbers become strings; null is absent', () => {
    expect(map({ text: 't', id: 0, url: null })).toMatchObject({ document: { id: '0', url: undefined } })
  })
  test('an id of another type is a problem where it is mapped, and absent otherwise', () => {
    expect(map({ text: 't', id: { $oid: 'x' } })).toMatchObject({ document: { id: undefined } })
    expect(createMapper({ fields: { id: 'id' } })({ text: 't', id: { $oid: 'x' } })).toEqual({
      reason: 'wrong-type',
      detail: 'id is an object, not a string or a number',
    })
  })
  test('a missing text names the keys that are there', () => {
    expect(map({ content: 'x', id: 1 })).toEqual({
      reason: 'missing-text',
      detail: 'there is no text; the record has "content", "id"',
    })
    expect(map({ text: null })).toMatchObject({ reason: 'missing-text' })
    expect(map({})).toMatchObject({ detail: 'there is no text; the record has no keys' })
    expect(map(Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`k${key}`, 1])))).toMatchObject({
      detail: expect.stringMatching(/"k7" and 12 more$/),
    })
  })
  test('a text of another type says which', () => {
    expect(map({ text: ['a'] })).toEqual({ reason: 'wrong-type', detail: 'text is a list, not a string' })
    expect(map('text')).toEqual({ reason: 'wrong-type', detail: 'the record is a string, not an object' })
  })
  test('see own properties only', () => {
    for (const text of [
      '__proto__.text',
      'constructor.name',
      'toString',
      '__proto__',
      'text.constructor.name',
    ]) {
      expect(createMapper({ fields: { text } })({ text: 'x' })).toMatchObject({ reason: 'missing-text' })
    }
    const own = createMapper({ fields: { text: '__proto__.text' } })
    expect(own(parse('{"__proto__": {"text": "own"}}'))).toMatchObject({ document: { text: 'own' } })
    expect(map(parse('{"__proto__": {"text": "inherited?"}}'))).toMatchObject({ reason: 'missing-text' })
  })
  test('never throw, whatever the value and the paths are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ minLength: 1 }), fc.boolean(), (value, key, template) => {
        const fields = { id: key, url: `${key}.0`, ...(template ? {} : { text: key }) }
        const mapped = createMapper({ fields, ...(template ? { template: 'plain' } : {}) })(value)
        expect('reason' in mapped || typeof mapped.document.text === 'string').toBe(true)
      }),
    )
  })
})

describe('hygiene', () => {
  test('takes a byte order mark off the start, once, and counts it', () => {
    const mapped = map({ text: '\uFEFF\uFEFFa\uFEFF' })
    expect(mapped).toEqual({
      document: { text: '\uFEFFa\uFEFF', id: undefined, url: undefined },
      raw: { text: '\uFEFF\uFEFFa\uFEFF', id: undefined, url: undefined },
      edits: { bom: 1 },
    })
  })
  test('replaces lone surrogates and counts them; pairs and NUL stay', () => {
    expect(map({ text: '\uD800a\uDC00\u0000😀\uD83D' })).toMatchObject({
      document: { text: '\uFFFDa\uFFFD\u0000😀\uFFFD' },
      edits: { loneSurrogates: 3 },
    })
  })
  test('gives text that UTF-8 carries unchanged, and counts each change', () => {
    const units = fc.array(fc.constantFrom(0x61, 0xfeff, 0xd83d, 0xde00, 0, 0xe9), { maxLength: 12 })
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes)
        const mapped = map({ text })
        if ('reason' in mapped) throw new TypeError(mapped.detail)
        const clean = mapped.document.text
        expect(Buffer.from(clean).toString()).toBe(clean)
        expect(clean).toBe(text.slice(mapped.edits.bom ?? 0).replaceAll(/\p{Surrogate}/gu, '\uFFFD'))
        expect(mapped.edits.loneSurrogates ?? 0).toBe([...text.matchAll(/\p{Surrogate}/gu)].length)
        expect(mapped.edits.bom ?? 0).toBe(text.startsWith('\uFEFF') ? 1 : 0)
      }),
    )
  })
})

describe('template plain', () => {
  const plain = createMapper({ template: 'plain' })

  test('writes each message with its role, an empty line between them', () => {
    const messages = [
      message('system', 'Be brief.'),
      message('user', 'Left?\n'),
      message('assistant', 'Three.'),
    ]
    expect(plain({ id: 7, messages })).toMatchObject({
      document: { text: 'System: Be brief.\n\nUser: Left?\n\n\nAssistant: Three.', id: '7' },
    })
  })
  test('joins the text parts of a content', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]
    expect(plain({ messages: [message('user', parts)] })).toMatchObject({ document: { text: 'User: ab' } })
    const image = [{ type: 'image_url', image_url: 'x' }]
    expect(plain({ messages: [message('user', image)] })).toEqual({
      reason: 'missing-text',
      detail: 'messages[0].content[0].text is missing',
    })
  })
  test('reads instruction, input and output', () => {
    const value = { instruction: 'Add.', input: '1 + 2', output: '3' }
    expect(plain(value)).toMatchObject({ document: { text: 'User: Add.\n\n1 + 2\n\nAssistant: 3' } })
    const short = { document: { text: 'User: Add.\n\nAssistant: 3' } }
    expect(plain({ ...value, input: '' })).toMatchObject(short)
    expect(plain({ ...value, input: null })).toMatchObject(short)
  })
  test('names what is missing or of another type', () => {
    for (const [messages, value, reason, detail] of [
      ['messages', { text: 'x' }, 'missing-text', 'messages is missing'],
      ['messages', { messages: [] }, 'missing-text', 'messages is an empty list'],
      ['messages', { messages: 'x' }, 'wrong-type', 'messages is a string, not a list'],
      [
        'messages',
        { messages: [message('user', null)] },
        'wrong-type',
        'messages[0].content is null, not a string',
      ],
      ['messages', { messages: [{ content: 'x' }] }, 'missing-text', 'messages[0].role is missing'],
      ['messages', { messages: [7] }, 'missing-text', 'messages[0].role is missing'],
      ['alpaca', { instruction: 'x' }, 'missing-text', 'output is missing'],
      ['alpaca', { instruction: 1, output: 'x' }, 'wrong-type', 'instruction is a number, not a string'],
      ['alpaca', { instruction: 'x', input: [], output: 'x' }, 'wrong-type', 'input is a list, not a string'],
    ] as const) {
      expect(createMapper({ template: 'plain', messages })(value)).toEqual({ reason, detail })
    }
  })
  test('is refused beside fields.text, and unknown names list the known ones', () => {
    expect(() => createMapper({ template: 'plain', fields: { text: 'x' } })).toThrow(
      /fields\.text would not be used/,
    )
    for (const template of ['chatml', 'constructor']) {
      const facts = expect.objectContaining({ got: template, fix: expect.stringContaining('plain') })
      expect(() => createMapper({ template })).toThrow(
        expect.objectContaining({ code: 'RECIPE_INVALID', facts }),
      )
    }
  })
})

describe('corpus', () => {
  const corpus = path.resolve(import.meta.dirname, '../../../../shared/corpus')
  test.skipIf(!existsSync(corpus))('chat records all become documents (needs the corpus)', async () => {
    const items = await fileItems(jsonl, path.join(corpus, 'instruct.jsonl.gz'))
    const plain = createMapper({ template: 'plain' })
    const documents = items.map((item) => (item.kind === 'record' ? plain(item.value) : item))
    expect(documents).toHaveLength(4000)
    expect(documents.every((mapped) => 'document' in mapped)).toBe(true)
    expect(documents[0]).toMatchObject({
      document: { text: expect.stringMatching(/^User: Natalia [^]*\n\nAssistant: /) },
    })
  })
})
