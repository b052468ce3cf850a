import { isUtf8 } from 'node:buffer'
import { type CsvFrame, createCsvFramer } from './csv-frames.ts'
import {
  type BadRecord,
  type Chunk,
  defineReader,
  type ReaderItem,
  type ReadOptions,
} from './define-reader.ts'
import { excerpt } from './excerpt.ts'
import { type InvalidUtf8, invalidUtf8, utf8Faults } from './utf8.ts'

/** Lines parsed at a time, and their bytes. */
const BATCH_ITEMS = 256
const BATCH_BYTES = 1 << 20

/**
 * Tables of text with a header line: a line is a record of strings by the header's names, line feeds in quotes included
 * (RFC 4180). Empty lines are skipped. A name that occurs again gets its place behind it (`note_3`), an empty one is
 * `column_3`. The delimiter (comma, tab, semicolon, bar) is the header's most frequent.
 *
 * A quote that is not at a field's start, and all quotes of a field with text behind the closing one, are characters. A
 * line with another number of fields than the header is one bad record; so is what follows a quote that is never closed.
 */
export const csv = defineReader({
  name: 'csv',
  summary: 'CSV or TSV with a header line, plain, gzip or zstd; quoted line feeds.',
  revision: 1,
  extensions: ['.csv', '.tsv'],
  splittable: false,
  read: readCsv,
})

async function* readCsv(
  chunks: AsyncIterable<Chunk>,
  { maxRecordBytes, invalidUtf8: policy = 'refuse' }: ReadOptions,
): AsyncGenerator<ReaderItem[], void> {
  const { parse } = await import('csv-parse/sync')
  const framer = createCsvFramer(maxRecordBytes)
  const table = createTable(
    (text) =>
      parse(text, {
        delimiter: framer.delimiter,
        record_delimiter: '\n',
        relax_column_count: true,
        relax_quotes: true,
      }),
    policy,
  )
  let pending: CsvFrame[] = []
  let bytes = 0
  let damage: BadRecord | undefined
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) {
      damage = { kind: 'bad', ...framer.rest, reason: chunk.damage, detail: chunk.detail }
      break
    }
    for (const frame of framer.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
      pending.push(frame)
      bytes += frame.bytes
      if (pending.length < BATCH_ITEMS && bytes < BATCH_BYTES) continue
      const items = table.read(pending)
      pending = []
      bytes = 0
      if (items.length > 0) yield items
    }
  }
  const last = damage === undefined ? framer.finish() : undefined
  if (last !== undefined) pending.push(last)
  const items = table.read(pending)
  if (damage !== undefined) items.push(damage)
  if (items.length > 0) yield items
}

type ParseLines = (text: string) => string[][]

/** Turns lines into items; the first line gives the names. */
function createTable(
  parse: ParseLines,
  policy: InvalidUtf8,
): { read(frames: readonly CsvFrame[]): ReaderItem[] } {
  let names: string[] | undefined

  const toItem = (frame: CsvFrame, fields: string[] | string): ReaderItem => {
    const { offset, bytes, content } = frame
    if (typeof fields === 'string') {
      const [reason = '', detail = ''] = fields.split(/\n(.*)/s)
      return { kind: 'bad', offset, bytes, reason, detail }
    }
    const header = names ?? []
    if (fields.length !== header.length) {
      const detail = `${fields.length} fields, where the header has ${header.length}`
      return { kind: 'bad', offset, bytes, reason: 'wrong-field-count', detail }
    }
    const value = Object.fromEntries(header.map((name, index) => [name, fields[index] ?? '']))
    const faults = policy === 'replace' && content !== undefined ? utf8Faults(content) : 0
    return { kind: 'record', offset, bytes, value, ...(faults > 0 && { invalidUtf8: faults }) }
  }

  return {
    read(frames) {
      const items: ReaderItem[] = []
      const lines = frames.filter(({ content }) => content === undefined || !isEmpty(content))
      for (const [index, fields] of fieldsOf(lines, parse, policy).entries()) {
        const frame = lines[index]
        if (frame === undefined) continue
        if (names === undefined && typeof fields !== 'string') names = headerOf(fields)
        else if (names === undefined) {
          names = []
          items.push(toItem(frame, fields))
        } else items.push(toItem(frame, fields))
      }
      return items
    },
  }
}

/** The fields of each line, or `reason\ndetail`. All lines are parsed at once; only where that fails, one by one. */
function fieldsOf(
  frames: readonly CsvFrame[],
  parse: ParseLines,
  policy: InvalidUtf8,
): (string[] | string)[] {
  const problems = frames.map((frame) => problemOf(frame, policy))
  const texts = frames.map(({ content, offset }, index) =>
    problems[index] === undefined ? textOf(content, offset) : '',
  )
  if (problems.every((problem) => problem === undefined)) {
    const all = tryParse(texts.join('\n'), parse)
    if (all?.length === frames.length) return all
  }
  return texts.map((text, index) => {
    const problem = problems[index]
    if (problem !== undefined) return problem
    const [fields, ...more] = tryParse(text, parse) ?? []
    return fields === undefined || more.length > 0
      ? `invalid-csv\nquotes that do not enclose a field: ${excerpt(text)}`
      : fields
  })
}

function problemOf({ content, bytes, closed }: CsvFrame, policy: InvalidUtf8): string | undefined {
  if (content === undefined) return `line-too-long\na line of ${bytes} bytes`
  if (!closed) return 'truncated\nthe file ends within quotes'
  return policy === 'replace' || isUtf8(content) ? undefined : `invalid-utf8\n${invalidUtf8(content)}`
}

function textOf(content: Buffer | undefined, offset: number): string {
  const text = content?.toString('utf8') ?? ''
  return offset === 0 ? text.replace(/^\uFEFF/, '') : text
}

function tryParse(text: string, parse: ParseLines): string[][] | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

function headerOf(fields: readonly string[]): string[] {
  const seen = new Set<string>()
  return fields.map((field, index) => {
    const name = field === '' ? `column_${index + 1}` : seen.has(field) ? `${field}_${index + 1}` : field
    seen.add(name)
    return name
  })
}

function isEmpty(line: Buffer): boolean {
  return line.length === 0
}
