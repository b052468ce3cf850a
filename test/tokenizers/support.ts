import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { createTokenizer, loadTokenizer, type Tokenizer, type TokenizerSpec } from '../../tokenizers/index.ts'
import type { Spacing } from '../../tokenizers/sentencepiece/vocabulary.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
export const goldenFolder = path.join(here, 'golden')
const largeGolden = path.resolve(here, '../../../shared/golden/mistral-tokens.jsonl.gz')
export const hasLargeGolden = existsSync(largeGolden)

/** As most SentencePiece models have it. */
export const SPACING: Spacing = {
  addDummyPrefix: true,
  treatWhitespaceAsSuffix: false,
  removeExtraWhitespaces: false,
}

export function goldenRows<Row>(name: string): Row[] {
  return parseLines(readFileSync(path.join(goldenFolder, name), 'utf8'))
}

export function largeGoldenRows(): { text: string; v1: number[]; v3: number[]; tekken: number[] }[] {
  return parseLines(gunzipSync(readFileSync(largeGolden)).toString('utf8'))
}

function parseLines<Row>(text: string): Row[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

export async function tokenizerOf(spec: TokenizerSpec): Promise<Tokenizer> {
  return createTokenizer(await loadTokenizer(spec, goldenFolder))
}

/** Strings that vocabularies treat specially, or that sit at the edges of an encoder's tables. */
// biome-ignore format: a table
const FRAGMENTS = [
  '▁', '▁▁', '<s>', '</s>', '[INST]', '<0x0A>', '\0', '\ufeff', ' ', '  ', '\n', '\r\n', '\t', '\u00a0', '\u0085', '\u3000',
  '\u2028', 'the', ' the', 'ing', 'tion', 'HTML', 'aB', 'é', 'e\u0301', '\u0301', 'ǅ', 'ʰ', 'א', '漢字', 'かな', '한국', 'ไทย',
  'Привет', '👍', '👩\u200d👩\u200d👧', '𝕳', '\u{10ffff}', '\ue000', '1', '23', '½', '/', '!', '...', '---', "'s", '\ud800', '\udc00',
]

const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const fragment = fc.constantFrom(...FRAGMENTS)
const part = fc.oneof(
  fragment,
  fc.tuple(fragment, fc.integer({ min: 1, max: 60 })).map(([text, times]) => text.repeat(times)),
  fc.string({ unit: codePoint, maxLength: 12, size: 'max' }),
  fc.string({ unit: 'binary-ascii', maxLength: 12, size: 'max' }),
  fc.string({ unit: fc.constantFrom('a', 'b', 'e', 'n', 't'), maxLength: 60, size: 'max' }),
  fc.string({
    unit: fc.constantFrom(' ', '\n', 'a', 'A', '\u0301', '/', '1', 'א', '.'),
    maxLength: 20,
    size: 'max',
  }),
)

/** Texts of every plane, long runs, mixtures of what vocabularies treat specially, lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc
  .array(part, { maxLength: 8, size: 'max' })
  .map((parts) => parts.join(''))

/** The array's own bytes, not its buffer's. */
export function bytesOf(array: Uint16Array | Uint32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength)
}
