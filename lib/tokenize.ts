import path from 'node:path'
import {
  createTokenizer,
  loadTokenizer,
  type TokenIds,
  type Tokenizer,
  type TokenizerSpec,
} from '../tokenizers/index.ts'
import { tokenArray, tokenWidth } from './build/pools.ts'
import { createMapper } from './documents/fields.ts'
import { MillraceError } from './errors.ts'
import type { FormatDefinition, PlannedShards } from './formats/define-format.ts'
import { formatByName } from './formats/index.ts'
import { paddingId } from './formats/packed.ts'
import { type MappingOptions, mapperSettings } from './head.ts'
import { readInputs } from './inputs.ts'
import {
  commitUnlessEmpty,
  createOutputFile,
  type OutputFile,
  type WrittenFile,
} from './storage/output-file.ts'

export interface TokenizeOptions extends MappingOptions {
  readonly tokenizer: TokenizerSpec
  /** Special tokens in texts give their ids (default: text is only text). */
  readonly matchSpecials?: boolean
}

async function openTokenizer({ tokenizer, matchSpecials = false }: TokenizeOptions): Promise<Tokenizer> {
  return createTokenizer({ ...(await loadTokenizer(tokenizer)), matchSpecials })
}

/** Output lines `{"id"?, "ids"}` of every document of the files (`-`: standard input), in chunks. */
export async function* encodeLines(
  files: readonly string[],
  options: TokenizeOptions,
): AsyncGenerator<string> {
  const tokenizer = await openTokenizer(options)
  const map = createMapper(mapperSettings(options))
  for await (const { file, items } of readInputs(files)) {
    let lines = ''
    for (const item of items) {
      const mapped = item.kind === 'bad' ? item : map(item.value)
      if ('reason' in mapped) {
        const { reason, detail } = mapped
        lines += `${JSON.stringify({ error: { file, offset: item.offset, reason, detail } })}\n`
      } else {
        const { id, text } = mapped.raw // no text hygiene: what is asked is what is tokenized
        lines += `${JSON.stringify({ ...(id !== undefined && { id }), ids: Array.from(tokenizer.encode(text)) })}\n`
      }
    }
    if (lines !== '') yield lines
  }
}

/** The other way: `{"id"?, "ids"}` lines in, `{"id"?, "text"}` lines out. Throws INPUT_DAMAGED for a line that is neither. */
export async function* decodeLines(
  files: readonly string[],
  { tokenizer: name }: TokenizeOptions,
): AsyncGenerator<string> {
  const tokenizer = createTokenizer(await loadTokenizer(name))
  for await (const { file, items } of readInputs(files, 'jsonl')) {
    let lines = ''
    for (const item of items) {
      const value: unknown = item.kind === 'record' ? item.value : undefined
      const id = typeof value === 'object' && value !== null && 'id' in value ? { id: value.id } : {}
      lines += `${JSON.stringify({ ...id, text: tokenizer.decode(idsOf(value, file, item.offset, tokenizer)) })}\n`
    }
    if (lines !== '') yield lines
  }
}

function idsOf(value: unknown, file: string, offset: number, tokenizer: Tokenizer): number[] {
  const ids: unknown = typeof value === 'object' && value !== null && 'ids' in value ? value.ids : undefined
  const isId = (id: unknown): id is number =>
    typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize
  if (Array.isArray(ids) && ids.every(isId)) return ids
  throw new MillraceError('INPUT_DAMAGED', `${file} at ${offset}: no list of ids of ${tokenizer.name}`, {
    file,
    record: offset,
    got: Array.isArray(ids) ? ids.find((id) => !isId(id)) : ids,
    limit: tokenizer.vocabularySize - 1,
    fix: 'Give lines like {"ids": [1, 2]}, with ids of this tokenizer.',
  })
}

export interface TokenizeFilesOptions extends TokenizeOptions {
  readonly out: string
  readonly format: string
  /** Add BOS or EOS where the tokenizer has one. */
  readonly bos: boolean
  readonly eos: boolean
  readonly sequenceLength: number
}

export interface TokenizedFiles {
  readonly files: readonly string[]
  readonly documents: number
  readonly tokens: number
  /** Records that could not be read: in `OUT/quarantine.jsonl`, not in the shard. */
  readonly unreadable: number
}

