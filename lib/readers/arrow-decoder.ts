import { createZstdDecoder } from '../storage/zstd-decoder.ts'
import { openBatch } from './arrow-buffers.ts'
import type { ReadMessage } from './arrow-messages.ts'
import type { ArrowBatch, ArrowField } from './arrow-schema.ts'
import { type ArrowColumn, type ArrowContext, decodeColumn, skipColumn } from './arrow-values.ts'
import type { ReaderItem, ReadOptions } from './define-reader.ts'
import { MAX_GROUP_BYTES, TableDamage, toRowItems, wantedColumns } from './rows.ts'

/** Values of lists in one record batch, beyond which they can only be repeated ones. */
const MAX_LIST_VALUES = 2 ** 30

/** Turns the messages of a stream or file into rows. */
export interface ArrowDecoder {
  readonly rows: number
  /** Throws TableDamage, before it gives any row of the message. */
  read(message: ReadMessage): Generator<ReaderItem[], void>
  setSchema(fields: readonly ArrowField[]): void
  close(): void
}

export async function createArrowDecoder({
  columns: asked,
  maxRecordBytes,
}: ReadOptions): Promise<ArrowDecoder> {
  const zstd = await createZstdDecoder()
  const dictionaries = new Map<number, ArrowColumn>()
  let dictionaryBytes = 0
  let schema: readonly ArrowField[] | undefined
  let encoded = new Map<number, ArrowField>()
  let rows = 0

  const contextOf = (): ArrowContext & { readonly spent: number } => {
    let spent = 0
    return {
      dictionaries,
      spend(values) {
        spent += values
        if (spent > MAX_LIST_VALUES)
          throw new TableDamage('decompression-bomb', `lists of more than ${MAX_LIST_VALUES} values`)
      },
      get spent() {
        return spent
      },
    }
  }

  const readBatch = function* (batch: ArrowBatch, body: Buffer): Generator<ReaderItem[], void> {
    if (schema === undefined) throw new TableDamage('corrupt', 'a record batch before the schema')
    if (!(batch.rows >= 0)) throw new TableDamage('corrupt', `${batch.rows} rows`)
    const parts = openBatch(batch, body, zstd)
    const wanted = wantedColumns(
      schema.map(({ name }) => name),
      asked,
    )
    const context = contextOf()
    const columns = schema.map((field) => {
      if (!wanted.has(field.name)) {
        skipColumn(field, parts)
        return { name: field.name, value: () => undefined }
      }
      const { length, at } = decodeColumn(field, parts, context)
      if (length !== batch.rows)
        throw new TableDamage('corrupt', `column ${field.name} has ${length} rows of ${batch.rows}`)
      return { name: field.name, value: at }
    })
    const spent = (): number => context.spent
    yield* toRowItems({
      columns,
      rows: batch.rows,
      bytes: body.length,
      firstRow: rows,
      maxRecordBytes,
      spent,
    })
    rows += batch.rows
  }

  const readDictionary = (id: number, delta: boolean, batch: ArrowBatch, body: Buffer): void => {
    const field = encoded.get(id)
    if (field === undefined) throw new TableDamage('corrupt', `dictionary ${id} is of no column`)
    const parts = openBatch(batch, body, zstd)
    const column = decodeColumn({ ...field, dictionary: undefined }, parts, contextOf())
    const before = delta ? dictionaries.get(id) : undefined
    dictionaryBytes += parts.bytes
    if (dictionaryBytes > MAX_GROUP_BYTES)
      throw new TableDamage('row-group-too-large', `dictionaries of more than ${MAX_GROUP_BYTES} bytes`)
    dictionaries.set(id, remembered(before === undefined ? column : joined(before, column)))
  }

  const setSchema = (fields: readonly ArrowField[]): void => {
    schema = fields
    encoded = new Map(dictionaryFields(fields).map((field) => [field.dictionary?.id ?? 0, field]))
  }

  return {
    get rows() {
      return rows
    },
    setSchema,
    *read({ message, body }) {
      if (message.kind === 'schema') setSchema(message.fields)
      else if (message.kind === 'dictionary') readDictionary(message.id, message.delta, message.batch, body)
      else if (message.kind === 'batch') yield* readBatch(message.batch, body)
    },
    close: () => zstd.close(),
  }
}

function dictionaryFields(fields: readonly ArrowField[]): ArrowField[] {
  return fields.flatMap((field) => [
    ...(field.dictionary === undefined ? [] : [field]),
    ...dictionaryFields(field.children),
  ])
}

function joined(before: ArrowColumn, added: ArrowColumn): ArrowColumn {
  return {
    length: before.length + added.length,
    at: (row) => (row < before.length ? before.at(row) : added.at(row - before.length)),
  }
}

/** Texts are decoded once, not at each row that names them. */
function remembered({ length, at }: ArrowColumn): ArrowColumn {
  const values: unknown[] = []
  return { length, at: (row) => (values[row] ??= at(row)) }
}
