import { createHash } from 'node:crypto'
import { z } from 'zod'
import { MillraceError } from '../lib/errors.ts'
import type { CodePointMap } from './bpe/code-point-map.ts'
import { createFastRankEncoder } from './bpe/fast-rank-encoder.ts'
import { createRankDecoder, readablePiece } from './bpe/rank-encoder.ts'
import { buildRankTables, type RankTables } from './bpe/rank-tables.ts'
import { builtInPath } from './built-in.ts'
import { defineTokenizer } from './define-tokenizer.ts'
import { splitForKernel } from './tekken/automata.ts'
import { buildCharacterClasses } from './tekken/character-classes.ts'
import { ENCODINGS, type Encoding, readEncoding } from './tiktoken/file.ts'
import { createTiktokenSplitter, PATTERNS, type PatternName } from './tiktoken/split.ts'
import { checkId } from './token-ids.ts'

interface Tables extends RankTables {
  readonly name: string
  readonly fingerprint: string
  readonly vocabularySize: number
  readonly pattern: PatternName
  readonly classes: CodePointMap
  readonly specials: ReadonlyMap<string, number>
  readonly bos: number | undefined
  readonly eos: number | undefined
  readonly pad: number | undefined
}

const END_OF_TEXT = '<|endoftext|>'

/**
 * tiktoken's encodings, id for id (github.com/openai/tiktoken): text is split by a pattern, and the UTF-8 bytes of each
 * match are merged by rank. decode(encode(text)) = text for every well-formed text.
 */
export const tiktoken = defineTokenizer({
  type: 'tiktoken',
  summary: 'tiktoken: byte-level BPE of GPT-2 to GPT-4o, built in or from a .tiktoken rank file',
  revision: 1,
  settings: z.strictObject({
    model: z
      .string()
      .min(1)
      .describe('path of a .tiktoken rank file (a line: base64, rank), or builtin:NAME'),
    pattern: z
      .enum(['gpt2', 'cl100k', 'o200k'])
      .optional()
      .describe(
        'how a rank file’s texts are split: gpt2 (also r50k, p50k), cl100k (also Llama 3), o200k; needed with a rank file',
      ),
    specials: z
      .record(z.string().min(1), z.int().nonnegative().describe('its id'))
      .optional()
      .describe('special tokens by text with their ids, besides those of a built-in encoding'),
    bos: z.string().optional().describe('special token that begins a document (default: none)'),
    eos: z
      .string()
      .optional()
      .describe(`special token that ends a document (default: ${END_OF_TEXT} if there is one)`),
    pad: z.string().optional().describe('special token for padding (default: none)'),
  }),
  paths: ['model'],
  builtIn: Object.fromEntries(Object.keys(ENCODINGS).map((name) => [name, { model: builtInPath(name) }])),
  async load({ bos, eos, pad, ...settings }): Promise<Tables> {
    const encoding = await readEncoding(settings)
    const { name, pattern, tokens, specials } = encoding
    const special = (key: string, text: string | undefined): number | undefined => {
      const id = text === undefined ? undefined : specials.get(text)
      if (text !== undefined && id === undefined) throw noSpecial(key, text, encoding)
      return id
    }
    const ends = {
      bos: special('bos', bos),
      eos: eos === undefined ? specials.get(END_OF_TEXT) : special('eos', eos),
      pad: special('pad', pad),
    }
    return {
      ...buildRankTables(tokens, 0, splitForKernel(pattern)),
      ...ends,
      name,
      pattern,
      specials,
      fingerprint: fingerprintOf(encoding, ends),
      vocabularySize: [...specials.values()].reduce((size, id) => Math.max(size, id + 1), tokens.length),
      classes: buildCharacterClasses(),
    }
  },
  create(tables: Tables) {
    const { name, fingerprint, vocabularySize, specials, bos, eos, pad } = tables
    const encode = createFastRankEncoder(tables, () => createTiktokenSplitter(tables.pattern, tables.classes))
    const specialOf = new Map(Array.from(specials, ([text, id]) => [id, text]))
    return {
      name,
      fingerprint,
      vocabularySize,
      bos,
      eos,
      pad,
      encode,
      decode: createRankDecoder(tables, vocabularySize),
      piece(id) {
        checkId(id, vocabularySize)
        return specialOf.get(id) ?? (id < tables.rankCount ? readablePiece(tables, id) : '')
      },
      control: (text) => specials.get(text),
    }
  },
})

function noSpecial(key: string, got: string, { name, specials }: Encoding): MillraceError {
  const known = [...specials.keys()].slice(0, 10).join(', ')
  return new MillraceError('RECIPE_INVALID', `${JSON.stringify(got)} is no special token of ${name}`, {
    key: `tokenizer.${key}`,
    got,
    fix: known === '' ? 'Name it in tokenizer.specials, with its id.' : `Use one of: ${known}.`,
  })
}

function fingerprintOf({ pattern, tokens, specials }: Encoding, ends: object): string {
  const hash = createHash('sha256')
  const named = [...specials].toSorted(([, a], [, b]) => a - b)
  hash.update(`tiktoken ${JSON.stringify({ pattern: PATTERNS[pattern], unicode: '16.0', named, ends })}\n`)
  for (const token of tokens) hash.update(`${Buffer.from(token, 'latin1').toString('base64')}\n`)
  return hash.digest('hex')
}
