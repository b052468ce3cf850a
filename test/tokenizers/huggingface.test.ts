import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseOwnJson } from '../../lib/storage/own-json.ts'
import { createTokenizer, loadTokenizer, type Tokenizer } from '../../tokenizers/index.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures/huggingface')
const open = async (name: string, settings: object = {}): Promise<Tokenizer> =>
  createTokenizer(
    await loadTokenizer({ type: 'huggingface', model: path.join(fixtures, `${name}.json`), ...settings }),
  )

/** Files of `generate.py` with what covers them, and whether decoding gives each text again. */
const kinds = [
  ['llama', 'character-bpe', true],
  ['metaspace', 'character-bpe', false],
  ['metaspace-first', 'character-bpe', false],
  ['metaspace-never', 'character-bpe', true],
  ['gemma', 'character-bpe', true],
  ['across', 'character-bpe', true],
  ['byte-level', 'library', true],
  ['unigram', 'library', false],
  ['wordpiece', 'library', false],
] as const

let texts: string[]
let expected: Record<string, number[][]>
let folder: string
beforeAll(async () => {
  ;({ texts, expected } = JSON.parse(await readFile(path.join(fixtures, 'expected.json'), 'utf8')))
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-huggingface-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Changeable {
  readonly model: object
  readonly added_tokens: object[]
}

/** A copy of a fixture in a folder of its own, changed. */
async function changed(name: string, change: (file: Changeable) => void): Promise<string> {
  const file = parseOwnJson<Changeable>(await readFile(path.join(fixtures, `${name}.json`), 'utf8'))
  change(file)
  const at = path.join(folder, 'tokenizer.json')
  await writeFile(at, JSON.stringify(file))
  return at
}

describe.each(kinds)('%s', (name, method, lossless) => {
  test(`gives the ids of the tokenizers library, by ${method}`, async () => {
    const loaded = await loadTokenizer({ type: 'huggingface', model: path.join(fixtures, `${name}.json`) })
    expect(loaded.tables).toMatchObject({ method: { kind: method } })
    const tokenizer = createTokenizer(loaded)
    // Of ways to cut that are equally likely but for the last bit of a sum, the reference takes another: it reads the
    // file's numbers less exactly. These are the same pieces in another order.
    const order = (ids: number[]): number[] => (name === 'unigram' ? ids.toSorted((a, b) => a - b) : ids)
    const found = (as: (text: string) => string | Uint8Array): number[][] =>
      texts.map((text) => order(Array.from(tokenizer.encode(as(text)))))
    expect(found((text) => text)).toEqual(expected[name]?.map(order))
    expect(found((text) => Buffer.from(text))).toEqual(expected[name]?.map(order))
  })

  test('never gives a special id for a text, and takes lone surrogates for U+FFFD', async () => {
    const tokenizer = await open(name)
    for (const special of ['<s>', '</s>', '<|endoftext|>', '[CLS]', '[SEP]']) {
      const id = tokenizer.control?.(special)
      const ids = Array.from(tokenizer.encode(`a ${special} b ${special}`))
      expect(ids).not.toContain(id)
      expect(ids.length).toBeGreaterThan(4)
    }
    expect(tokenizer.encode('a\ud800b')).toEqual(tokenizer.encode('a\ufffdb'))
  })

  test.runIf(lossless)('decode(encode(text)) is the text, U+2581 as a space', async () => {
    const tokenizer = await open(name)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const whole = text.toWellFormed()
        const spaces = method === 'library' ? whole : whole.replaceAll('\u2581', ' ')
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(spaces)
      }),
      { numRuns: 300 },
    )
  })
})

describe('what covers all other files', () => {
  test.each(['llama', 'metaspace', 'metaspace-first', 'metaspace-never', 'gemma', 'across'])(
    '%s: own kernels give what the library gives',
    async (name) => {
      // A decoder is nothing to the encoding; with dropout 0 a file is left to the library.
      const at = await changed(name, (file) => Object.assign(file.model, { dropout: 0 }))
      const loaded = await loadTokenizer({ type: 'huggingface', model: at })
      expect(loaded.tables).toMatchObject({ method: { kind: 'library' } })
      const [library, own] = [createTokenizer(loaded), await open(name)]
      fc.assert(
        fc.property(
          fc.string({ unit: fc.constantFrom(...Array.from('abe  \n\u2581\u2581t,éß語😀on')) }),
          (text) => {
            expect(own.encode(text)).toEqual(library.encode(text))
          },
        ),
        { numRuns: 300 },
      )
    },
  )
})

