import { decodeLz4Frame } from '../storage/lz4.ts'
import type { ZstdDecoder } from '../storage/zstd-decoder.ts'
import type { ArrowBatch } from './arrow-schema.ts'
import { messageOf } from './excerpt.ts'
import { createColumnGuard, MAX_GROUP_BYTES, TableDamage } from './rows.ts'

/** Bytes of a compressed buffer's length. */
const PREFIX_BYTES = 8
/** The length of a buffer that is stored as it is, in a batch whose others are compressed. */
const STORED = -1n

/** The fields and buffers of one record batch, taken in the order of the schema, depth first. All throw TableDamage. */
export interface BatchParts {
  /** Length of the next field, and its nulls. */
  node(): { readonly length: number; readonly nulls: number }
  /** The next buffer, decompressed. */
  buffer(): Buffer
  /** Passes over it. */
  skipBuffer(): void
  /** Data buffers of the next column of views. */
  variadic(): number
  /** Decoded bytes so far. */
  readonly bytes: number
}

export function openBatch(batch: ArrowBatch, body: Uint8Array, zstd: ZstdDecoder): BatchParts {
  const guard = createColumnGuard()
  let nodes = 0
  let buffers = 0
  let views = 0
  let bytes = 0
  // What no buffer stands behind, such as columns of nulls, is bounded by the body as a whole.
  guard(body.length, 0, batch.rows)

  const grow = (decoded: number): void => {
    bytes += decoded
    if (bytes > MAX_GROUP_BYTES)
      throw new TableDamage('row-group-too-large', `a record batch of more than ${MAX_GROUP_BYTES} bytes`)
    guard(0, decoded, 0)
  }
  const region = (): Buffer => {
    const { offset, length } = batch.buffers[buffers++] ?? { offset: 0, length: -1 }
    if (!(offset >= 0 && length >= 0 && offset + length <= body.length))
      throw new TableDamage('corrupt', `a buffer at bytes ${offset} to ${offset + length} of ${body.length}`)
    return Buffer.from(body.buffer, body.byteOffset + offset, length)
  }

  return {
    get bytes() {
      return bytes
    },
    node() {
      const node = batch.nodes[nodes++]
      if (node === undefined || !(node.length >= 0 && node.nulls >= 0 && node.nulls <= node.length))
        throw new TableDamage('corrupt', 'a column without its length')
      guard(0, 0, node.length)
      return node
    },
    skipBuffer() {
      region()
    },
    buffer() {
      const stored = region()
      if (batch.codec === undefined || stored.length === 0) {
        grow(stored.length)
        return stored
      }
      if (stored.length < PREFIX_BYTES) throw new TableDamage('corrupt', 'a buffer without its length')
      const stated = stored.readBigInt64LE(0)
      const input = stored.subarray(PREFIX_BYTES)
      const length = stated === STORED ? input.length : Number(stated)
      if (length < 0) throw new TableDamage('corrupt', `a buffer of ${length} bytes`)
      grow(length)
      if (stated === STORED) return input
      try {
        const output = batch.codec === 'lz4' ? decodeLz4Frame(input, length) : zstd.decodeWhole(input, length)
        return Buffer.from(output.buffer, output.byteOffset, output.byteLength)
      } catch (error) {
        throw new TableDamage('corrupt', messageOf(error))
      }
    },
    variadic() {
      const count = batch.variadic[views++] ?? -1
      if (count >= 0 && count <= batch.buffers.length) return count
      throw new TableDamage('corrupt', 'a column of views without its buffers')
    },
  }
}
