import type { DedupMethod } from '../../filters/dedup/define-dedup.ts'
import type { Value, Verdict } from '../../filters/define-filter.ts'
import type { Document } from '../documents/document.ts'
import { UID_BYTES, UID_WORDS, writeUid } from '../documents/uid.ts'
import { createTableWriter } from '../storage/arrow-table.ts'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import { INDEX_WIDTH, indexKey } from './index-keys.ts'
import { bytesOf, writeRun } from './runs.ts'
import type { ReadyFilter } from './tables.ts'

/** Bytes of survivors' text, and records, after which a part is closed: they bound a refining worker's memory. */
const PART_TEXT_BYTES = 16 << 20
const PART_RECORDS = 32_768
/** Rows of a record batch: what a look-up of one record reads. */
const BATCH_RECORDS = 1024

/** Words of a row of the keys run: key (2), row in the part's documents. */
export const KEYS_WIDTH = 3

/** The record's fate as far as refining can tell; dedup and the schedule decide over what is `kept`. */
export type RefineFate = 'kept' | 'dropped' | 'unreadable' | 'not-sampled'

/** One part of a unit's output: five files that start with `path`. */
export interface RefinedPart {
  /** Relative to the build's folder, without extension. */
  readonly path: string
  readonly source: string
  /** The unit's input files, as in the inventory; records name theirs by its place. */
  readonly files: readonly string[]
  readonly records: number
  /** Survivors: rows of `.documents.arrow` and `.sketches`. */
  readonly documents: number
  /** Rows of `.keys`. */
  readonly keys: number
}

/** Everything about one record but its text. */
export interface RecordRow {
  /** Place of its file among the part's. */
  readonly file: number
  readonly offset: number
  readonly bytes: number
  readonly fate: RefineFate
  /** Undefined where the record could not be read. Never the text: rows stay in memory until the part is written. */
  readonly located: Pick<Document, 'id' | 'url'> | undefined
  /** The filter that dropped it, or the reader's or mapper's reason. */
  readonly filter?: string
  readonly reason?: string
  readonly detail?: string
  readonly value?: Value | null
  readonly threshold?: Value | null
  readonly verdicts: readonly (Verdict | undefined)[]
}

export interface PartBuilder {
  readonly records: number
  readonly full: boolean
  /** Writes the uid of a raw document where the next record's will be, and returns the words with their position. */
  uid(source: string, raw: Document): { words: Uint32Array; at: number }
  add(row: RecordRow, survivor?: Document): void
  /** Writes the files of the part to `base` (absolute). */
  write(base: string): Promise<{ files: WrittenFile[]; documents: number; keys: number }>
}

export function createPart(filters: readonly ReadyFilter[], methods: readonly DedupMethod[]): PartBuilder {
  const rows: RecordRow[] = []
  const uids = new Uint32Array(PART_RECORDS * UID_WORDS)
  const uidBytes = new Uint8Array(uids.buffer)
  const survivors: { record: number; text: Uint8Array }[] = []
  const sketchWords = sketchRowWords(methods)
  let sketches = new Uint32Array(1024 * sketchWords)
  let textBytes = 0

  const addSurvivor = (document: Document): void => {
    const row = survivors.length
    if ((row + 1) * sketchWords > sketches.length) sketches = grown(sketches)
    let at = row * sketchWords
    const record = rows.length - 1
    sketches.set(uids.subarray(record * UID_WORDS, (record + 1) * UID_WORDS), at)
    at += UID_WORDS
    for (const method of methods) {
      method.sketch(document, sketches, at)
      at += method.sketchWords
    }
    const text = Buffer.from(document.text)
    textBytes += text.length
    survivors.push({ record, text })
  }

  return {
    get records() {
      return rows.length
    },
    get full() {
      return rows.length >= PART_RECORDS || textBytes >= PART_TEXT_BYTES
    },
    uid(source, raw) {
      writeUid(source, raw, uidBytes, rows.length * UID_BYTES)
      return { words: uids, at: rows.length * UID_WORDS }
    },
    add(row, survivor) {
      rows.push(row)
      if (survivor !== undefined) addSurvivor(survivor)
    },
    async write(base) {
      const keys = collectKeys(survivors.length, sketches, methods)
      const files = [
        await writeRecords(`${base}.records.arrow`, rows, uidBytes, survivors, filters),
        await writeDocuments(`${base}.documents.arrow`, survivors, uidBytes),
        await writeWhole(`${base}.sketches`, bytesOf(sketches.subarray(0, survivors.length * sketchWords))),
        await writeRun(`${base}.keys`, keys, KEYS_WIDTH),
        await writeRun(`${base}.index`, collectIndex(rows, uids), INDEX_WIDTH),
      ]
      return { files, documents: survivors.length, keys: keys.length / KEYS_WIDTH }
    },
  }
}

