import type { ReaderItem } from './define-reader.ts'

/** Rows a batch. */
const BATCH_ROWS = 256

/** Columns of the same rows, as values that JSON has. */
export interface RowColumn {
  readonly name: string
  value(row: number): unknown
}

export interface Rows {
  readonly columns: readonly RowColumn[]
  readonly rows: number
  /** Bytes that the rows take together; each row gets an even share. */
  readonly bytes: number
  readonly firstRow: number
  readonly maxRecordBytes: number
}

/** A record for each row of a row group or record batch, in batches. */
export function* toRowItems({
  columns,
  rows,
  bytes,
  firstRow,
  maxRecordBytes,
}: Rows): Generator<ReaderItem[], void> {
  const share = bytes / Math.max(1, rows)
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const batch: ReaderItem[] = []
    for (let row = from; row < Math.min(rows, from + BATCH_ROWS); row++) {
      const value: Record<string, unknown> = Object.create(null)
      let length = 0
      for (const column of columns) {
        const cell = column.value(row)
        value[column.name] = cell
        if (typeof cell === 'string') length += cell.length
      }
      const at = {
        offset: firstRow + row,
        bytes: Math.floor(share * (row + 1)) - Math.floor(share * row),
      }
      if (length > maxRecordBytes) {
        const detail = `a row of ${length} characters; the limit is ${maxRecordBytes} bytes`
        batch.push({ kind: 'bad', ...at, reason: 'record-too-long', detail })
      } else batch.push({ kind: 'record', ...at, value })
    }
    yield batch
  }
}

/**
 * What JSON can hold of a decoded value: 64-bit integers as numbers where exact, else as digits; bytes as UTF-8 text or
 * `{base64}`; undefined, NaN and infinities as null; anything else that is nested, likewise.
 */
export function toJsonValue(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value !== 'object' || value === null) return null
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(toJsonValue)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toJsonValue(entry)]))
}

/** ISO 8601 with the fraction's digits that the unit has, or the plain number where the year is out of reach. */
export function isoTimestamp(
  ticks: bigint,
  ticksPerSecond: 1n | 1000n | 1_000_000n | 1_000_000_000n,
): string {
  let seconds = ticks / ticksPerSecond
  let fraction = ticks % ticksPerSecond
  if (fraction < 0n) {
    fraction += ticksPerSecond
    seconds -= 1n
  }
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime())) return String(ticks)
  const digits = String(ticksPerSecond).length - 1
  const shown = digits === 0 ? '' : `.${String(fraction).padStart(digits, '0')}`
  return `${date.toISOString().slice(0, -'.000Z'.length)}${shown}Z`
}

/** `YYYY-MM-DD` of days since 1970, or the number where the year is out of reach. */
export function isoDate(days: number): string {
  const date = new Date(days * 86_400_000)
  return Number.isNaN(date.getTime()) ? String(days) : (date.toISOString().split('T', 1)[0] ?? '')
}
