import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { Tiktoken } from 'tiktoken/lite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lookUp } from '../../tokenizers/bpe/code-point-map.ts'
import { createTokenizer, loadTokenizer } from '../../tokenizers/index.ts'
import { buildCharacterClasses } from '../../tokenizers/tekken/character-classes.ts'
import { ENCODINGS, parseRankFile, readEncoding } from '../../tokenizers/tiktoken/file.ts'
import { PATTERNS } from '../../tokenizers/tiktoken/split.ts'
import { referenceRanks, runtimePattern, wellFormed } from './reference.ts'
import { anyText, tokenizerOf } from './support.ts'

const require = createRequire(import.meta.url)
const names = Object.keys(ENCODINGS)

function npmEncoding(name: string): Tiktoken {
  const { bpe_ranks, special_tokens, pat_str } = require(`tiktoken/encoders/${name}.json`)
  return new Tiktoken(bpe_ranks, special_tokens, pat_str)
}

/** Short: the reference's merging is quadratic in a match's length. */
const PARTS = [
  "'s",
  "'S",
  "'ſ",
  "'T",
  "'re",
  "'RE",
  "'rE",
  "'ve",
  "'Ll",
  "'ll",
  "'d",
  "'M",
  "'",
  "''",
  "'x",
  "'l",
  "'r",
  'ſ',
  'K',
  ' ',
  '  ',
  '   ',
  '\t',
  '\n',
  '\r\n',
  '\n\n',
  ' \n',
  '\n ',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u3000',
  '\u200b',
  '\ufeff',
  '\u180e',
  '1',
  '12',
  '2024',
  '½',
  '٣',
  'Ⅷ',
  '१२३४',
  '𝟘',
  'a',
  'A',
  'the',
  ' the',
  'HTML',
  'camelCase',
  'ǅ',
  'ʰ',
  'א',
  '漢',
  '한',
  'é',
  'e\u0301',
  '\u0301',
  '\u0903',
  '/',
  '//',
  '.',
  '!?',
  '...',
  ' .',
  '---',
  '🙂',
  '👩\u200d👧',
  '🇩🇪',
  '\0',
  '<|endoftext|>',
  '<|fim_prefix|>',
  '\u{10ffff}',
  '\ue000',
  '\ud800',
  '\udfff',
  '𐐀',
  '𐐨',
]
const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const mixture = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PARTS),
      fc.string({ unit: codePoint, maxLength: 4 }),
      fc
        .tuple(fc.constantFrom(...PARTS), fc.integer({ min: 1, max: 12 }))
        .map(([part, times]) => part.repeat(times)),
    ),
    { maxLength: 16, size: 'max' },
  )
  .map((parts) => parts.join(''))

describe.each(names)('%s', async (name) => {
  const ours = await tokenizerOf(name)
  const npm = npmEncoding(name)
  /** Ours and npm's ids as text: compared a hundred thousand times, arrays would take long. */
  const both = (text: string) =>
    [ours.encode(text).join(), npm.encode_ordinary(wellFormed(text)).join()] as const

  test('equals npm tiktoken over mixtures of every plane', () => {
    fc.assert(
      fc.property(fc.oneof(mixture, anyText), (text) => {
        const [ids, expected] = both(text)
        expect(ids).toBe(expected)
        expect(ours.decode(ours.encode(text))).toBe(wellFormed(text))
      }),
      { numRuns: 1500, seed: 11 },
    )
  })

  test('equals npm tiktoken on texts of up to three parts', () => {
    const edges = ["'s", "'ſ", ' ', '\n', '1', 'A', 'a', '\u0301', '/', 'א']
    const texts = PARTS.flatMap((a) => [
      ...PARTS.map((b) => a + b),
      ...edges.flatMap((b) => edges.map((c) => b + a + c)),
    ])
    const differing = texts.filter((text) => {
      const [ids, expected] = both(text)
      return ids !== expected
    })
    expect(differing).toEqual([])
  })

  test('has tiktoken’s special tokens', () => {
    const { special_tokens } = require(`tiktoken/encoders/${name}.json`)
    for (const [text, id] of Object.entries<number>(special_tokens)) {
      expect([ours.control?.(text), ours.piece(id), ours.decode([id])]).toEqual([id, text, ''])
    }
    expect(ours.eos).toBe(special_tokens['<|endoftext|>'])
    expect([ours.bos, ours.pad, ours.control?.('the')]).toEqual([undefined, undefined, undefined])
    expect(() => ours.piece(ours.vocabularySize)).toThrow(RangeError)
    const ids = Array.from({ length: ours.vocabularySize }, (_, id) => id)
    expect(ours.encode('a')).toBeInstanceOf(ids.length > 65_536 ? Uint32Array : Uint16Array)
  })
})

