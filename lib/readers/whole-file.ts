import { isUtf8 } from 'node:buffer'
import type { Chunk, ReaderItem, ReadOptions } from './define-reader.ts'
import { invalidUtf8, utf8Faults } from './utf8.ts'

/** Reads a file of text as one record `{text}`. An empty file is a record with an empty text. */
export async function* readWholeFile(
  chunks: AsyncIterable<Chunk>,
  { maxRecordBytes, invalidUtf8: policy }: ReadOptions,
): AsyncGenerator<ReaderItem[], void> {
  let parts: Uint8Array[] = []
  let bytes = 0
  const bad = (reason: string, detail: string): ReaderItem[] => [
    { kind: 'bad', offset: 0, bytes, reason, detail },
  ]
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) {
      yield bad(chunk.damage, chunk.detail)
      return
    }
    bytes += chunk.length
    if (bytes > maxRecordBytes) parts = []
    else parts.push(chunk)
  }
  if (bytes > maxRecordBytes) {
    yield bad('file-too-long', `a file of ${bytes} bytes; the limit is ${maxRecordBytes}`)
    return
  }
  const content = Buffer.concat(parts)
  const faulty = !isUtf8(content)
  if (faulty && policy !== 'replace') {
    yield bad('invalid-utf8', invalidUtf8(content))
    return
  }
  const value = { text: content.toString('utf8') }
  yield [{ kind: 'record', offset: 0, bytes, value, ...(faulty && { invalidUtf8: utf8Faults(content) }) }]
}
