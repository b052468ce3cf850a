import { crc32 } from 'node:zlib'
import type { EncodedColumn } from './arrow-encode.ts'
import {
  type Block,
  batchMessage,
  dictionaryMessage,
  type Footer,
  footer,
  type RecordBatch,
  type Region,
  readBatch,
  readFooter,
  type Schema,
  schemaMessage,
} from './arrow-metadata.ts'

/*
 * The framing of an Arrow IPC file (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format):
 *
 *   "ARROW1\0\0" | schema message | record batch messages… | dictionary messages… | end of stream | footer
 *   message  = u32 0xffffffff | i32 metadata length | metadata | body, each at a multiple of 64 bytes
 *   footer   = footer flatbuffer | i32 footer length | "ARROW1"
 *
 * The format has no checksums, and its flatbuffers cannot be decoded safely when damaged. Both kinds of metadata may be
 * longer than their flatbuffer, so checksums go behind it, where other readers do not look:
 *
 *   metadata = flatbuffer | zeros | u32 CRC-32 of the body | u32 CRC-32 of the metadata before this field
 *   footer   = flatbuffer | zeros | u32 rows of each record batch… | u32 batches | u32 CRC-32 of the footer before this field
 */

const MAGIC = Buffer.from('ARROW1')
/** Bytes; Arrow's recommended alignment, one cache line, so that mapped columns can be used in place. */
const ALIGNMENT = 64
const PREFIX_BYTES = 8
const ZEROS = new Uint8Array(ALIGNMENT)
/** Footer length and magic at a file's end. */
export const TAIL_BYTES = 4 + MAGIC.length

/** What a file begins with. */
export function encodeHead(schema: Schema): Uint8Array {
  const magic = Buffer.alloc(8)
  MAGIC.copy(magic)
  return Buffer.concat([magic, head(schemaMessage(schema), NO_BODY, 8)])
}

/** A framed message: the place of its parts for the footer, and its bytes, which are those given and what goes between. */
export interface Frame {
  readonly chunks: Uint8Array[]
  readonly block: Block
}

/** A record batch that begins at byte `position` of the file. */
export function encodeBatch(rows: number, columns: readonly EncodedColumn[], position: number): Frame {
  const body = layOut(columns.flatMap((column) => column.buffers))
  const nodes = columns.flatMap((column) => column.nodes)
  return toFrame(batchMessage({ length: rows, nodes, buffers: body.regions }, body.length), body, position)
}

/** The dictionary `id`. It may come after the batches that use it: file readers load all dictionaries first. */
export function encodeDictionaryBatch(id: number, values: EncodedColumn, position: number): Frame {
  const body = layOut(values.buffers)
  const batch = { length: values.nodes[0]?.length ?? 0, nodes: values.nodes, buffers: body.regions }
  return toFrame(dictionaryMessage(id, batch, body.length), body, position)
}

/** End of stream, footer and magic. `rows` has the rows of each record batch. */
export function encodeTail(
  schema: Schema,
  batches: readonly Block[],
  dictionaries: readonly Block[],
  rows: readonly number[],
): Uint8Array {
  const flat = footer(schema, batches, dictionaries)
  const counts = Buffer.alloc(4 * rows.length + 4)
  for (const [batch, count] of rows.entries()) counts.writeUInt32LE(count, 4 * batch)
  counts.writeUInt32LE(rows.length, 4 * rows.length)
  const checked = Buffer.concat([flat, Buffer.alloc(-flat.length & 7), counts])
  const end = Buffer.alloc(8)
  end.writeUInt32LE(crc32(checked), 0)
  end.writeInt32LE(checked.length + 4, 4)
  return Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), checked, end, MAGIC])
}

export interface DecodedFooter extends Footer {
  /** Rows of each record batch. */
  readonly rows: Uint32Array
}

/** Bytes that `isHead` looks at. */
export const HEAD_BYTES = 8

export function isHead(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length)) && bytes[6] === 0 && bytes[7] === 0
}

/** The footer's length in bytes, out of a file's last TAIL_BYTES; undefined where they are not an Arrow file's. */
export function footerLength(tail: Uint8Array): number | undefined {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
  return bytes.subarray(4).equals(MAGIC) ? bytes.readUInt32LE(0) : undefined
}

/** Decodes a footer. Returns undefined when its checksum does not hold. */
export function decodeFooter(stored: Uint8Array): DecodedFooter | undefined {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  const end = bytes.length - 4
  if (end < 4 || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return undefined
  const count = bytes.readUInt32LE(end - 4)
  const rows = Uint32Array.from({ length: count }, (_, batch) =>
    bytes.readUInt32LE(end - 4 - 4 * (count - batch)),
  )
  return { ...readFooter(bytes.subarray(0, end)), rows }
}

/** A message read back: its header and the bytes of its body, in the buffer that was given. */
export interface DecodedMessage {
  readonly batch: RecordBatch
  readonly body: Uint8Array
}

/** Decodes the message in `frameBytes`. Returns undefined when a checksum does not hold. */
export function decodeMessage(frameBytes: Uint8Array, metadataLength: number): DecodedMessage | undefined {
  const bytes = Buffer.from(frameBytes.buffer, frameBytes.byteOffset, frameBytes.byteLength)
  const end = metadataLength - 4
  if (end < PREFIX_BYTES + 4 || bytes.length < metadataLength) return undefined
  if (crc32(bytes.subarray(PREFIX_BYTES, end)) !== bytes.readUInt32LE(end)) return undefined
  const body = frameBytes.subarray(metadataLength)
  if (crc32(body) !== bytes.readUInt32LE(end - 4)) return undefined
  const batch = readBatch(bytes.subarray(PREFIX_BYTES, end))
  return batch && { batch, body }
}

interface Body {
  /** The buffers, each followed by what aligns the next one. */
  readonly chunks: readonly Uint8Array[]
  readonly regions: Region[]
  readonly length: number
}

const NO_BODY: Body = { chunks: [], regions: [], length: 0 }

function layOut(buffers: readonly Uint8Array[]): Body {
  const chunks: Uint8Array[] = []
  const regions: Region[] = []
  let length = 0
  for (const buffer of buffers) {
    regions.push({ offset: length, length: buffer.byteLength })
    length += aligned(buffer.byteLength)
    if (buffer.byteLength === 0) continue
    chunks.push(buffer)
    const padding = aligned(buffer.byteLength) - buffer.byteLength
    if (padding > 0) chunks.push(ZEROS.subarray(0, padding))
  }
  return { chunks, regions, length }
}

function toFrame(metadata: Uint8Array, body: Body, position: number): Frame {
  const first = head(metadata, body, position)
  return {
    chunks: [first, ...body.chunks],
    block: { offset: position, metadataLength: first.byteLength, bodyLength: body.length },
  }
}

/** What goes before a message's body: prefix, metadata and checksums, so padded that the body starts aligned. */
function head(metadata: Uint8Array, body: Body, position: number): Uint8Array {
  const end = aligned(position + PREFIX_BYTES + metadata.length + 8) - position
  const bytes = Buffer.alloc(end)
  bytes.writeInt32LE(-1, 0)
  bytes.writeInt32LE(end - PREFIX_BYTES, 4)
  bytes.set(metadata, PREFIX_BYTES)
  let checksum = 0
  for (const chunk of body.chunks) checksum = crc32(chunk, checksum)
  bytes.writeUInt32LE(checksum, end - 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(PREFIX_BYTES, end - 4)), end - 4)
  return bytes
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