/** Words of a row of `.sketches`: the uid, then each method's sketch. */
export function sketchRowWords(methods: readonly DedupMethod[]): number {
  return methods.reduce((total, method) => total + method.sketchWords, UID_WORDS)
}

function collectKeys(count: number, sketches: Uint32Array, methods: readonly DedupMethod[]): Uint32Array {
  const perDocument = methods.reduce((total, method) => total + method.maxKeys, 0)
  const keys = new Uint32Array(count * perDocument * KEYS_WIDTH)
  const own = new Uint32Array(Math.max(0, ...methods.map((method) => method.maxKeys)) * 2)
  const width = sketchRowWords(methods)
  let at = 0
  for (let row = 0; row < count; row++) {
    let sketch = row * width + UID_WORDS
    for (const method of methods) {
      const found = method.keys(sketches, sketch, own, 0)
      for (let key = 0; key < found; key++) {
        keys[at++] = own[key * 2] ?? 0
        keys[at++] = own[key * 2 + 1] ?? 0
        keys[at++] = row
      }
      sketch += method.sketchWords
    }
  }
  return keys.subarray(0, at)
}

function collectIndex(rows: readonly RecordRow[], uids: Uint32Array): Uint32Array {
  const index: number[] = []
  for (const [record, row] of rows.entries()) {
    if (row.located === undefined) continue
    index.push(uids[record * UID_WORDS] ?? 0, uids[record * UID_WORDS + 1] ?? 0, 0, record)
    if (row.located.url === undefined) continue
    for (const [high, low, kind] of indexKey(row.located.url)) index.push(high, low, kind, record)
  }
  return Uint32Array.from(index)
}

async function writeRecords(
  file: string,
  rows: readonly RecordRow[],
  uidBytes: Uint8Array,
  survivors: readonly { record: number }[],
  filters: readonly ReadyFilter[],
): Promise<WrittenFile> {
  const valueColumns = filters.flatMap(({ definition }, filter) =>
    Object.entries(definition.values).map(([value, type]) => ({
      name: `${definition.name}.${value}`,
      type: type === 'number' ? ('float64?' as const) : ('utf8?' as const),
      of: (row: RecordRow) => row.verdicts[filter]?.values[value] ?? null,
    })),
  )
  const documentOf = new Map(survivors.map(({ record }, document) => [record, document]))
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

/** Text of a documents batch: what a tokenizing worker holds at once. */
const BATCH_TEXT_BYTES = 1 << 20

async function writeDocuments(
  file: string,
  survivors: readonly { record: number; text: Uint8Array }[],
  uidBytes: Uint8Array,
): Promise<WrittenFile> {
  const writer = await createTableWriter(file, TEXT_COLUMNS)
  try {
    for (let start = 0; start < survivors.length; ) {
      let end = start
      let bytes = 0
      while (end < survivors.length && (end === start || bytes < BATCH_TEXT_BYTES)) {
        bytes += survivors[end++]?.text.length ?? 0
      }
      const batch = survivors.slice(start, end)
      const uid = new Uint8Array(batch.length * UID_BYTES)
      const offsets = new Int32Array(batch.length + 1)
      for (const [row, { record, text }] of batch.entries()) {
        uid.set(uidBytes.subarray(record * UID_BYTES, (record + 1) * UID_BYTES), row * UID_BYTES)
        offsets[row + 1] = (offsets[row] ?? 0) + text.length
      }
      await writer.append({
        rows: batch.length,
        columns: {
          uid,
          record: Uint32Array.from(batch, ({ record }) => record),
          text: { bytes: Buffer.concat(batch.map(({ text }) => text)), offsets },
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

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(words.length * 2)
  larger.set(words)
  return larger
}
