import type { FileMetaData } from 'hyparquet'
import type { InputAccess } from '../storage/stored-bytes.ts'
import { defineReader, type ReaderItem, type ReadOptions } from './define-reader.ts'
import { messageOf } from './excerpt.ts'
import { createParquetDecoder, type ParquetDecoder } from './parquet-group.ts'
import { TableDamage, toRowItems } from './rows.ts'

/** Bytes; a footer is a few KiB for each row group. */
const MAX_FOOTER_BYTES = 256 << 20
/** Behind the metadata: their length in four bytes, and `PAR1`. */
const TAIL_BYTES = 8

/**
 * Apache Parquet: a row is a record, its offset the row's number in the file, its bytes an even share of its row group's
 * uncompressed bytes. Row groups are read one at a time, and that is what is held in memory (at most 2 GiB).
 *
 * Values become JSON's: 64-bit integers are numbers where a double holds them exactly, else strings of digits; timestamps
 * are ISO 8601 strings in the precision of the file, dates `YYYY-MM-DD`; decimals are the nearest double; NaN and infinities
 * are null; binary that is UTF-8 is a string, any other is `{"base64": "…"}`, so that it can never pass for a text; JSON
 * columns are parsed, up to the depth of a JSON record.
 *
 * Columns that are not asked for are neither read nor decoded, and damage in them is not seen.
 *
 * Pages' checksums are verified where a file has them. A damaged row group ends the file: the groups before it are given,
 * the rest is one bad record. Pages that would grow beyond the ratio of a decompression bomb are damage as well.
 */
export const parquet = defineReader({
  name: 'parquet',
  summary: 'Apache Parquet: a row is a record; snappy, gzip, zstd, brotli, lz4.',
  revision: 3,
  extensions: ['.parquet', '.pq'],
  signatures: ['PAR1'],
  splittable: false,
  readFile: readParquet,
})

async function* readParquet(
  file: InputAccess,
  { maxRecordBytes, columns: asked }: ReadOptions,
): AsyncGenerator<ReaderItem[], void> {
  let metadata: FileMetaData
  let decoder: ParquetDecoder
  try {
    metadata = await readFooter(file)
    decoder = await createParquetDecoder(file, metadata, asked)
  } catch (error) {
    const reason = error instanceof TableDamage ? error.reason : 'corrupt'
    yield [{ kind: 'bad', offset: 0, bytes: file.size, reason, detail: messageOf(error) }]
    return
  }
  let row = 0
  try {
    for (const [index, group] of metadata.row_groups.entries()) {
      try {
        const { columns, rows, bytes } = await decoder.read(group)
        yield* toRowItems({ columns, rows, bytes, firstRow: row, maxRecordBytes })
        row += rows
      } catch (error) {
        if (!(error instanceof TableDamage)) throw error
        const detail = `row group ${index} of ${metadata.row_groups.length}: ${error.message}`
        yield [
          { kind: 'bad', offset: row, bytes: remainingBytes(metadata, index), reason: error.reason, detail },
        ]
        return
      }
    }
  } finally {
    decoder.close()
  }
}

async function readFooter(file: InputAccess): Promise<FileMetaData> {
  const { parquetMetadata } = await import('hyparquet')
  const tail = await file.read(Math.max(0, file.size - TAIL_BYTES), TAIL_BYTES)
  const magic = tail.toString('latin1', TAIL_BYTES - 4)
  if (magic === 'PARE') throw new TableDamage('encrypted', 'the footer is encrypted')
  if (magic !== 'PAR1')
    throw new TableDamage('truncated', 'the file does not end in PAR1, so that its footer is missing')
  const length = tail.readUInt32LE(0)
  if (length + TAIL_BYTES > file.size || length > MAX_FOOTER_BYTES) {
    throw new TableDamage('corrupt', `a footer of ${length} bytes in a file of ${file.size}`)
  }
  const footer = await file.read(file.size - TAIL_BYTES - length, length + TAIL_BYTES)
  return parquetMetadata(new Uint8Array(footer), { geoparquet: false })
}

function remainingBytes(metadata: FileMetaData, from: number): number {
  let bytes = 0
  for (const { total_byte_size: size } of metadata.row_groups.slice(from))
    bytes += Math.max(0, Number(size) || 0)
  return Number.isSafeInteger(bytes) ? bytes : 0
}
