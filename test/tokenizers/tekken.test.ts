import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lookUp } from '../../tokenizers/bpe/code-point-map.ts'
import { buildCharacterClasses } from '../../tokenizers/tekken/character-classes.ts'
import { parseTekken, readTekken } from '../../tokenizers/tekken/file.ts'
import { TEKKEN_PATTERN } from '../../tokenizers/tekken/split.ts'
import { referenceTekken, wellFormed } from './reference.ts'
import { anyText, goldenRows, hasLargeGolden, largeGoldenRows, tokenizerOf } from './support.ts'

const tekken = await tokenizerOf('tekken')
const vocabulary = await readTekken('builtin:tekken')
const classes = buildCharacterClasses()

/** By class number: OTHER, UPPER, LOWER, BOTH, MARK, NUMBER, SPACE, LINE. */
const CLASS_PATTERNS = [
  /^[^\p{L}\p{M}\p{N}\p{White_Space}]$/u,
  /^[\p{Lu}\p{Lt}]$/u,
  /^\p{Ll}$/u,
  /^[\p{Lm}\p{Lo}]$/u,
  /^\p{M}$/u,
  /^\p{N}$/u,
  /^[^\P{White_Space}\r\n]$/u,
  /^[\r\n]$/u,
]

/** False for characters that the runtime's Unicode version and 16.0 see differently. */
function agrees(character: string): boolean {
  return CLASS_PATTERNS[lookUp(classes, character.codePointAt(0)!)]!.test(wellFormed(character))
}

test('gives the reference ids, from strings and from bytes', () => {
  for (const row of goldenRows<{ text: string; tekken: number[] }>('mistral-tokens.jsonl')) {
    const { text, tekken: ids } = row
    expect({ text, ids: Array.from(tekken.encode(text)) }).toEqual({ text, ids })
    expect({ text, ids: Array.from(tekken.encode(Buffer.from(text))) }).toEqual({ text, ids })
  }
})

test.skipIf(!hasLargeGolden)(
  'gives the reference ids on every row of ../shared/golden/mistral-tokens.jsonl.gz (skipped where it is absent)',
  () => {
    for (const { text, tekken: ids } of largeGoldenRows()) {
      expect({ text, ids: Array.from(tekken.encode(text)) }).toEqual({ text, ids })
    }
  },
)

test('equals the regular expression and merging pair by pair', () => {
  const reference = referenceTekken(vocabulary.tokens, vocabulary.specials.length)
  fc.assert(
    fc.property(anyText, (text) => {
      fc.pre(Array.from(text).every(agrees))
      expect(Array.from(tekken.encode(text))).toEqual(reference(text))
    }),
    { numRuns: 1500, seed: 3 },
  )
}, 60_000)

test('decodes what it encoded, U+2581 too', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(tekken.decode(tekken.encode(text))).toBe(wellFormed(text))
    }),
    { numRuns: 500, seed: 4 },
  )
})

test('never gives a special id from text', () => {
  const { specials } = vocabulary
  const ids = tekken.encode(`${specials.join('')} ${specials.join(' ')}`)
  expect(Math.min(...ids)).toBeGreaterThanOrEqual(specials.length)
})

test('knows its special ids and pieces', () => {
  expect(tekken.vocabularySize).toBe(131_072)
  expect([tekken.bos, tekken.eos, tekken.pad]).toEqual([1, 2, 11])
  expect([tekken.control?.('[INST]'), tekken.control?.('<SPECIAL_999>'), tekken.control?.('the')]).toEqual([
    3,
    999,
    undefined,
  ])
  expect([0, 3, 999, 1010, 22_177, 1300].map((id) => tekken.piece(id))).toEqual([
    '<unk>',
    '[INST]',
    '<SPECIAL_999>',
    '\n',
    'Hello',
    '<0x20><0xD0>',
  ])
  expect(() => tekken.piece(131_072)).toThrow(RangeError)
  expect(() => tekken.decode([-1])).toThrow(RangeError)
  expect(tekken.decode([1, 22_177, 2])).toBe('Hello')
  expect(tekken.encode('a')).toBeInstanceOf(Uint32Array)
})

test('its character classes are those of the runtime, up to the Unicode version', () => {
  const differing: number[] = []
  for (let code = 0; code < 0x110000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue
    if (!agrees(String.fromCodePoint(code))) differing.push(code)
  }
  // Other versions assign other characters; of the long assigned, 17.0 made U+0295 a letter without case.
  expect(differing.filter((code) => code < 0x0880 && code !== 0x0295)).toEqual([])
  expect(differing.length).toBeLessThanOrEqual(process.versions['unicode'] === '16.0' ? 0 : 12_000)
})

// Two million characters that a backtracking engine or a quadratic merge would not get through.
test.each([
  ['small letters', 'a'],
  ['capitals', 'A'],
  ['spaces', ' '],
  ['marks before capitals', `\u0301${'A'.repeat(100)}`],
  ['capitals with letters of both kinds', `${'A'.repeat(50)}א`],
  ['line ends before spaces', `\n${' '.repeat(1000)}x`],
])(
  '2 MB of %s are encoded',
  (_, part) => {
    const text = part.repeat(2e6 / Buffer.byteLength(part))
    expect(tekken.decode(tekken.encode(text))).toBe(text)
  },
  60_000,
)

describe('files', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  const config = { pattern: TEKKEN_PATTERN, default_vocab_size: 260, default_num_special_tokens: 3 }
  const entries = [...bytes, 'ab'].map((token, rank) => ({
    rank,
    token_bytes: Buffer.from(token, 'latin1').toString('base64'),
    token_str: null,
  }))
  const file = (change: object = {}) => JSON.stringify({ config, vocab: entries, ...change })

  test('mistral-common’s format: ranks by `rank`, special tokens by name', () => {
    const special_tokens = [{ rank: 1, token_str: '<start>', is_control: true }]
    const parsed = parseTekken(file({ vocab: entries.toReversed(), special_tokens }), 'x.json', 'x')
    expect(parsed.tokens).toEqual([...bytes, 'ab'])
    expect(parsed.specials).toEqual(['<SPECIAL_0>', '<start>', '<SPECIAL_2>'])
  })

  test.each([
    ['not JSON', '{', 'not JSON'],
    ['another document', '{"a": 1}', 'not a Tekken file'],
    ['another pattern', file({ config: { ...config, pattern: '\\w+' } }), 'config.pattern'],
    ['too few tokens', file({ config: { ...config, default_vocab_size: 900 } }), '257 tokens'],
    ['a token twice', file({ vocab: [...entries.slice(0, -1), { ...entries[65], rank: 256 }] }), 'twice'],
    [
      'a byte without a token',
      file({
        vocab: entries.slice(1).map((e, rank) => ({ ...e, rank })),
        config: { ...config, default_vocab_size: 259 },
      }),
      'byte 0',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseTekken(text, 'x.json', 'x.json')).toThrow(message)
  })
})
