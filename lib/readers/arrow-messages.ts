/** Messages of an Arrow stream or file: metadata with a prefix, and a body. */
import type { InputAccess } from '../storage/stored-bytes.ts'
import { type ArrowBlock, type ArrowMessage, decodeArrowMessage } from './arrow-schema.ts'
import type { Chunk } from './define-reader.ts'
import { MAX_GROUP_BYTES, TableDamage } from './rows.ts'

/** Takes the next bytes of a stream. */
export interface ByteSource {
  /** Exactly `bytes` bytes, or what is left. Throws TableDamage where the stream is damaged before them. */
  take(bytes: number): Promise<Buffer>
  /** Place behind what was taken. */
  readonly at: number
}

/** The bytes of a file from `from` on. */
export function fileSource(file: InputAccess, from: number): ByteSource {
  let at = from
  return {
    get at() {
      return at
    },
    async take(bytes) {
      const taken = await file.read(at, bytes)
      at += taken.length
      return taken
    },
  }
}

export function streamSource(chunks: AsyncIterator<Chunk>): ByteSource {
  let rest: Buffer = Buffer.alloc(0)
  let at = 0
  return {
    get at() {
      return at
    },
    async take(bytes) {
      const parts: Buffer[] = []
      for (let missing = bytes; missing > 0; ) {
        if (rest.length === 0) {
          const next = await chunks.next()
          if (next.done === true) break
          const chunk = next.value
          if (!(chunk instanceof Uint8Array)) throw new TableDamage(chunk.damage, chunk.detail)
          rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        }
        const part = rest.subarray(0, missing)
        rest = rest.subarray(part.length)
        missing -= part.length
        at += part.length
        parts.push(part)
      }
      const [first] = parts
      return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)
    },
  }
}

export interface ReadMessage {
  readonly message: ArrowMessage
  readonly body: Buffer
}

/** Bytes; metadata take 16 for each buffer and column. */
const MAX_METADATA_BYTES = 64 << 20
/** Comes before a message's length, since Arrow 0.15. */
const CONTINUATION = 0xffffffff

/** The next message; `end` for the mark that ends a stream, undefined where there are no more bytes. Throws TableDamage. */
export async function readMessage(source: ByteSource): Promise<ReadMessage | 'end' | undefined> {
  let prefix = await source.take(4)
  if (prefix.length === 0) return undefined
  if (prefix.length === 4 && prefix.readUInt32LE(0) === CONTINUATION) prefix = await source.take(4)
  const length = await exactly(source, 4, prefix).then((bytes) => bytes.readUInt32LE(0))
  if (length === 0) return 'end'
  if (length > MAX_METADATA_BYTES)
    throw new TableDamage('corrupt', `a message with metadata of ${length} bytes`)
  const message = decodeArrowMessage(await exactly(source, length))
  return { message, body: await exactly(source, checkedBody(message.bodyLength)) }
}

/** The message of a block that a footer names. Throws TableDamage. */
export async function readBlock(
  read: (offset: number, length: number) => Promise<Buffer>,
  { offset, metadataLength, bodyLength }: ArrowBlock,
): Promise<ReadMessage> {
  if (!(offset >= 0 && metadataLength >= 8 && metadataLength <= MAX_METADATA_BYTES))
    throw new TableDamage('corrupt', `a message of ${metadataLength} bytes at ${offset}`)
  const stored = await read(offset, metadataLength + checkedBody(bodyLength))
  if (stored.length < metadataLength + bodyLength)
    throw new TableDamage('truncated', 'the file ends within a record batch')
  const prefix = stored.readUInt32LE(0) === CONTINUATION ? 8 : 4
  const message = decodeArrowMessage(stored.subarray(prefix, metadataLength))
  if (message.bodyLength > bodyLength)
    throw new TableDamage('corrupt', 'a body that is longer than its block')
  return { message, body: stored.subarray(metadataLength) }
}

function checkedBody(bytes: number): number {
  if (bytes >= 0 && bytes <= MAX_GROUP_BYTES) return bytes
  throw new TableDamage(
    'row-group-too-large',
    `a record batch of ${bytes} bytes; the limit is ${MAX_GROUP_BYTES}`,
  )
}

async function exactly(source: ByteSource, bytes: number, taken?: Buffer): Promise<Buffer> {
  const found = taken ?? (await source.take(bytes))
  if (found.length === bytes) return found
  throw new TableDamage('truncated', 'the file ends within a message')
}
