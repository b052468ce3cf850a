import { createMapper, type MapperSettings } from './documents/fields.ts'
import { MillraceError } from './errors.ts'
import { type Chunk, MAX_RECORD_BYTES, type ReaderItem } from './readers/define-reader.ts'
import { readerFor, readItems } from './readers/index.ts'

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
}

/** The first records of each file. */
export async function head(files: readonly string[], options: HeadOptions = {}): Promise<HeadRecord[]> {
  const wanted = options.records ?? 5
  const map = createMapper(mapperSettings(options))
  const found: HeadRecord[] = []
  for (const file of files) {
    let left = wanted
    for await (const items of readInput(file, options.reader)) {
      for (const item of items.slice(0, left)) found.push(toHeadRecord(file, item, map))
      left -= Math.min(left, items.length)
      if (left === 0) break
    }
  }
  return found
}

function toHeadRecord(file: string, item: ReaderItem, map: ReturnType<typeof createMapper>): HeadRecord {
  const none = { file, offset: item.offset, text: null, id: null, url: null }
  if (item.kind === 'bad') return { ...none, problem: `${item.reason}: ${item.detail}` }
  const mapped = map(item.value)
  if ('reason' in mapped) return { ...none, problem: `${mapped.reason}: ${mapped.detail}` }
  const { text, id, url } = mapped.document
  return { file, offset: item.offset, text, id: id ?? null, url: url ?? null, problem: null }
}

/** The items of a file, or of standard input (`-`, JSON lines). */
export async function* readInput(file: string, reader?: string): AsyncGenerator<ReaderItem[]> {
  if (file !== '-') {
    yield* readItems(file, (await readerFor(file, reader)).name)
    return
  }
  const { name, read } = await readerFor(file, reader ?? 'jsonl')
  if (read === undefined) {
    const fix = 'Write it to a file, and name that.'
    throw new MillraceError('USAGE', `${name} cannot be read from standard input`, { got: name, fix })
  }
  yield* read(standardInput(), { maxRecordBytes: MAX_RECORD_BYTES })
}

async function* standardInput(): AsyncGenerator<Chunk> {
  for await (const chunk of process.stdin) {
    yield typeof chunk === 'string'
      ? Buffer.from(chunk)
      : chunk instanceof Uint8Array
        ? chunk
        : new Uint8Array()
  }
}

/** `field: ['text=content', 'url=meta.url']` → the settings of a mapper. Throws USAGE for anything else. */
export function mapperSettings({ field = [], template, messages }: MappingOptions): MapperSettings {
  const fields: Record<string, string> = {}
  for (const pair of field) {
    const [name = '', path = ''] = pair.split(/=(.*)/s)
    if (!['text', 'id', 'url'].includes(name) || path === '') {
      throw new MillraceError('USAGE', `--field ${pair} is not a mapping`, {
        got: pair,
        fix: 'Write text=PATH, id=PATH or url=PATH, e.g. --field text=content.',
      })
    }
    fields[name] = path
  }
  return { fields, ...(template !== undefined && { template }), ...(messages !== undefined && { messages }) }
}
