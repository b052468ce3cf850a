import { isUtf8 } from 'node:buffer'
import type { ParquetParsers } from 'hyparquet/src/types.js'
import { isTooDeep } from './json-value.ts'
import { isoDate, isoTimestamp } from './rows.ts'

/** How values of Parquet's logical types become JSON's; bytes that stay bytes are turned into `{base64}` with the row. */
export const parquetParsers: ParquetParsers = {
  timestampFromMilliseconds: (ticks: bigint | undefined) => timestamp(ticks, 1000n),
  timestampFromMicroseconds: (ticks: bigint | undefined) => timestamp(ticks, 1_000_000n),
  timestampFromNanoseconds: (ticks: bigint | undefined) => timestamp(ticks, 1_000_000_000n),
  dateFromDays: (days: number | undefined) => (typeof days === 'number' ? isoDate(days) : days),
  stringFromBytes: textOf,
  jsonFromBytes: (bytes: Uint8Array | undefined) => {
    const text = textOf(bytes)
    if (typeof text !== 'string') return text
    try {
      const value: unknown = JSON.parse(text)
      return isTooDeep(value) ? text : value
    } catch {
      return text
    }
  },
  geometryFromBytes: (bytes: Uint8Array | undefined) => bytes,
  geographyFromBytes: (bytes: Uint8Array | undefined) => bytes,
  uuidFromBytes: (bytes: Uint8Array | undefined) => {
    if (bytes === undefined) return undefined
    const hex = Buffer.from(bytes).toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  },
}

function timestamp(ticks: bigint | undefined, perSecond: 1000n | 1_000_000n | 1_000_000_000n): unknown {
  return typeof ticks === 'bigint' ? isoTimestamp(ticks, perSecond) : ticks
}

function textOf(bytes: Uint8Array | undefined): string | Uint8Array | undefined {
  if (bytes === undefined || !isUtf8(bytes)) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
