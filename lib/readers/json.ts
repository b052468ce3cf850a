import { isUtf8 } from 'node:buffer'
import {
  type BadRecord,
  type Chunk,
  defineReader,
  type ReaderItem,
  type ReadOptions,
} from './define-reader.ts'
import { createFramer, type Frame } from './json-frames.ts'
import { parseRecord } from './json-value.ts'
import { type InvalidUtf8, invalidUtf8, utf8Faults } from './utf8.ts'

/** A batch is given when it has so many items, or its records took so many bytes. */
const BATCH_ITEMS = 256
const BATCH_BYTES = 1 << 20

/**
 * JSON that is not one record a line: one array of objects of any size, or objects one after another, over as many lines as
 * they like. A record is an element of an array at the top, or a value at the top; its offset is its first byte's. Only
 * one record is held at a time. An element that is not an object, or not JSON, is one bad record; where the brackets no
 * longer match, or the file ends within a record or an array, the rest is one.
 */
export const json = defineReader({
  name: 'json',
  summary: 'JSON: one array of objects, or objects one after another, plain, gzip or zstd.',
  revision: 2,
  extensions: ['.json'],
  splittable: false,
  read: readJson,
})

async function* readJson(
  chunks: AsyncIterable<Chunk>,
  { maxRecordBytes, invalidUtf8: policy }: ReadOptions,
): AsyncGenerator<ReaderItem[], void> {
  const framer = createFramer(maxRecordBytes)
  let batch: ReaderItem[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    const frames =
      chunk instanceof Uint8Array
        ? framer.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
        : framer.stop(chunk.damage, chunk.detail)
    for (const frame of frames) {
      batch.push(toItem(frame, policy))
      bytes += frame.bytes
      if (batch.length < BATCH_ITEMS && bytes < BATCH_BYTES) continue
      yield batch
      batch = []
      bytes = 0
    }
    if (framer.done) break
  }
  for (const frame of framer.stop()) batch.push(toItem(frame, policy))
  if (batch.length > 0) yield batch
}

function toItem(frame: Frame, policy?: InvalidUtf8): ReaderItem {
  const { offset, bytes, content } = frame
  const bad = (reason: string, detail: string): BadRecord => ({ kind: 'bad', offset, bytes, reason, detail })
  if (content === undefined) return bad(frame.reason, frame.detail)
  const faulty = !isUtf8(content)
  if (faulty && policy !== 'replace') return bad('invalid-utf8', invalidUtf8(content))
  const parsed = parseRecord(content.toString('utf8'))
  if ('reason' in parsed) return bad(parsed.reason, parsed.detail)
  const { value } = parsed
  return { kind: 'record', offset, bytes, value, ...(faulty && { invalidUtf8: utf8Faults(content) }) }
}
