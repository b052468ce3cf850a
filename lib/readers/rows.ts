import type { ReaderItem } from './define-reader.ts'

/** A batch is given when it has so many rows, or their texts so many characters. */
const BATCH_ROWS = 256
const BATCH_CHARACTERS = 1 << 20

/** Bytes, as stored or decoded; a row group or record batch is held in memory. */
export const MAX_GROUP_BYTES = 2 ** 31

/** More bytes and more than the ratio, or more values and more of them a stored byte, are no text. */
const BOMB_BYTES = 64 << 20
const BOMB_VALUES = 16 << 20
const BOMB_RATIO = 1000

/** Why a row group or record batch, or the file, cannot be read. */
export class TableDamage extends Error {
  override readonly name = 'TableDamage'
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Adds up stored and decoded bytes of a column or record batch; throws TableDamage where they, or its values, are a bomb's. */
export function createColumnGuard(): (stored: number, decoded: number, values: number) => void {
  let stored = 0
  let decoded = 0
  return (moreStored, moreDecoded, values) => {
    stored += moreStored
    decoded += moreDecoded
    if (decoded > BOMB_BYTES && decoded > BOMB_RATIO * stored)
      throw new TableDamage('decompression-bomb', `${stored} bytes of a column decompress to ${decoded}`)
    if (values > BOMB_VALUES && values > BOMB_RATIO * stored)
      throw new TableDamage('decompression-bomb', `${stored} bytes of a column hold ${values} values`)
  }
}

/** Columns of the same rows, as values that JSON has. */
export interface RowColumn {
  readonly name: string
  readonly value: (row: number) => unknown
}

export interface Rows {
  readonly columns: readonly RowColumn[]
  readonly rows: number
  /** Bytes that the rows take together; each row gets an even share. */
  readonly bytes: number
  readonly firstRow: number
  readonly maxRecordBytes: number
  /** Values of lists that were made so far. */
  readonly spent?: () => number
}

/** A record for each row of a row group or record batch, in batches. A value of undefined is a column that was not asked for. */
export function* toRowItems(group: Rows): Generator<ReaderItem[], void> {
  const { columns, rows, bytes, firstRow, maxRecordBytes, spent = () => 0 } = group
  const share = bytes / Math.max(1, rows)
  const newRecord = recordMaker(columns.map(({ name }) => name))
  let batch: ReaderItem[] = []
  let characters = 0
  let spentBefore = spent()
  for (let row = 0; row < rows; row++) {
    const value = newRecord()
    let length = 0
    for (const { name, value: at } of columns) {
      const cell = at(row)
      value[name] = cell
      if (typeof cell === 'string') length += cell.length
    }
    const offset = firstRow + row
    const size = Math.floor(share * (row + 1)) - Math.floor(share * row)
    if (length > maxRecordBytes) {
      const detail = `a row of ${length} characters; the limit is ${maxRecordBytes} bytes`
      batch.push({ kind: 'bad', offset, bytes: size, reason: 'record-too-long', detail })
    } else batch.push({ kind: 'record', offset, bytes: size, value })
    characters += length
    if (batch.length < BATCH_ROWS && characters + spent() - spentBefore < BATCH_CHARACTERS) continue
    yield batch
    batch = []
    characters = 0
    spentBefore = spent()
  }
  if (batch.length > 0) yield batch
}

/** Makes records with all keys in place, so that they share one shape. A column named `__proto__` is a key like any other. */
function recordMaker(names: readonly string[]): () => Record<string, unknown> {
  if (names.includes('__proto__')) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object without a key
    return () => Object.create(null) as Record<string, unknown>
  }
  const empty = Object.fromEntries(names.map((name) => [name, undefined]))
  return () => ({ ...empty })
}

/** The columns that are asked for. Where none of those is there, all: so that an error can show what is there. */
export function wantedColumns(
  names: readonly string[],
  columns: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  const wanted = columns && names.filter((name) => columns.has(name))
  return new Set(wanted === undefined || wanted.length === 0 ? names : wanted)
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
