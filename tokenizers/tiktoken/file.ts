import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'
import { MillraceError, systemReason } from '../../lib/errors.ts'
import { missingByte, parseRankList } from '../bpe/rank-list.ts'
import { builtInName } from '../built-in.ts'
import { PATTERNS, type PatternName } from './split.ts'

/** The encodings of the package tiktoken, and which pattern each has. */
export const ENCODINGS: Readonly<Record<string, PatternName>> = {
  gpt2: 'gpt2',
  r50k_base: 'gpt2',
  p50k_base: 'gpt2',
  p50k_edit: 'gpt2',
  cl100k_base: 'cl100k',
  o200k_base: 'o200k',
}

/** An encoding, reduced to what changes ids. */
export interface Encoding {
  readonly name: string
  readonly pattern: PatternName
  /** Bytes of the token of each rank, one character a byte (latin1); '' where a rank has none. Ranks are ids. */
  readonly tokens: readonly string[]
  /** Ids by text, none of them a token's. */
  readonly specials: ReadonlyMap<string, number>
}

export interface EncodingSettings {
  readonly model: string
  readonly pattern?: PatternName | undefined
  readonly specials?: Readonly<Record<string, number>> | undefined
}

/** Of a rank: the merger's ranks are 21 bits. */
const MAX_IDS = 1 << 21
/** Bytes of a token: the ways to cut one are as many. Published ones have 128 at most. */
const MAX_TOKEN_BYTES = 1024

const encodingFile = z.looseObject({
  pat_str: z.string(),
  special_tokens: z.record(z.string(), z.int().nonnegative()),
  bpe_ranks: z.string(),
})

/**
 * Reads an encoding: `builtin:NAME`, or a rank file (lines of a token's bytes in base64, a space, and its rank).
 *
 * @throws MillraceError `INPUT_MISSING`; `MODEL_INVALID` for a file that is none; `RECIPE_INVALID` for settings that do
 *   not fit it
 */
export async function readEncoding({ model, pattern, specials }: EncodingSettings): Promise<Encoding> {
  const encoding = builtInName(model) === undefined ? undefined : await readBuiltIn(model)
  if (encoding !== undefined && pattern === undefined) {
    return specials === undefined ? encoding : withSpecials(encoding, specials)
  }
  const known = Object.keys(PATTERNS).join(', ')
  if (encoding !== undefined) {
    throw unfit('pattern', `${encoding.name} has a pattern of its own`, 'Leave tokenizer.pattern out.')
  }
  if (pattern === undefined) {
    throw unfit('pattern', 'a rank file does not say how texts are split', `Set it to one of: ${known}.`)
  }
  const name = path.basename(model)
  const tokens = parseRankFile(await readText(model), model)
  return withSpecials({ name, pattern, tokens, specials: new Map() }, specials ?? {})
}

async function readBuiltIn(model: string): Promise<Encoding> {
  const name = builtInName(model) ?? ''
  const pattern = Object.hasOwn(ENCODINGS, name) ? ENCODINGS[name] : undefined
  if (pattern === undefined) {
    throw unfit('model', `there is no ${model}`, `Use one of: ${Object.keys(ENCODINGS).join(', ')}.`)
  }
  const file = createRequire(import.meta.url).resolve(`tiktoken/encoders/${name}.json`)
  const content = encodingFile.safeParse(JSON.parse(await readText(file)))
  if (!content.success || content.data.pat_str !== PATTERNS[pattern]) {
    throw invalid(
      name,
      file,
      'not the encoding as it was published',
      'Install the dependencies again: npm ci.',
    )
  }
  const { bpe_ranks: ranks, special_tokens: specials } = content.data
  return { name, pattern, tokens: parseRankList(ranks), specials: new Map(Object.entries(specials)) }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const message = `cannot read the tokenizer ${file}: ${systemReason(cause)}`
    const fix = 'Give the path of a .tiktoken rank file, relative to the recipe.'
    throw new MillraceError('INPUT_MISSING', message, { file, fix }, { cause })
  }
}

/** @returns tokens by rank, as in `Encoding` */
export function parseRankFile(text: string, file: string): string[] {
  const name = path.basename(file)
  const refuse = (what: string): MillraceError =>
    invalid(name, file, what, 'Use the rank file as it was published.')
  const tokens: (string | undefined)[] = []
  const distinct = new Set<string>()
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const [, word = '', digits = ''] = /^([A-Za-z0-9+/]+={0,2}) (\d{1,7})\r?$/.exec(line) ?? []
    const token = Buffer.from(word, 'base64').toString('latin1')
    const rank = Number(digits)
    if (token === '') throw refuse(`line ${i + 1} is not a token in base64 and its rank`)
    if (token.length > MAX_TOKEN_BYTES)
      throw refuse(`line ${i + 1} has a token of ${token.length} bytes, more than 1,024`)
    if (rank >= MAX_IDS) throw refuse(`line ${i + 1} has the rank ${rank}, above 2,097,151`)
    if (distinct.has(token)) throw refuse(`line ${i + 1} has a token that is there twice`)
    if (tokens[rank] !== undefined) throw refuse(`line ${i + 1} has the rank ${rank}, which is there twice`)
    distinct.add(token)
    tokens[rank] = token
  }
  const missing = missingByte(distinct)
  if (missing !== undefined) throw refuse(`no token for the byte ${missing}`)
  return Array.from(tokens, (token) => token ?? '')
}

/** With special tokens besides its own. */
function withSpecials(encoding: Encoding, more: Readonly<Record<string, number>>): Encoding {
  const specials = new Map([...encoding.specials, ...Object.entries(more)])
  const ids = new Set<number>()
  for (const [text, id] of specials) {
    const isToken = (encoding.tokens[id] ?? '') !== ''
    if (!isToken && !ids.has(id) && id < MAX_IDS) {
      ids.add(id)
      continue
    }
    const what = isToken ? 'that is a token’s' : ids.has(id) ? 'of another special token' : 'above 2,097,151'
    const fix = 'Give each special token an id of its own, behind the tokens or in a gap of their ranks.'
    throw unfit('specials', `the special token ${JSON.stringify(text)} has the id ${id}, ${what}`, fix)
  }
  return { ...encoding, specials }
}

function unfit(key: string, message: string, fix: string): MillraceError {
  return new MillraceError('RECIPE_INVALID', message, { key: `tokenizer.${key}`, fix })
}

function invalid(name: string, file: string, what: string, fix: string): MillraceError {
  return new MillraceError('MODEL_INVALID', `${name}: ${what}`, { file, fix })
}