describe('special tokens', () => {
  test('are found by their usual names, in tokenizer_config.json, or as the recipe says', async () => {
    expect(await open('llama')).toMatchObject({ bos: 1, eos: 2, pad: undefined })
    expect(await open('wordpiece')).toMatchObject({ bos: 1, eos: 2, pad: 3 })
    expect(await open('llama', { bos: '</s>', pad: '<unk>' })).toMatchObject({ bos: 2, eos: 2, pad: 0 })
    const at = await changed('llama', () => undefined)
    const config = { bos_token: { content: '<unk>' }, eos_token: '<s>', pad_token: null }
    await writeFile(path.join(folder, 'tokenizer_config.json'), JSON.stringify(config))
    const configured = createTokenizer(await loadTokenizer({ type: 'huggingface', model: at }))
    expect(configured).toMatchObject({ bos: 0, eos: 1, pad: undefined })
    expect(configured.fingerprint).not.toBe((await open('llama')).fingerprint)
    await rm(path.join(folder, 'tokenizer_config.json'))
    await expect(open('llama', { eos: 'a' })).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      facts: { key: 'tokenizer.eos', got: 'a', fix: 'Use one of: <unk>, <s>, </s>.' },
    })
  })

  test('decode to nothing', async () => {
    const tokenizer = await open('llama')
    const ids = [1, ...tokenizer.encode('one two'), 2]
    expect(tokenizer.decode(ids)).toBe('one two')
    expect([tokenizer.piece(1), tokenizer.control?.('<s>'), tokenizer.control?.('one')]).toEqual([
      '<s>',
      1,
      undefined,
    ])
    expect(() => tokenizer.decode([tokenizer.vocabularySize])).toThrow(RangeError)
  })
})

const withAdded = (): Promise<string> =>
  changed('llama', (file) => {
    const added = {
      id: 5000,
      content: 'two',
      special: false,
      normalized: false,
      lstrip: false,
      rstrip: false,
    }
    file.added_tokens.push({ ...added, single_word: false })
  })

describe('added tokens that are not special', () => {
  test('need a word in the recipe', async () => {
    await expect(loadTokenizer({ type: 'huggingface', model: await withAdded() })).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      facts: { key: 'tokenizer.addedTokens', fix: expect.stringContaining('match') },
    })
  })

  test('are found, or are ordinary text', async () => {
    const model = await withAdded()
    const spec = { type: 'huggingface', model }
    const match = createTokenizer(await loadTokenizer({ ...spec, addedTokens: 'match' }))
    const never = createTokenizer(await loadTokenizer({ ...spec, addedTokens: 'never' }))
    expect(Array.from(match.encode('one two'))).toContain(5000)
    expect(never.encode('one two')).toEqual((await open('llama')).encode('one two'))
  })
})

describe('files that cannot be used', () => {
  test.each([
    ['no JSON', 'nothing', 'it is not JSON'],
    ['no model', '{}', 'model'],
    ['no vocabulary', '{"model": {"type": "BPE"}}', 'no vocabulary'],
    [
      'an id beyond all bounds',
      '{"model": {"type": "BPE", "vocab": {"a": 1e15}, "merges": []}}',
      'has the id 1000000000000000',
    ],
    [
      'a model that nobody knows',
      '{"model": {"type": "Ngram", "vocab": {"a": 0}}}',
      'the library cannot use',
    ],
  ])('%s', async (_, content, message) => {
    const at = path.join(folder, 'bad.json')
    await writeFile(at, content)
    const load = async (): Promise<Tokenizer> =>
      createTokenizer(await loadTokenizer({ type: 'huggingface', model: at }))
    await expect(load()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(message),
    })
  })

  test('one that is not there', async () => {
    await expect(open('missing')).rejects.toMatchObject({ code: 'INPUT_MISSING' })
  })
})

test('a long text of one letter, of spaces and of blocks takes no time that grows with its square', async () => {
  const tokenizer = await open('across')
  for (const unit of ['a', ' ', '\u2581', 'on ', '語']) {
    const text = unit.repeat(200_000)
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.replaceAll('\u2581', ' '))
  }
})

test('the library is not given a text longer than it can hold', async () => {
  const tokenizer = await open('byte-level')
  expect(() => tokenizer.encode('a'.repeat((4 << 20) + 1))).toThrow(
    expect.objectContaining({ code: 'INPUT_DAMAGED', facts: expect.objectContaining({ limit: 4 << 20 }) }),
  )
})
