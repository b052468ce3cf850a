/** The two tables of a refined part: its records with their fates and values, and its survivors with their text. */
import type { Value } from '../../filters/define-filter.ts'
import { UID_BYTES, UID_WORDS } from '../documents/uid.ts'
import { createTableWriter, openTable, type Table, type TableWriter } from '../storage/arrow-table.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import type { RecordRow } from './refine-part.ts'
import type { Survivors } from './survivors.ts'
import type { ReadyFilter } from './tables.ts'

/** Rows of a record batch: what a look-up of one record reads. */
const BATCH_RECORDS = 1024

/**
 * Columns of `.documents.arrow` of a part of token ids: `record` is the row in `.records.arrow`; `learned` is empty where the loss
 * counts all ids, else it has a byte for each.
 */
export const TOKEN_COLUMNS = {
  uid: 'binary16',
  record: 'uint32',
  ids: 'list<uint32>',
  learned: 'list<uint8>',
} as const

export async function writeRecords(
  file: string,
  rows: readonly RecordRow[],
  uidBytes: Uint8Array,
  survivors: Pick<Survivors, 'count' | 'recordOf'>,
  filters: readonly ReadyFilter[],
): Promise<WrittenFile> {
  const valueColumns = filters.flatMap(({ definition, values }, filter) =>
    Object.entries(values).map(([value, type]) => ({
      name: `${definition.name}.${value}`,
      type: type === 'number' ? ('float64?' as const) : ('utf8?' as const),
      of: (row: RecordRow) => row.values[filter]?.[value] ?? null,
    })),
  )
  const documentOf = new Map(
    Array.from({ length: survivors.count }, (_, document) => [survivors.recordOf(document), document]),
  )
  const writer = await createTableWriter(file, {
    uid: 'binary16',
    file: 'uint16',
    offset: 'uint64',
    bytes: 'uint64',
    fate: 'utf8',
    filter: 'utf8?',
    reason: 'utf8?',
    detail: 'utf8?',
    value: 'utf8?',
    threshold: 'utf8?',
    edits: 'utf8?',
    id: 'utf8?',
    url: 'utf8?',
    document: 'uint32?',
    ...Object.fromEntries(valueColumns.map(({ name, type }) => [name, type])),
  })
  try {
    for (let start = 0; start < rows.length; start += BATCH_RECORDS) {
      const batch = rows.slice(start, start + BATCH_RECORDS)
      await writer.append({
        rows: batch.length,
        columns: {
          uid: uidBytes.subarray(start * UID_BYTES, (start + batch.length) * UID_BYTES),
          file: Uint16Array.from(batch, (row) => row.file),
          offset: batch.map((row) => row.offset),
          bytes: batch.map((row) => row.bytes),
          fate: batch.map((row) => row.fate),
          filter: batch.map((row) => row.filter ?? null),
          reason: batch.map((row) => row.reason ?? null),
          detail: batch.map((row) => row.detail ?? null),
          value: batch.map((row) => textOf(row.value)),
          threshold: batch.map((row) => textOf(row.threshold)),
          edits: batch.map((row) => (row.edits.length === 0 ? null : row.edits.join(' '))),
          id: batch.map((row) => row.located?.id ?? null),
          url: batch.map((row) => row.located?.url ?? null),
          document: batch.map((_, index) => documentOf.get(start + index) ?? null),
          ...Object.fromEntries(valueColumns.map(({ name, of }) => [name, batch.map(of)])),
        },
      })
    }
    return await writer.close()
  } finally {
    await writer.abort()
  }
}

/** Columns of `.documents.arrow`: survivors with their refined text; `record` is the row in `.records.arrow`. */
export const TEXT_COLUMNS = { uid: 'binary16', record: 'uint32', text: 'utf8' } as const

/** The same of sources whose template has a layout: `turns` as survivors.ts packs them. */
export const TURN_COLUMNS = { ...TEXT_COLUMNS, turns: 'list<uint32>' } as const

/** A part's survivors as they are read; `turns` only where the source's template has a layout. */
export async function openDocuments(file: string, laidOut: boolean): Promise<Table<typeof TURN_COLUMNS>> {
  if (laidOut) return openTable(file, TURN_COLUMNS)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the column that is not there is not read
  return (await openTable(file, TEXT_COLUMNS)) as unknown as Table<typeof TURN_COLUMNS>
}

/**
 * Visits a part's survivors in order. `text` and `uid` are UTF-8 and words of one buffer, which the next batch is read into.
 * `afterBatch` is called with the documents of each batch.
 */
export async function eachDocument(
  file: string,
  laidOut: boolean,
  visit: (document: number, text: Uint8Array, uid: Uint32Array) => void,
  afterBatch: (documents: number) => void,
): Promise<void> {
  const table = await openDocuments(file, laidOut)
  try {
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at, { reuse: true })
      const { bytes, offsets } = batch.column('text')
      const { words } = batch.column('uid')
      for (let row = 0; row < batch.rows; row++) {
        const text = bytes.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0)
        visit(batch.start + row, text, words.subarray(row * UID_WORDS, (row + 1) * UID_WORDS))
      }
      afterBatch(batch.rows)
    }
  } finally {
    await table.close()
  }
}

/** Text of a documents batch: what a tokenizing worker holds at once. */
const BATCH_TEXT_BYTES = 1 << 20

export async function writeDocuments(
  file: string,
  survivors: Survivors,
  uidBytes: Uint8Array,
  laidOut: boolean,
): Promise<WrittenFile> {
  const writer: TableWriter = await createTableWriter(file, laidOut ? TURN_COLUMNS : TEXT_COLUMNS)
  try {
    for (let start = 0; start < survivors.count; ) {
      let end = start
      let bytes = 0
      while (end < survivors.count && (end === start || bytes < BATCH_TEXT_BYTES))
        bytes += survivors.size(end++)
      const record = Uint32Array.from({ length: end - start }, (_, row) => survivors.recordOf(start + row))
      const uid = new Uint8Array(record.length * UID_BYTES)
      for (const [row, of] of record.entries()) {
        uid.set(uidBytes.subarray(of * UID_BYTES, (of + 1) * UID_BYTES), row * UID_BYTES)
      }
      await writer.append({
        rows: record.length,
        columns: {
          uid,
          record,
          text: survivors.texts(start, end),
          ...(laidOut && { turns: survivors.turns(start, end) }),
        },
      })
      start = end
    }
    return await writer.close()
  } finally {
    await writer.abort()
  }
}

function textOf(value: Value | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}
