import { constants, crc32, deflateRawSync } from 'node:zlib'
import type { OutputFile, WrittenFile } from './output-file.ts'

/** Bytes compressed at a time: 1 MiB. */
const BLOCK_BYTES = 2 ** 20

/** RFC 1952: magic, deflate, no flags, no time, no level, no system. What time and system would add is not content. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)

/** An empty final block of deflate with the fixed code (RFC 1951): what ends the stream after flushed blocks. */
const LAST_BLOCK = Uint8Array.of(3, 0)

/** Gzip as one member, so that every reader takes it. */
export interface GzipOutput {
  /** A promise only where a block had to be written. */
  write(text: string): Promise<void> | void
  /** Ends the stream. Call it once, before `commit`. */
  finish(): Promise<void>
  commit(): Promise<WrittenFile>
  abort(): Promise<void>
}

/** Compresses to `output`. The same text gives the same bytes, however it comes in pieces. */
export function gzipTo(output: OutputFile): GzipOutput {
  const block = Buffer.alloc(BLOCK_BYTES)
  let filled = 0
  let sum = 0
  let size = 0
  let begun = false

  const flush = async (): Promise<void> => {
    if (!begun) await output.write(HEADER)
    begun = true
    if (filled === 0) return
    const bytes = block.subarray(0, filled)
    sum = crc32(bytes, sum)
    size += filled
    // A full flush ends at a whole byte and looks no further back: so blocks can be made one by one.
    const compressed = deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH })
    filled = 0
    await output.write(compressed)
  }
  const writeInParts = async (bytes: Buffer): Promise<void> => {
    for (let done = 0; done < bytes.length; ) {
      const copied = bytes.copy(block, filled, done)
      filled += copied
      done += copied
      if (filled === BLOCK_BYTES) await flush()
    }
  }

  return {
    write(text) {
      const bytes = Buffer.from(text)
      if (filled + bytes.length > BLOCK_BYTES) return writeInParts(bytes)
      filled += bytes.copy(block, filled)
      return undefined
    },
    async finish() {
      await flush()
      const trailer = Buffer.alloc(LAST_BLOCK.length + 8)
      trailer.set(LAST_BLOCK)
      trailer.writeUInt32LE(sum, LAST_BLOCK.length)
      trailer.writeUInt32LE(size % 2 ** 32, LAST_BLOCK.length + 4)
      await output.write(trailer)
    },
    commit: () => output.commit(),
    abort: () => output.abort(),
  }
}
