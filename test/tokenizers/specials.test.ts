/** One suite for every family: special tokens in a text are text, unless `matchSpecials` is set. */
import path from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  builtInTokenizers,
  createTokenizer,
  loadTokenizer,
  type Tokenizer,
  type TokenizerSpec,
  tokenizers,
} from '../../tokenizers/index.ts'
import { withSpecialsMatched } from '../../tokenizers/specials.ts'
import { wellFormed } from './reference.ts'
import { anyText, goldenFolder, tokenizerOf } from './support.ts'

const huggingface = (name: string) => ({
  type: 'huggingface',
  model: path.join(import.meta.dirname, `fixtures/huggingface/${name}.json`),
})
/** With what of the names below is a special token of it. */
const cases: readonly [name: string, spec: TokenizerSpec, specials: readonly string[]][] = [
  ...['mistral-v1', 'mistral-v2', 'mistral-v3', 'tekken', 'gpt2', 'cl100k_base', 'o200k_base'].map(
    (name): [string, string, readonly string[]] => {
      const family = Object.values(tokenizers).find(({ builtIn }) => Object.hasOwn(builtIn, name))
      if (family?.type === 'tiktoken') return [name, name, ['<|endoftext|>']]
      return [name, name, name === 'mistral-v1' ? ['<s>', '</s>'] : ['<s>', '</s>', '[INST]']]
    },
  ),
  [
    'a .model file',
    { type: 'sentencepiece', model: 'small-bytes.model', userDefined: 'never' },
    ['<s>', '</s>'],
  ],
  ['tokenizer.json by own kernels', huggingface('llama'), ['<s>', '</s>']],
  ['tokenizer.json by its library', huggingface('byte-level'), ['<|endoftext|>']],
]
const NAMES = ['<s>', '</s>', '[INST]', '[REFERENCE_DOC_0]', '<|endoftext|>', '<unk>', '<pad>']

test('every family is in the suite', () => {
  const types = new Set(
    cases.map(([, spec]) =>
      typeof spec === 'string'
        ? Object.values(tokenizers).find(({ builtIn }) => Object.hasOwn(builtIn, spec))?.type
        : spec.type,
    ),
  )
  expect(types).toEqual(new Set(Object.keys(tokenizers)))
  expect(builtInTokenizers).toEqual(expect.arrayContaining(cases.slice(0, 7).map(([name]) => name)))
})

describe.each(cases)('%s', async (_, spec, names) => {
  const plain = await tokenizerOf(spec)
  const matching = createTokenizer({ ...(await loadTokenizer(spec, goldenFolder)), matchSpecials: true })
  const isSpecial = (id: number) => plain.control?.(plain.piece(id)) === id

  test('names of special tokens are text', () => {
    expect(names.map((name) => plain.control?.(name)).filter((id) => id === undefined)).toEqual([])
    for (const text of [...NAMES, ...NAMES.map((name) => `a ${name}b`), NAMES.join(''), NAMES.join(' ')]) {
      for (const input of [text, Buffer.from(text)]) {
        const ids = Array.from(plain.encode(input))
        expect({ text, specials: ids.filter(isSpecial) }).toEqual({ text, specials: [] })
        expect(plain.decode(ids)).toBe(text)
      }
    }
  })

  test('with matchSpecials they become their ids, and what is between is encoded as it is', () => {
    const naive = splitAtSpecials(plain)
    const part = fc.oneof(
      fc.constantFrom(...names, ...NAMES, '<', '</', '<s', '[', '[INS', '<|', ' '),
      anyText,
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const text = wellFormed(parts.join(''))
        const expected = naive(text)
        expect(Array.from(matching.encode(text))).toEqual(expected)
        expect(Array.from(matching.encode(Buffer.from(text)))).toEqual(expected)
      }),
      { numRuns: 60, seed: 21 },
    )
    for (const name of names) expect(Array.from(matching.encode(name))).toEqual([plain.control?.(name)])
    expect(matching.encode(names.join(''))).toBeInstanceOf(plain.encode('a').constructor)
  })

  test('matchSpecials is in the fingerprint', () => {
    expect(matching.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(matching.fingerprint).not.toBe(plain.fingerprint)
  })
})

/** The readable twin: the runtime's alternation, longest first. */
function splitAtSpecials(tokenizer: Tokenizer): (text: string) => number[] {
  const pieces = Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.piece(id))
  const specials = pieces.filter((piece, id) => piece !== '' && tokenizer.control?.(piece) === id)
  const longestFirst = specials.toSorted((a, b) => b.length - a.length)
  const escaped = longestFirst.map((text) => text.replaceAll(/[\^$.*+?()[\]{}|\\/]/g, '\\$&'))
  const pattern = new RegExp(`(${escaped.join('|')})`)
  return (text) =>
    text
      .split(pattern)
      .flatMap((piece, i) =>
        i % 2 === 1 ? [tokenizer.control!(piece)!] : Array.from(tokenizer.encode(piece)),
      )
}

test('is a setting of every family', async () => {
  const model = { type: 'sentencepiece', model: 'small-bytes.model', userDefined: 'never' }
  const set = await tokenizerOf({ ...model, matchSpecials: true })
  expect(Array.from(set.encode('</s>'))).toEqual([set.eos])
  const unset = await tokenizerOf({ ...model, matchSpecials: false })
  expect(unset.fingerprint).toBe((await tokenizerOf(model)).fingerprint)
  await expect(loadTokenizer({ ...model, matchSpecials: 'yes' })).rejects.toMatchObject({
    code: 'RECIPE_INVALID',
    facts: { key: 'tokenizer.matchSpecials' },
  })
})

/** Each letter a token, these names special tokens after them. */
function tokenizerWith(names: readonly string[]): Tokenizer {
  return {
    name: 'letters',
    vocabularySize: 128 + names.length,
    bos: undefined,
    eos: undefined,
    pad: undefined,
    fingerprint: '',
    encode: (text) => Uint16Array.from(Buffer.from(text)),
    decode: (ids) => String.fromCharCode(...Array.from(ids)),
    piece: (id) => names[id - 128] ?? String.fromCharCode(id),
    control: (text) => (names.includes(text) ? 128 + names.indexOf(text) : undefined),
  }
}

test('the longest of the names that begin at a place counts, the leftmost of several places', () => {
  const tokenizer = withSpecialsMatched(tokenizerWith(['<a', '<a><b>', '><']))
  expect(Array.from(tokenizer.encode('<a><b>x<a><c'))).toEqual([129, 120, 128, 130, 99])
})

test('a name too long to look for at each byte is refused', () => {
  expect(withSpecialsMatched(tokenizerWith(['x'.repeat(256)])).encode('xx')).toEqual(Uint16Array.of(120, 120))
  expect(() => withSpecialsMatched(tokenizerWith(['x'.repeat(257)]))).toThrow('257 bytes')
})

test('a megabyte of names, or of beginnings of names', () => {
  const tokenizer = withSpecialsMatched(tokenizerWith(['<s>', `${'<'.repeat(200)}s>`]))
  expect(tokenizer.encode('<s>'.repeat(300_000)).length).toBe(300_000)
  expect(tokenizer.encode('<'.repeat(1_000_000)).length).toBe(1_000_000)
})
