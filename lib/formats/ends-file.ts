import { crc32 } from 'node:zlib'
import { createOutputFile, type WrittenFile } from '../storage/output-file.ts'
import { damaged, openRandomAccess, type RandomAccessFile } from '../storage/random-access.ts'

/*
 * Where pieces of a file of tokens end, little-endian:
 *
 *   u64[N]  token after the last of each piece, ascending: documents of 3, 0 and 2 tokens give 3, 3, 5
 *
 * That is datatrove's `.ds.index`. Beside formats that have no boundaries of their own lies the same with a trailer, so
 * that damage is found:
 *
 *   u32     bytes of a token
 *   u32     CRC-32 of all before
 */

const TRAILER_BYTES = 8

/** Ends held before a write, or read at a time: 2^16, that is 512 KiB. */
const CHUNK = 2 ** 16

export interface EndsFile {
  /** A promise only where a buffer had to be written; await it. */
  push(end: number): Promise<void> | void
  /** Writes what is buffered, and the trailer. Call it once, before `commit`. */
  finish(): Promise<void>
  commit(): Promise<WrittenFile>
  abort(): Promise<void>
}

/** Creates `file`; with a trailer where `tokenBytes` is given. Throws OUTPUT_UNWRITABLE. */
export async function createEndsFile(file: string, tokenBytes?: number): Promise<EndsFile> {
  const output = await createOutputFile(file)
  // As two halves: a BigInt for each of millions of entries would be slow.
  const halves = new Uint32Array(2 * CHUNK)
  let filled = 0
  let sum = 0
  const flush = async (): Promise<void> => {
    const bytes = new Uint8Array(halves.buffer, 0, 4 * filled)
    filled = 0
    sum = crc32(bytes, sum)
    await output.write(bytes)
  }
  return {
    push(end) {
      halves[filled] = end >>> 0
      halves[filled + 1] = Math.floor(end / 2 ** 32)
      filled += 2
      return filled === halves.length ? flush() : undefined
    },
    async finish() {
      await flush()
      if (tokenBytes === undefined) return
      const trailer = Buffer.alloc(TRAILER_BYTES)
      trailer.writeUInt32LE(tokenBytes)
      trailer.writeUInt32LE(crc32(trailer.subarray(0, 4), sum), 4)
      await output.write(trailer)
    },
    commit: () => output.commit(),
    abort: () => output.abort(),
  }
}

/** What a file of ends says. */
export interface Ends {
  /** Float64Array of length N + 1: 0, then the ends. Where pieces lie end to end, piece i is [starts[i], starts[i + 1]). */
  readonly starts: Float64Array
  /** From the trailer; undefined without one. */
  readonly tokenBytes: number | undefined
}

/** Reads and checks a whole file of ends. Throws INPUT_MISSING, and OUTPUT_DAMAGED where ends descend or the sum differs. */
export async function readEnds(path: string, trailer: boolean): Promise<Ends> {
  const file = await openRandomAccess(path)
  try {
    const size = file.size - (trailer ? TRAILER_BYTES : 0)
    if (size < 0 || size % 8 !== 0)
      throw damaged(path, `is ${file.size} bytes long, not a whole number of ends`)
    const { starts, sum } = await readNumbers(file, size / 8)
    return { starts, tokenBytes: trailer ? await readTrailer(file, size, sum) : undefined }
  } finally {
    await file.close()
  }
}

async function readNumbers(
  file: RandomAccessFile,
  count: number,
): Promise<{ starts: Float64Array; sum: number }> {
  const starts = new Float64Array(count + 1)
  let sum = 0
  let previous = 0
  for (let first = 0; first < count; first += CHUNK) {
    const size = Math.min(CHUNK, count - first)
    const bytes = await file.read(8 * first, 8 * size)
    sum = crc32(bytes, sum)
    const halves = new Uint32Array(bytes.buffer, bytes.byteOffset, 2 * size)
    for (let i = 0; i < size; i++) {
      const end = (halves[2 * i] ?? 0) + (halves[2 * i + 1] ?? 0) * 2 ** 32
      if (end < previous) throw damaged(file.path, `has end ${end} for piece ${first + i}, after ${previous}`)
      starts[first + i + 1] = previous = end
    }
  }
  return { starts, sum }
}

async function readTrailer(file: RandomAccessFile, at: number, sum: number): Promise<number> {
  const bytes = await file.read(at, TRAILER_BYTES)
  const trailer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (crc32(trailer.subarray(0, 4), sum) !== trailer.readUInt32LE(4)) {
    throw damaged(file.path, 'does not have the content that its checksum is of')
  }
  return trailer.readUInt32LE(0)
}
