import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { MillraceError, systemReason } from '../../lib/errors.ts'
import { missingByte, parseRankList } from '../bpe/rank-list.ts'
import { builtInName } from '../built-in.ts'
import { readMistralFile } from '../mistral-files.ts'
import { TEKKEN_PATTERN } from './split.ts'

/** A Tekken file, reduced to what changes ids. Ids: the special tokens, then the vocabulary by rank. */
export interface TekkenVocabulary {
  readonly name: string
  /** Texts of the special tokens by id. */
  readonly specials: readonly string[]
  /** Bytes of the token of each rank, one character a byte (latin1). A lower rank merges first. */
  readonly tokens: readonly string[]
}

/** With `vocab`, as mistral-common ships it, or the ranks as one text of base64 words, as tiktoken's ports keep them. */
const tekkenFile = z.looseObject({
  config: z.looseObject({
    pattern: z.string(),
    default_vocab_size: z.int().positive(),
    default_num_special_tokens: z.int().nonnegative(),
  }),
  vocab: z.array(z.looseObject({ rank: z.int().nonnegative(), token_bytes: z.string() })).optional(),
  bpe_ranks: z.string().optional(),
  special_tokens: z.array(z.looseObject({ rank: z.int().nonnegative(), token_str: z.string() })).nullish(),
})

/** The special tokens of files that list none, as mistral-common 1.13 has them; the rest are `<SPECIAL_20>` and so on. */
const SPECIALS = [
  ['<unk>', '<s>', '</s>', '[INST]', '[/INST]', '[AVAILABLE_TOOLS]', '[/AVAILABLE_TOOLS]', '[TOOL_RESULTS]'],
  ['[/TOOL_RESULTS]', '[TOOL_CALLS]', '[IMG]', '<pad>', '[IMG_BREAK]', '[IMG_END]', '[PREFIX]', '[MIDDLE]'],
  ['[SUFFIX]', '[SYSTEM_PROMPT]', '[/SYSTEM_PROMPT]', '[TOOL_CONTENT]'],
].flat()

/**
 * Reads a Tekken file: its path, or `builtin:tekken`.
 *
 * @throws MillraceError `INPUT_MISSING`; `MODEL_INVALID` for a file that is none, or has another split pattern
 */
export async function readTekken(model: string): Promise<TekkenVocabulary> {
  const isBuiltIn = builtInName(model) === 'tekken'
  const text = isBuiltIn ? await readMistralFile('tekken/240718.json') : await readJsonFile(model)
  return parseTekken(text, model, isBuiltIn ? 'tekken' : path.basename(model))
}

async function readJsonFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const message = `cannot read the tokenizer ${file}: ${systemReason(cause)}`
    const fix = 'Give the path of a tekken.json file, relative to the recipe.'
    throw new MillraceError('INPUT_MISSING', message, { file, fix }, { cause })
  }
}

export function parseTekken(text: string, file: string, name: string): TekkenVocabulary {
  const invalid = (what: string, fix: string, cause?: unknown): MillraceError =>
    new MillraceError('MODEL_INVALID', `${name}: ${what}`, { file, fix }, { cause })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid('not JSON', 'Check that the file was copied whole.', error)
  }
  const parsed = tekkenFile.safeParse(json)
  if (!parsed.success) throw invalid('not a Tekken file', 'Give a tekken.json file.', parsed.error)
  const content = parsed.data
  const { pattern, default_vocab_size: size, default_num_special_tokens: specialCount } = content.config
  if (pattern !== TEKKEN_PATTERN) {
    throw invalid(
      `config.pattern is not Tekken's (${pattern})`,
      'Use a file with the pattern of Tekken 240718.',
    )
  }
  const tokens =
    content.vocab === undefined ? parseRankList(content.bpe_ranks ?? '') : tokensOf(content.vocab)
  const wanted = size - specialCount
  if (tokens.length < wanted) {
    throw invalid(
      `${tokens.length} tokens, but its config says ${wanted}`,
      'Check that the file was copied whole.',
    )
  }
  const kept = tokens.slice(0, wanted)
  const distinct = new Set(kept)
  if (distinct.size < wanted) throw invalid('a token is there twice', 'Use the file as it was published.')
  const missing = missingByte(distinct)
  if (missing !== undefined) {
    throw invalid(`no token for the byte ${missing}`, 'Use the file as it was published.')
  }
  return { name, specials: specialsOf(content.special_tokens ?? undefined, specialCount), tokens: kept }
}

function tokensOf(vocabulary: readonly { rank: number; token_bytes: string }[]): string[] {
  const inOrder = vocabulary.toSorted((a, b) => a.rank - b.rank)
  return inOrder.map(({ token_bytes: bytes }) => Buffer.from(bytes, 'base64').toString('latin1'))
}

function specialsOf(
  listed: readonly { rank: number; token_str: string }[] | undefined,
  count: number,
): string[] {
  const names = new Map(listed?.map(({ rank, token_str: text }) => [rank, text]) ?? SPECIALS.entries())
  return Array.from({ length: count }, (_, id) => names.get(id) ?? `<SPECIAL_${id}>`)
}
