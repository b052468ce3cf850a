import { type Columns, type Layout, parseColumnType } from './arrow-columns.ts'
import { type AnyColumn, type Column, decodeColumns } from './arrow-decode.ts'
import { type ColumnInput, type DictionaryIndex, encodeColumn, encodeDictionary } from './arrow-encode.ts'
import {
  type DecodedFooter,
  type DecodedMessage,
  decodeFooter,
  decodeMessage,
  encodeBatch,
  encodeDictionaryBatch,
  encodeHead,
  encodeTail,
  footerLength,
  HEAD_BYTES,
  isHead,
  TAIL_BYTES,
} from './arrow-messages.ts'
import type { Block, Schema } from './arrow-metadata.ts'
import { createOutputFile, type WrittenFile } from './output-file.ts'
import { itemAt } from './positions.ts'
import { damaged, openRandomAccess, type RandomAccessFile } from './random-access.ts'

/** Key of the schema metadata that holds the column types, so that a reader need not infer them. */
const COLUMNS_KEY = 'millrace.columns'

export interface BatchInput<C extends Columns> {
  readonly rows: number
  readonly columns: { readonly [Name in keyof C]: ColumnInput }
}

/** Writes a table batch by batch; holds one batch, and the distinct values of dictionary columns. */
export interface TableWriter<C extends Columns = Columns> {
  /** Rows so far. */
  readonly rows: number
  /** Writes one record batch (none for 0 rows). Await it before the next, and before changing the arrays given. */
  append(batch: BatchInput<C>): Promise<void>
  /** `metadata` is added to what was given at the start, for what only the end knows, e.g. totals. */
  close(metadata?: Readonly<Record<string, string>>): Promise<WrittenFile>
  /** Leaves nothing behind. Safe to call at any time. */
  abort(): Promise<void>
}

/**
 * Creates an Arrow IPC file of the given columns. The same batches give the same bytes. Readable by pyarrow, Polars and
 * DuckDB. Throws OUTPUT_UNWRITABLE.
 *
 * @example
 * const writer = await createTableWriter('fates.arrow', { uid: 'binary16', reason: 'dictionary?' })
 * await writer.append({ rows: 2, columns: { uid: new Uint8Array(32), reason: ['too-short', null] } })
 * await writer.close()
 */