const BYTES = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte).toString('base64'))

test('every code point is in the class that npm tiktoken puts it in', () => {
  const codes = Array.from({ length: 0x110000 }, (_, code) => code).filter(
    (code) => code < 0xd800 || code >= 0xe000,
  )
  const text = codes.map((code) => String.fromCodePoint(code)).join('')
  const classes = buildCharacterClasses()
  const members = [
    '\\p{Lu}\\p{Lt}',
    '\\p{Ll}',
    '\\p{Lm}\\p{Lo}',
    '\\p{M}',
    '\\p{N}',
    '[\\s--[\\r\\n]]',
    '\\r\\n',
  ]
  for (const [i, member] of members.entries()) {
    // What the pattern does not match is left out: only the members' bytes come back.
    const npm = new Tiktoken(`! 0 ${BYTES.join(' ')}`, {}, `[${member}]`)
    const found = Array.from(Buffer.from(npm.encode_ordinary(text)).toString('utf8'), (c) => c.codePointAt(0))
    npm.free()
    expect(codes.filter((code) => lookUp(classes, code) === i + 1)).toEqual(found)
  }
}, 60_000)

// Each code point between letters, numbers and spaces: what the patterns tell apart shows in the cuts.
test.each(['r50k_base', 'cl100k_base', 'o200k_base'])(
  '%s cuts around code points of every plane as npm tiktoken',
  async (name) => {
    const [ours, npm] = [await tokenizerOf(name), npmEncoding(name)]
    let text = ''
    for (let code = 0; code < 0x110000; code += code < 0x2100 ? 1 : 127) {
      const c = String.fromCodePoint(code)
      if (code < 0xd800 || code >= 0xe000) text += `a${c}1 ${c}A'${c}\n`
    }
    const [ids, expected] = [Array.from(ours.encode(text)), Array.from(npm.encode_ordinary(text))]
    expect(ids).toEqual(expected)
  },
  60_000,
)

// The readable twin: the pattern by the runtime's engine, and merging pair by pair. Long matches, which npm is slow on.
test.each(['gpt2', 'cl100k_base', 'o200k_base'])('%s equals its readable twin on long runs', async (name) => {
  const ours = await tokenizerOf(name)
  const { tokens, pattern } = await readEncoding({ model: `builtin:${name}` })
  const reference = referenceRanks(tokens, 0, runtimePattern(PATTERNS[pattern]))
  for (const part of [
    'a',
    'A',
    'ing',
    ' ',
    '\n',
    ' \n',
    '1',
    '.',
    '/',
    '\u0301',
    "'",
    "'s",
    'אA',
    '漢',
    '👍',
  ]) {
    const text = `x ${part.repeat(150)} x`
    expect({ part, ids: Array.from(ours.encode(text)) }).toEqual({ part, ids: reference(text) })
  }
})

test.each(['gpt2', 'cl100k_base', 'o200k_base'])(
  '%s is done with 300 KB of one match',
  async (name) => {
    const ours = await tokenizerOf(name)
    for (const part of ['a', ' ', "'"]) {
      const text = part.repeat(3e5 / part.length)
      expect(ours.decode(ours.encode(text))).toBe(text)
    }
  },
  60_000,
)

// A vocabulary in which any two characters merge shows every cut, as between `'ſ` and `x`, which no published one does.
test.each(['gpt2', 'cl100k', 'o200k'] as const)('%s cuts where npm tiktoken does', async (pattern) => {
  const alphabet = Array.from(
    "sSſtTrReEvVmMlLdDaAKxאǅʰ漢\u0301\u0903 \t\n\r\u0085\u00a0\u3000\u200b1½٣Ⅷ/.!\ufeff🙂𐐀𐐨ß'",
  )
  const heads = alphabet.flatMap((c) =>
    Array.from({ length: Buffer.byteLength(c) - 1 }, (_, i) => Buffer.from(c).subarray(0, i + 2)),
  )
  const pairs = alphabet.flatMap((a) => alphabet.map((b) => Buffer.from(a + b)))
  const words = new Set([...BYTES, ...[...heads, ...pairs].map((bytes) => bytes.toString('base64'))])
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-tiktoken-'))
  await writeFile(
    path.join(folder, 'pairs.tiktoken'),
    Array.from(words)
      .map((word, rank) => `${word} ${rank}`)
      .join('\n'),
  )
  const ours = createTokenizer(
    await loadTokenizer({ type: 'tiktoken', model: 'pairs.tiktoken', pattern }, folder),
  )
  await rm(folder, { recursive: true })
  const npm = new Tiktoken(`! 0 ${[...words].join(' ')}`, {}, PATTERNS[pattern])
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 8, size: 'max' }),
    fc.string({ unit: fc.constantFrom("'", ...alphabet.slice(0, 22)), maxLength: 8, size: 'max' }),
  )
  fc.assert(
    fc.property(text, (string) => {
      expect(ours.encode(string).join()).toBe(npm.encode_ordinary(string).join())
    }),
    { numRuns: 20_000, seed: 12 },
  )
})

