import { createTokenizer, loadTokenizer, type TokenizerSpec } from '../tokenizers/index.ts'
import { createMapper, type MapperSettings } from './documents/fields.ts'
import { OPT_OUT_KEYS } from './documents/opt-out.ts'
import { MillraceError } from './errors.ts'
import { openTokens, tokenFiles, tokenFormatOf } from './formats/token-input.ts'
import { expandInputs, readInput, STANDARD_INPUT } from './inputs.ts'
import type { ReaderItem } from './readers/define-reader.ts'

/** A record as the pipeline reads it, before any filter. `problem` says why it cannot be read; then the rest is null. */
export interface HeadRecord {
  readonly file: string
  readonly offset: number
  readonly text: string | null
  readonly id: string | null
  readonly url: string | null
  readonly problem: string | null
}

/** How records become documents, as commands take it. */
export interface MappingOptions {
  /** `name=path` pairs. */
  readonly field?: readonly string[]
  readonly template?: string
  /** The shape of the template's records. */
  readonly messages?: string
}

export interface HeadOptions extends MappingOptions {
  /** Records a file. */
  readonly records?: number
  readonly reader?: string
  /** Decodes files of token ids; without it, their text is the ids. */
  readonly tokenizer?: TokenizerSpec
}

/** The first records of each file. */
export async function head(files: readonly string[], options: HeadOptions = {}): Promise<HeadRecord[]> {
  const wanted = options.records ?? 5
  const map = createMapper(mapperSettings(options))
  const found: HeadRecord[] = []
  for (const file of await expandInputs(files)) {
    const isShard =
      file !== STANDARD_INPUT && options.reader === undefined && tokenFormatOf(file) !== undefined
    const parts = isShard ? await tokenFiles(file) : undefined
    if (parts !== undefined) {
      if (parts[0] === file) found.push(...(await headTokens(file, wanted, options.tokenizer)))
      continue
    }
    let left = wanted
    for await (const items of readInput(file, options.reader)) {
      for (const item of items.slice(0, left)) found.push(toHeadRecord(file, item, map))
      left -= Math.min(left, items.length)
      if (left === 0) break
    }
  }
  return found
}

/** The first documents of a file of token ids. */
async function headTokens(
  file: string,
  wanted: number,
  name: TokenizerSpec | undefined,
): Promise<HeadRecord[]> {
  const tokenizer = name === undefined ? undefined : createTokenizer(await loadTokenizer(name))
  const { reader } = await openTokens(file)
  try {
    const found: HeadRecord[] = []
    for (let offset = 0; offset < Math.min(wanted, reader.counts.items); offset++) {
      const ids = Array.from((await reader.item(offset)).tokens)
      const text = tokenizer?.decode(ids) ?? ids.join(' ')
      found.push({ file, offset, text, id: null, url: null, problem: null })
    }
    return found
  } finally {
    await reader.close()
  }
}

function toHeadRecord(file: string, item: ReaderItem, map: ReturnType<typeof createMapper>): HeadRecord {
  const none = { file, offset: item.offset, text: null, id: null, url: null }
  if (item.kind === 'bad') return { ...none, problem: `${item.reason}: ${item.detail}` }
  const mapped = map(item.value)
  if ('reason' in mapped) return { ...none, problem: `${mapped.reason}: ${mapped.detail}` }
  const { text, id, url } = mapped.document
  return { file, offset: item.offset, text, id: id ?? null, url: url ?? null, problem: null }
}

const NAMES: readonly string[] = ['text', 'id', 'url', ...OPT_OUT_KEYS]

/** `field: ['text=content', 'url=meta.url']` → the settings of a mapper. Throws USAGE for anything else. */
export function mapperSettings({ field = [], template, messages }: MappingOptions): MapperSettings {
  const fields: Record<string, string> = {}
  for (const pair of field) {
    const [name = '', path = ''] = pair.split(/=(.*)/s)
    if (!NAMES.includes(name) || path === '') {
      throw new MillraceError('USAGE', `--field ${pair} is not a mapping`, {
        got: pair,
        fix: `Write NAME=PATH with one of ${NAMES.join(', ')}, e.g. --field text=content.`,
      })
    }
    fields[name] = path
  }
  return { fields, ...(template !== undefined && { template }), ...(messages !== undefined && { messages }) }
}
