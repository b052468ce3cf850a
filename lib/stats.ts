import { stat } from 'node:fs/promises'
import type { Verdict } from '../filters/define-filter.ts'
import { createTokenizer, loadTokenizer, type Tokenizer, type TokenizerSpec } from '../tokenizers/index.ts'
import { createFilters, loadFilterTables, type ReadyFilter } from './build/tables.ts'
import { createMapper, type Mapper } from './documents/fields.ts'
import { chooseFilters, type FilterRunOptions } from './filter.ts'
import { openTokens, tokenFiles, tokenFormatOf } from './formats/token-input.ts'
import { mapperSettings } from './head.ts'
import { expandInputs, readInput, STANDARD_INPUT } from './inputs.ts'
import type { ReaderItem } from './readers/define-reader.ts'
import { createTally, type InputTally, type Tally } from './stats-tally.ts'

export interface StatsOptions extends FilterRunOptions {
  readonly reader?: string
  /** Counts tokens, without BOS and EOS; lengths are then in tokens. */
  readonly tokenizer?: TokenizerSpec
  /** Told the stored bytes of all files, without standard input, and then those that were read. */
  readonly onSize?: (bytes: number) => void
  readonly onBytes?: (bytes: number) => void
}

export interface FileStats extends InputTally {
  readonly file: string
}

export interface Stats {
  readonly files: readonly FileStats[]
  readonly total: InputTally
}

/**
 * What is in input files: records, those that cannot be read by reason, documents, characters, words, tokens, lengths,
 * fields and what a source's hygiene settings would change; with filters, their verdicts and recorded values. Of files of
 * token ids: documents, tokens, and how many begin with BOS and end with EOS. Memory does not grow with the files.
 */
export async function stats(patterns: readonly string[], options: StatsOptions = {}): Promise<Stats> {
  const files = await inputsOf(await expandInputs(patterns), options.reader)
  const sizes = await Promise.all(files.map(({ parts }) => sizeOf(parts)))
  options.onSize?.(sizes.reduce((sum, size) => sum + size, 0))
  const tokenizer = options.tokenizer && createTokenizer(await loadTokenizer(options.tokenizer))
  const judge: Judge = {
    map: createMapper(mapperSettings(options)),
    tokenizer: tokenizer || undefined,
    filters: await readyFilters(options),
  }
  const all = createTally()
  const found: FileStats[] = []
  for (const [at, { file, isTokens }] of files.entries()) {
    const own = createTally()
    let told = 0
    const onBytes = (bytes: number): void => {
      told += bytes
      options.onBytes?.(bytes)
    }
    if (isTokens) await tallyTokens(file, judge, own)
    else {
      for await (const items of readInput(file, options.reader, onBytes)) {
        for (const item of items) tallyItem(item, judge, own)
      }
    }
    const size = sizes[at] ?? 0
    options.onBytes?.(Math.max(0, size - told))
    own.add('bytes', file === STANDARD_INPUT ? told : size)
    all.merge(own)
    found.push({ file, ...own.result() })
  }
  return { files: found, total: all.result() }
}

interface Input {
  readonly file: string
  readonly isTokens: boolean
  /** All its files. */
  readonly parts: readonly string[]
}

/** Files of text as they are; of token ids, the one of tokens for all that stand beside it. */
async function inputsOf(files: readonly string[], reader: string | undefined): Promise<Input[]> {
  const inputs = new Map<string, Input>()
  for (const file of files) {
    const isShard = file !== STANDARD_INPUT && reader === undefined && tokenFormatOf(file) !== undefined
    const parts = isShard ? await tokenFiles(file) : undefined
    const name = parts?.[0] ?? file
    inputs.set(name, { file: name, isTokens: parts !== undefined, parts: parts ?? [file] })
  }
  return [...inputs.values()]
}

async function sizeOf(files: readonly string[]): Promise<number> {
  let bytes = 0
  for (const file of files) if (file !== STANDARD_INPUT) bytes += (await stat(file)).size
  return bytes
}

async function readyFilters(options: StatsOptions): Promise<ReadyFilter[]> {
  if (options.filters === undefined && options.recipe === undefined) return []
  const { uses, directory } = await chooseFilters(options)
  return createFilters(uses, await loadFilterTables(uses, directory))
}

interface Judge {
  readonly map: Mapper
  readonly tokenizer: Tokenizer | undefined
  readonly filters: readonly ReadyFilter[]
}

function tallyItem(item: ReaderItem, { map, tokenizer, filters }: Judge, into: Tally): void {
  into.add('records', 1)
  if (item.kind === 'bad') {
    into.count('bad', item.reason)
    return
  }
  into.fields(item.value)
  const mapped = map(item.value)
  if ('reason' in mapped) {
    into.count('bad', mapped.reason)
    return
  }
  const { document, raw } = mapped
  into.add('documents', 1)
  into.text(raw.text)
  const tokens = tokenizer?.encode(document.text).length
  if (tokens !== undefined) into.add('tokens', tokens)
  into.length(tokens ?? document.text.length)
  const earlier: Record<string, Verdict['values']> = {}
  for (const { definition, decide } of filters) {
    const { keep, reason, values } = decide(document, earlier)
    earlier[definition.name] = values
    into.count('verdicts', keep ? `${definition.name}: kept` : `${definition.name}: ${reason}`)
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string') into.count('values', `${definition.name}.${name}: ${value}`)
    }
  }
}

async function tallyTokens(file: string, { tokenizer }: Judge, into: Tally): Promise<void> {
  const { reader } = await openTokens(file)
  try {
    for (let at = 0; at < reader.counts.items; at++) {
      const { tokens } = await reader.item(at)
      into.add('records', 1)
      into.add('documents', 1)
      into.add('tokens', tokens.length)
      into.length(tokens.length)
      if (tokenizer === undefined || tokens.length === 0) continue
      if (tokens[0] === tokenizer.bos) into.count('specials', 'begins with BOS')
      if (tokens[tokens.length - 1] === tokenizer.eos) into.count('specials', 'ends with EOS')
      if (tokens.some((id) => id >= tokenizer.vocabularySize))
        into.count('specials', 'has an id beyond the vocabulary')
    }
  } finally {
    await reader.close()
  }
}
