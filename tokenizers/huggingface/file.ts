import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { MillraceError, systemReason } from '../../lib/errors.ts'

/** Bytes; the largest published files have about 35 MB. */
const MAX_BYTES = 512 << 20

const component = z.looseObject({ type: z.string() }).nullish()
const addedToken = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string(),
  special: z.boolean().default(false),
})
const tokenizerFile = z.looseObject({
  added_tokens: z.array(addedToken).default([]),
  normalizer: component,
  pre_tokenizer: component,
  post_processor: component,
  decoder: component,
  model: z.looseObject({ type: z.string().optional() }),
})

/** A tokenizer.json, read but for what its model has. */
export type TokenizerFile = z.output<typeof tokenizerFile>
export type Component = NonNullable<z.output<typeof component>>

/** Pieces that a file, or the tokenizer_config.json beside it, names as beginning and end of a document, and as padding. */
export interface SpecialNames {
  readonly bos?: string | undefined
  readonly eos?: string | undefined
  readonly pad?: string | undefined
}

/** @throws MillraceError `INPUT_MISSING`; `MODEL_INVALID` for a file that is no tokenizer.json */
export async function readTokenizerFile(file: string): Promise<TokenizerFile> {
  const parsed = tokenizerFile.safeParse(await readJson(file))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalid(file, `${issue?.path.join('.')} ${issue?.message}`)
}

export function invalid(file: string, what: string): MillraceError {
  const fix = 'Give a tokenizer.json as the tokenizers library saves it.'
  return new MillraceError('MODEL_INVALID', `${path.basename(file)}: ${what}`, { file, fix })
}

/** What tokenizer_config.json says, where it is there. */
export async function readSpecialNames(file: string): Promise<SpecialNames> {
  const beside = path.join(path.dirname(file), 'tokenizer_config.json')
  const config = tokenizerConfig.safeParse(await readJson(beside).catch(() => undefined))
  if (!config.success) return {}
  const { bos_token: bos, eos_token: eos, pad_token: pad } = config.data
  return { bos: textOf(bos), eos: textOf(eos), pad: textOf(pad) }
}

const named = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish()
const tokenizerConfig = z.looseObject({ bos_token: named, eos_token: named, pad_token: named })

function textOf(token: z.output<typeof named>): string | undefined {
  return typeof token === 'string' ? token : token?.content
}

async function readJson(file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const message = `cannot read the tokenizer ${file}: ${systemReason(cause)}`
    const fix = 'Give the path of a tokenizer.json, relative to the recipe.'
    throw new MillraceError('INPUT_MISSING', message, { file, fix }, { cause })
  }
  if (text.length > MAX_BYTES) throw invalid(file, `${text.length} bytes are more than any tokenizer has`)
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(file, 'it is not JSON')
  }
}
