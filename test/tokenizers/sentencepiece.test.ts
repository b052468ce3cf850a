import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildTables, bytePiece } from '../../tokenizers/sentencepiece/tables.ts'
import { type Piece, readMistralVocabulary } from '../../tokenizers/sentencepiece/vocabulary.ts'
import { sentencepiece } from '../../tokenizers/sentencepiece.ts'
import { referenceSentencePiece, wellFormed } from './reference.ts'
import { anyText, goldenRows, hasLargeGolden, largeGoldenRows, SPACING, tokenizerOf } from './support.ts'

const v1 = await tokenizerOf('mistral-v1')
const v2 = await tokenizerOf('mistral-v2')
const v3 = await tokenizerOf('mistral-v3')
const mistral = { 'mistral-v1': v1, 'mistral-v2': v2, 'mistral-v3': v3 }

const NAMES = ['mistral-v1', 'mistral-v2', 'mistral-v3'] as const

type MistralRow = Record<keyof typeof mistral, number[]> & { text: string }
type SmallRow = { model: string; text: string; ids: number[]; decoded: string }

describe.each(NAMES)('%s', (name) => {
  const tokenizer = mistral[name]

  test('gives the reference ids, from strings and from bytes', () => {
    for (const row of goldenRows<MistralRow>('mistral-tokens.jsonl')) {
      const { text } = row
      const ids = row[name]
      expect({ text, ids: Array.from(tokenizer.encode(text)) }).toEqual({ text, ids })
      expect({ text, ids: Array.from(tokenizer.encode(Buffer.from(text))) }).toEqual({ text, ids })
    }
  })

  test.skipIf(!hasLargeGolden || name === 'mistral-v2')(
    'gives the reference ids on every row of ../shared/golden/mistral-tokens.jsonl.gz (skipped where it is absent)',
    () => {
      for (const { text, v1: first, v3: third } of largeGoldenRows()) {
        const ids = name === 'mistral-v1' ? first : third
        expect({ text, ids: Array.from(tokenizer.encode(text)) }).toEqual({ text, ids })
      }
    },
  )

  test('decodes what it encoded, with a space for U+2581 and U+FFFD for a lone surrogate', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(wellFormed(text).replaceAll('▁', ' '))
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  test('never gives a control id from text', () => {
    const pieces = Array.from({ length: 800 }, (_, id) => tokenizer.piece(id))
    const controls = pieces.flatMap((piece) => tokenizer.control?.(piece) ?? [])
    expect(controls.length).toBe(name === 'mistral-v1' ? 2 : 770)
    const ids = new Set(tokenizer.encode(`${pieces.join('')} ${pieces.join(' ')}`))
    expect(controls.filter((id) => ids.has(id))).toEqual([])
    expect(ids.has(0)).toBe(false)
  })
})

test('equals merging the whole text pair by pair', async () => {
  const reference = referenceSentencePiece(await readMistralVocabulary('v1'))
  fc.assert(
    fc.property(anyText, (text) => {
      expect(Array.from(v1.encode(text))).toEqual(reference(text))
    }),
    { numRuns: 1500, seed: 2 },
  )
}, 60_000)

test('knows the special ids of each version', () => {
  const facts = Object.values(mistral).map((tokenizer) => ({
    size: tokenizer.vocabularySize,
    width: tokenizer.encode('a').BYTES_PER_ELEMENT,
    specials: [tokenizer.bos, tokenizer.eos, tokenizer.pad],
    inst: tokenizer.control?.('[INST]'),
    notControl: tokenizer.control?.('▁the'),
  }))
  const specials = [1, 2, undefined]
  expect(facts).toEqual([
    { size: 32_000, width: 2, specials, inst: undefined, notControl: undefined },
    { size: 32_768, width: 2, specials, inst: 3, notControl: undefined },
    { size: 32_768, width: 2, specials, inst: 3, notControl: undefined },
  ])
})

test('names pieces as the vocabulary writes them, and refuses ids outside of it', () => {
  expect([0, 1, 13, 259, 272, 28_705].map((id) => v1.piece(id))).toEqual([
    '<unk>',
    '<s>',
    '<0x0A>',
    '▁▁',
    '▁the',
    '▁',
  ])
  expect(v3.piece(3)).toBe('[INST]')
  for (const id of [-1, 32_000, 0.5, Number.NaN]) {
    expect(() => v1.piece(id)).toThrow(RangeError)
    expect(() => v1.decode([id])).toThrow(RangeError)
  }
})

test('decodes bare ids: control ids give nothing, the unknown id its mark, broken bytes U+FFFD', () => {
  expect(v1.decode([1, 272, 2])).toBe('the')
  expect(v1.decode([272, 0])).toBe('the ⁇ ')
  expect(v1.decode([272, 3 + 0xe2, 3 + 0x96])).toBe('the\ufffd')
  expect(v1.decode([28_705, 28_705, 272])).toBe('  the')
  // Only a text piece holds the space that encoding put in front (values by SentencePiece 0.2.3).
  expect(v1.decode([3 + 0x20, 272])).toBe('  the')
  expect(v1.decode([0, 272])).toBe(' ⁇  the')
  expect(v1.decode([1, 28_705, 272])).toBe(' the')
})

test('has a fingerprint of the vocabulary: another one for each, the same for each load', async () => {
  const prints = Object.values(mistral).map(({ fingerprint }) => fingerprint)
  expect(new Set(prints).size).toBe(3)
  expect((await tokenizerOf('mistral-v1')).fingerprint).toBe(v1.fingerprint)
  expect(v1.fingerprint).toBe('5e3328bf328c01693dd5339d94075d75696ef66db290e2074e49791c2dfa8693')
})

test('a vocabulary in which NUL joins: the end of the text does not', () => {
  const pieces: Piece[] = ['<unk>', ' ', 'a', '\0', 'a\0', '\0a'].map((text, id) => ({
    text: text.replace(' ', '▁'),
    kind: id === 0 ? 'unknown' : 'normal',
    score: -id,
  }))
  const facts = {
    bos: undefined,
    eos: undefined,
    pad: undefined,
    byteFallback: false,
    ...SPACING,
    addDummyPrefix: false,
  }
  const tokenizer = sentencepiece.create(buildTables({ name: 'nul', pieces, ...facts }))
  expect(Array.from(tokenizer.encode('a\0a\0'))).toEqual([4, 4])
  expect(Array.from(tokenizer.encode('\0a'))).toEqual([5])
  expect(Array.from(tokenizer.encode('a'))).toEqual([2])
})

// The ids of SentencePiece 0.2.3 with Mistral's vocabulary without its pieces of U+2581, in this one's numbers.
test('a vocabulary without a piece for U+2581 gives its three bytes for a space', () => {
  const pieces: Piece[] = [
    { text: '<unk>', kind: 'unknown', score: 0 },
    ...Array.from({ length: 256 }, (_, byte): Piece => ({ text: bytePiece(byte), kind: 'byte', score: 0 })),
    { text: 'a', kind: 'normal', score: -1 },
  ]
  const facts = { bos: undefined, eos: undefined, pad: undefined, byteFallback: true, ...SPACING }
  const tokenizer = sentencepiece.create(buildTables({ name: 'no space', pieces, ...facts }))
  const space = [0xe2 + 1, 0x96 + 1, 0x81 + 1]
  const spaces = ' '.repeat(1000)
  expect(Array.from(tokenizer.encode('a  a'))).toEqual([...space, 257, ...space, ...space, 257])
  expect(tokenizer.encode(spaces).length).toBe(3 * 1001)
  expect(tokenizer.decode(tokenizer.encode('a a'))).toBe('▁a▁a')
})

test('an answer is a fresh array', () => {
  const first = v1.encode('Hello world')
  v1.encode('something else, longer')
  expect(Array.from(first)).toEqual([22_557, 1526])
})

test('invalid UTF-8 counts as U+FFFD, as a decoder gives it', () => {
  const bytes = Uint8Array.of(
    0xef,
    0xbb,
    0xbf,
    0x61,
    0xff,
    0xe2,
    0x96,
    0x62,
    0xf0,
    0x9f,
    0x91,
    0xed,
    0xa0,
    0x80,
    0xc0,
    0x80,
  )
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  expect(Array.from(v1.encode(bytes))).toEqual(Array.from(v1.encode(text)))
})

// Two million characters that are one unit or one run: anything quadratic would take hours.
test.each(['a', ' ', '-', '👍', '\0', '\n'])(
  '2 MB of %j are encoded',
  (character) => {
    const text = character.repeat(2e6 / Buffer.byteLength(character))
    expect(v1.decode(v1.encode(text))).toBe(text)
  },
  60_000,
)

describe.each(['bytes', 'unknown', 'spaces', 'suffix', 'unused'])('a .model file: small-%s', (name) => {
  const spec = { type: 'sentencepiece', model: `small-${name}.model`, userDefined: 'match' }

  test('encodes and decodes as SentencePiece does', async () => {
    const tokenizer = await tokenizerOf(spec)
    const rows = ['small-models.jsonl', 'small-flags.jsonl']
      .flatMap((file) => goldenRows<SmallRow>(file))
      .filter(({ model }) => model === name)
    expect(rows.length).toBeGreaterThan(30)
    for (const { text, ids, decoded } of rows) {
      const got = { text, ids: Array.from(tokenizer.encode(text)), decoded: tokenizer.decode(ids) }
      expect(got).toEqual({ text, ids, decoded })
    }
  })
})

test('userDefined: never makes user-defined pieces control ids, which text never gives', async () => {
  const model = 'small-bytes.model'
  const matching = await tokenizerOf({ type: 'sentencepiece', model, userDefined: 'match' })
  const never = await tokenizerOf({ type: 'sentencepiece', model, userDefined: 'never' })
  const id = Array.from(matching.encode('x<tag>')).at(-1)
  expect(matching.piece(id!)).toBe('<tag>')
  expect(never.control?.('<tag>')).toBe(id)
  expect(matching.control?.('<tag>')).toBeUndefined()
  expect(Array.from(never.encode('x<tag>'))).not.toContain(id)
  expect(never.decode(never.encode('x<tag>'))).toBe('x<tag>')
  expect(never.fingerprint).not.toBe(matching.fingerprint)
})