describe('rank files', () => {
  const lines = BYTES.map((word, rank) => `${word} ${rank}`)
  const file = [
    ...lines,
    `${Buffer.from('ab').toString('base64')} 256`,
    `${Buffer.from('abc').toString('base64')} 258`,
  ].join('\n')
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-tiktoken-'))
    await writeFile(path.join(folder, 'own.tiktoken'), `${file}\n`)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const load = async (settings: object) =>
    createTokenizer(await loadTokenizer({ type: 'tiktoken', model: 'own.tiktoken', ...settings }, folder))

  test('give the ids of npm tiktoken; special tokens behind them or in a gap', async () => {
    const specials = { '<|begin|>': 257, '<|end|>': 300 }
    const ours = await load({ pattern: 'cl100k', specials, bos: '<|begin|>', eos: '<|end|>' })
    expect([ours.vocabularySize, ours.bos, ours.eos, ours.pad]).toEqual([301, 257, 300, undefined])
    expect([ours.piece(257), ours.piece(258), ours.piece(280)]).toEqual(['<|begin|>', 'abc', ''])
    const npm = new Tiktoken(`! 0 ${BYTES.join(' ')} YWI=\n! 258 YWJj`, specials, PATTERNS.cl100k)
    for (const text of ['abcab abc', "ABC'S 1234 abé<|begin|>"]) {
      expect(Array.from(ours.encode(text))).toEqual(Array.from(npm.encode_ordinary(text)))
      expect(ours.decode(ours.encode(text))).toBe(text)
    }
  })

  test('pattern and special tokens are part of the fingerprint', async () => {
    const specials = { '<|end|>': 300 }
    const variants = [
      { pattern: 'gpt2' },
      { pattern: 'cl100k' },
      { pattern: 'cl100k', specials },
      { pattern: 'cl100k', specials, eos: '<|end|>' },
    ]
    const prints = await Promise.all(variants.map(async (settings) => (await load(settings)).fingerprint))
    expect(new Set(prints).size).toBe(4)
  })

  test.each([
    ['no pattern', {}, 'tokenizer.pattern'],
    ['the id of a token', { pattern: 'gpt2', specials: { x: 256 } }, 'tokenizer.specials'],
    ['an id twice', { pattern: 'gpt2', specials: { x: 300, y: 300 } }, 'tokenizer.specials'],
    ['an id beyond 21 bits', { pattern: 'gpt2', specials: { x: 2 ** 21 } }, 'tokenizer.specials'],
    ['an eos that is none', { pattern: 'gpt2', eos: 'x' }, 'tokenizer.eos'],
    ['a pattern for a built-in', { model: 'builtin:gpt2', pattern: 'gpt2' }, 'tokenizer.pattern'],
    ['a built-in that is none', { model: 'builtin:gpt5' }, 'tokenizer.model'],
  ])('settings are refused: %s', async (_, settings, key) => {
    await expect(load(settings)).rejects.toMatchObject({ code: 'RECIPE_INVALID', facts: { key } })
  })

  test('a file that is not there', async () => {
    await expect(load({ model: 'none', pattern: 'gpt2' })).rejects.toMatchObject({ code: 'INPUT_MISSING' })
  })

  test.each([
    ['no rank', `${file}\nYWI=`, 'line 259 is not'],
    ['no base64', `${file}\n!!! 300`, 'line 259 is not'],
    ['a token twice', `${file}\nYWI= 300`, 'line 259 has a token that is there twice'],
    ['a rank twice', `${file}\nYWJk 258`, 'line 259 has the rank 258'],
    ['a rank beyond 21 bits', `${file}\nYWJk 2097152`, 'line 259 has the rank 2097152'],
    ['a long token', `${file}\n${'YWFh'.repeat(400)} 300`, '1200 bytes'],
    ['a byte without a token', lines.slice(1).join('\n'), 'byte 0'],
  ])('files are refused: %s', (_, text, message) => {
    expect(() => parseRankFile(text, 'own.tiktoken')).toThrow(message)
  })
})