export async function createTableWriter<const C extends Columns>(
  file: string,
  columns: C,
  options: { readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<TableWriter<C>> {
  const names = Object.keys(columns)
  const layouts = Object.values(columns).map(parseColumnType)
  const schema = toSchema(columns, layouts, options.metadata ?? {})
  const dictionaries: DictionaryIndex[] = layouts.map(() => new Map())
  const batches: Block[] = []
  const batchRows: number[] = []
  let rows = 0
  const output = await createOutputFile(file)
  await output.write(encodeHead(schema)).catch(async (error: unknown) => {
    await output.abort()
    throw error
  })

  return {
    get rows() {
      return rows
    },
    async append(batch) {
      if (batch.rows === 0) return
      const inputs: Readonly<Record<string, ColumnInput>> = batch.columns
      const encoded = layouts.map((layout, column) => {
        const name = names[column] ?? ''
        return encodeColumn(name, layout, inputs[name] ?? [], batch.rows, dictionaries[column] ?? new Map())
      })
      const { chunks, block } = encodeBatch(batch.rows, encoded, output.bytes)
      batches.push(block)
      batchRows.push(batch.rows)
      rows += batch.rows
      await output.write(...chunks)
    },
    async close(metadata = {}) {
      const blocks: Block[] = []
      for (const [column, layout] of layouts.entries()) {
        if (layout.kind !== 'dictionary') continue
        const values = encodeDictionary(names[column] ?? '', dictionaries[column] ?? new Map())
        const { chunks, block } = encodeDictionaryBatch(blocks.length, values, output.bytes)
        blocks.push(block)
        await output.write(...chunks)
      }
      // The schema message at the file's head lacks the late metadata; readers of files take the footer's schema.
      const final = toSchema(columns, layouts, { ...options.metadata, ...metadata })
      await output.write(encodeTail(final, batches, blocks, batchRows))
      return output.commit()
    },
    abort: () => output.abort(),
  }
}

/** One record batch, as views of the bytes read. */
export interface TableBatch<C extends Columns = Columns> {
  readonly rows: number
  /** Table row of the batch's first row. */
  readonly start: number
  /** Throws RangeError for a name that the table does not have. */
  column<Name extends keyof C & string>(name: Name): Column<C[Name]>
}

/** A finished table, opened for random access; reads one batch at a time. Whoever opens it closes it. */
export interface Table<C extends Columns = Columns> {
  readonly rows: number
  readonly batches: number
  readonly metadata: Readonly<Record<string, string>>
  readonly columns: Columns
  readonly columnNames: readonly string[]
  /** Table row at which batch `index` starts; `rows` for `index === batches`. */
  batchStart(index: number): number
  /** Index of the batch that holds table row `row`, in [0, rows). */
  batchOf(row: number): number
  /**
   * Throws RangeError outside [0, batches). With `reuse`, the batch is valid until the next one is asked for with it:
   * they share a buffer.
   */
  batch(index: number, options?: { readonly reuse: boolean }): Promise<TableBatch<C>>
  /** All values of one row by name. Neighbouring rows are read once. Throws RangeError outside [0, rows). */
  rowAt(row: number): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/**
 * Opens a table written by `createTableWriter`. With `columns`, the file must have exactly these, and batches are typed
 * by them. Throws INPUT_MISSING when it cannot be opened, and OUTPUT_DAMAGED, here or on reading, when its bytes are
 * not those written.
 */
export async function openTable<const C extends Columns = Columns>(
  file: string,
  columns?: C,
): Promise<Table<C>> {
  const access = await openRandomAccess(file)
  try {
    return await toTable<C>(access, columns)
  } catch (error) {
    await access.close()
    throw error
  }
}

async function toTable<C extends Columns>(
  access: RandomAccessFile,
  expected: C | undefined,
): Promise<Table<C>> {
  const footer = await readFooter(access)
  const { [COLUMNS_KEY]: types = '{}', ...metadata } = Object.fromEntries(footer.metadata)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parseColumnType, below, checks each
  const columns = JSON.parse(types) as Columns
  if (expected !== undefined && types !== JSON.stringify(expected)) {
    throw damaged(access.path, `has the columns ${types}, not ${JSON.stringify(expected)}`)
  }
  const names = Object.keys(columns)
  const layouts = Object.values(columns).map(parseColumnType)
  const dictionaries: (readonly string[])[] = []
  for (const block of footer.dictionaries) dictionaries.push(await readDictionary(access, block))
  const starts = new Float64Array(footer.rows.length + 1)
  for (const [index, rows] of footer.rows.entries()) starts[index + 1] = (starts[index] ?? 0) + rows
  const rows = starts[footer.rows.length] ?? 0

  let shared = new Uint8Array(0)
  const sharedOf = (length: number): Uint8Array => {
    if (shared.length < length) shared = new Uint8Array(length)
    return shared.subarray(0, length)
  }

  const readBatch = async (index: number, { reuse } = { reuse: false }): Promise<TableBatch<C>> => {
    const block = footer.batches[index]
    if (block === undefined) throw new RangeError(`batch ${index} of ${footer.batches.length}`)
    const message = await readMessage(access, block, reuse ? sharedOf : undefined)
    const decoded = guard(access.path, () => decodeColumns(message, layouts, dictionaries))
    const byName = new Map<string, AnyColumn>(decoded.map((column, i) => [names[i] ?? '', column]))
    return {
      rows: message.batch.length,
      start: starts[index] ?? 0,
      column: <Name extends keyof C & string>(name: Name) => {
        const column = byName.get(name)
        if (column === undefined) throw new RangeError(`no column ${name}; there are ${names.join(', ')}`)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the layout was parsed from the type C[Name]
        return column as Column<C[Name]>
      },
    }
  }
  const cached = lastOnly((index) => readBatch(index))

  return {
    rows,
    batches: footer.batches.length,
    metadata,
    columns,
    columnNames: names,
    batchStart: (index) => starts[index] ?? rows,
    batchOf: (row) => itemAt(starts, row),
    batch: readBatch,
    async rowAt(row) {
      if (!(row >= 0 && row < rows)) throw new RangeError(`row ${row} of ${rows}`)
      const batch = await cached(itemAt(starts, row))
      return Object.fromEntries(
        names.map((name) => [name, (batch.column(name) as AnyColumn).get(row - batch.start)]),
      )
    },
    close: () => access.close(),
  }
}

function toSchema(
  columns: Columns,
  layouts: readonly Layout[],
  metadata: Readonly<Record<string, string>>,
): Schema {
  const names = Object.keys(columns)
  return {
    columns: layouts.map((layout, column) => ({ name: names[column] ?? '', layout })),
    metadata: new Map([...Object.entries(metadata), [COLUMNS_KEY, JSON.stringify(columns)]]),
  }
}

async function readFooter(access: RandomAccessFile): Promise<DecodedFooter> {
  const { path, size } = access
  if (size < HEAD_BYTES + TAIL_BYTES) throw damaged(path, `is ${size} bytes long, too short for a table`)
  if (!isHead(await access.read(0, HEAD_BYTES))) throw damaged(path, 'does not begin as an Arrow file does')
  const length = footerLength(await access.read(size - TAIL_BYTES, TAIL_BYTES))
  if (length === undefined) throw damaged(path, 'does not end as an Arrow file does: it is cut off')
  if (length > size - TAIL_BYTES - HEAD_BYTES) throw damaged(path, `claims a footer of ${length} bytes`)
  const bytes = await access.read(size - TAIL_BYTES - length, length)
  const footer = guard(path, () => decodeFooter(bytes))
  if (footer === undefined) throw damaged(path, 'has a footer whose checksum does not hold')
  return footer
}

async function readMessage(
  access: RandomAccessFile,
  block: Block,
  bufferOf?: (length: number) => Uint8Array,
): Promise<DecodedMessage> {
  const bytes = await access.read(block.offset, block.metadataLength + block.bodyLength, bufferOf)
  const message = guard(access.path, () => decodeMessage(bytes, block.metadataLength))
  if (message === undefined)
    throw damaged(access.path, `has a batch at byte ${block.offset} whose checksum does not hold`)
  return message
}

async function readDictionary(access: RandomAccessFile, block: Block): Promise<string[]> {
  const message = await readMessage(access, block)
  const [values] = guard(access.path, () => decodeColumns(message, [{ kind: 'utf8', nullable: false }], []))
  return Array.from({ length: values?.rows ?? 0 }, (_, row) => String(values?.get(row)))
}

function guard<T>(file: string, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    throw damaged(file, 'cannot be decoded', error)
  }
}

/** Remembers the result for the last index asked. */
function lastOnly<T>(read: (index: number) => Promise<T>): (index: number) => Promise<T> {
  let last: { readonly index: number; readonly value: T } | undefined
  return async (index) => {
    if (last?.index !== index) last = { index, value: await read(index) }
    return last.value
  }
}