/** Writes the documents of the files, in their order, as one shard `OUT/00000.*`. Sequence formats are concatenated and cut. */
export async function tokenizeFiles(
  files: readonly string[],
  options: TokenizeFilesOptions,
): Promise<TokenizedFiles> {
  const tokenizer = await openTokenizer(options)
  const format = formatByName(options.format)
  const { name, bos, eos, pad, vocabularySize } = tokenizer
  const target = {
    base: path.join(options.out, '00000'),
    vocabularySize,
    tokenizer: { name, bos, eos, pad },
    sequenceLength: options.sequenceLength,
    masked: false,
  }
  const counts = { documents: 0, tokens: 0, unreadable: 0 }
  const before = options.bos && bos !== undefined ? [bos] : []
  const after = options.eos && eos !== undefined ? [eos] : []
  const specials = { bos: before.length > 0, eos: after.length > 0 }
  // One shard of whatever the files hold: how many tokens is not known ahead.
  requireHeld(format, { vocabularySize, shardTokens: 0, segmentShards: 1, specials })
  const add =
    format.kind === 'documents'
      ? documentSink(await format.create(target))
      : sequenceSink(await format.create(target), target)
  let quarantine: OutputFile | undefined
  try {
    quarantine = await createOutputFile(path.join(options.out, 'quarantine.jsonl'))
    const map = createMapper(mapperSettings(options))
    for await (const { file, items } of readInputs(files)) {
      for (const item of items) {
        const mapped = item.kind === 'bad' ? item : map(item.value)
        if ('reason' in mapped) {
          const { reason, detail } = mapped
          const problem = { file, offset: item.offset, reason, detail }
          await quarantine.write(Buffer.from(`${JSON.stringify(problem)}\n`))
          counts.unreadable++
          continue
        }
        const ids = tokenizer.encode(mapped.raw.text)
        const all = tokenArray(tokenWidth(vocabularySize), before.length + ids.length + after.length)
        all.set(before, 0)
        all.set(ids, before.length)
        all.set(after, before.length + ids.length)
        await add.write(all)
        counts.documents++
        counts.tokens += all.length
      }
    }
    const written = await add.close()
    const folder = (await format.finish?.(options.out, [{ base: target.base, files: written }])) ?? []
    const bad = await commitUnlessEmpty(quarantine)
    const all = [...written, ...folder, ...(bad === undefined ? [] : [bad])]
    return { files: all.map((file) => file.path), ...counts }
  } finally {
    await add.abort()
    await quarantine?.abort()
  }
}

function requireHeld({ name, refuses }: FormatDefinition, shards: PlannedShards): void {
  const reason = refuses?.(shards)
  if (reason === undefined) return
  throw new MillraceError('USAGE', `format ${name} ${reason}`, { got: name, fix: 'Choose another --format.' })
}

type Writer<Item> = {
  write(item: Item): Promise<void> | void
  close(): Promise<readonly WrittenFile[]>
  abort(): Promise<void>
}

function documentSink(writer: Writer<TokenIds>): Writer<TokenIds> {
  return writer
}

/** One stream cut into sequences; the last one is padded. */
function sequenceSink(
  writer: Writer<{ tokens: TokenIds; pieceLengths: readonly number[] }>,
  {
    vocabularySize,
    sequenceLength,
    tokenizer,
  }: { vocabularySize: number; sequenceLength: number; tokenizer: Pick<Tokenizer, 'pad' | 'eos'> },
): Writer<TokenIds> {
  const fresh = (): TokenIds =>
    tokenArray(tokenWidth(vocabularySize), sequenceLength).fill(paddingId(tokenizer))
  let tokens = fresh()
  let pieceLengths: number[] = []
  let filled = 0
  const flush = async (): Promise<void> => {
    await writer.write({ tokens, pieceLengths })
    tokens = fresh()
    pieceLengths = []
    filled = 0
  }
  return {
    async write(ids) {
      for (let done = 0; done < ids.length; ) {
        const length = Math.min(ids.length - done, sequenceLength - filled)
        tokens.set(ids.subarray(done, done + length), filled)
        pieceLengths.push(length)
        filled += length
        done += length
        if (filled === sequenceLength) await flush()
      }
    },
    async close() {
      if (filled > 0) await flush()
      return writer.close()
    },
    abort: () => writer.abort(),
  }
}
