import type { OutputFile } from '../storage/output-file.ts'
import { damaged, type RandomAccessFile } from '../storage/random-access.ts'
import { type TokenWidth, tokenBytes } from './token-file.ts'

/*
 * The `.idx` of Megatron-LM's IndexedDataset (megatron/core/datasets/indexed_dataset.py), little-endian:
 *
 *   at 0   9 bytes  "MMIDIDX\0\0"
 *   at 9   u64      version, 1
 *   at 17  u8       dtype code: 4 = int32, 8 = uint16
 *   at 18  u64      N, number of sequences; here one a document
 *   at 26  u64      D = N + 1
 *   at 34  i32[N]   tokens of each sequence
 *          i64[N]   byte in `.bin` at which each sequence begins
 *          i64[D]   first sequence of each document, then N: here 0, 1, …, N
 */

const MAGIC = Buffer.from('MMIDIDX\0\0')
const HEADER_BYTES = 34
const VERSION = 1
const DTYPE_CODES = { int32: 4, uint16: 8 } as const

/** Entries written or read at a time; bounds the buffers to 128 KiB. */
const CHUNK = 2 ** 14

export type MegatronWidth = Extract<TokenWidth, keyof typeof DTYPE_CODES>

/** The lengths of documents, 4 bytes each, in chunks: they grow to millions a shard. */
export interface Lengths {
  readonly count: number
  push(length: number): void
  /** The lengths in order, in arrays of at most 2^14. */
  chunks(): Iterable<Int32Array>
}

export function createLengths(): Lengths {
  const full: Int32Array[] = []
  let current = new Int32Array(CHUNK)
  let used = 0
  return {
    get count() {
      return full.length * CHUNK + used
    },
    push(length) {
      if (used === CHUNK) {
        full.push(current)
        current = new Int32Array(CHUNK)
        used = 0
      }
      current[used++] = length
    },
    *chunks() {
      yield* full
      yield current.subarray(0, used)
    },
  }
}

/** Writes a whole index. */
export async function writeIndex(output: OutputFile, lengths: Lengths, width: MegatronWidth): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeBigUInt64LE(BigInt(VERSION), 9)
  header.writeUInt8(DTYPE_CODES[width], 17)
  header.writeBigUInt64LE(BigInt(lengths.count), 18)
  header.writeBigUInt64LE(BigInt(lengths.count + 1), 26)
  await output.write(header)
  for (const chunk of lengths.chunks()) await output.write(bytesOf(chunk))
  const numbers = new Uint32Array(2 * CHUNK)
  let pointer = 0
  for (const chunk of lengths.chunks()) {
    for (let i = 0; i < chunk.length; i++) {
      putNumber(numbers, i, pointer)
      pointer += (chunk[i] ?? 0) * tokenBytes[width]
    }
    await output.write(bytesOf(numbers.subarray(0, 2 * chunk.length)))
  }
  for (let start = 0; start <= lengths.count; start += CHUNK) {
    const size = Math.min(CHUNK, lengths.count + 1 - start)
    for (let i = 0; i < size; i++) putNumber(numbers, i, start + i)
    await output.write(bytesOf(numbers.subarray(0, 2 * size)))
  }
}

/** An i64 as two halves: a BigInt for each of millions of entries would be slow. */
function putNumber(halves: Uint32Array, at: number, value: number): void {
  halves[2 * at] = value >>> 0
  halves[2 * at + 1] = Math.floor(value / 2 ** 32)
}

export interface MegatronIndex {
  readonly width: MegatronWidth
  readonly documents: number
  /** Float64Array of length documents + 1: the shard's token at which each document begins, then the number of tokens. */
  readonly starts: Float64Array
}

/** Reads and checks an index: every field that another one determines must agree with it. Throws OUTPUT_DAMAGED. */
export async function readIndex(file: RandomAccessFile): Promise<MegatronIndex> {
  const { width, documents } = await readHeader(file)
  const starts = await readLengths(file, documents)
  const bytes = tokenBytes[width]
  const pointersAt = HEADER_BYTES + 4 * documents
  await checkNumbers(file, pointersAt, documents, 'pointer', (i) => (starts[i] ?? 0) * bytes)
  await checkNumbers(file, pointersAt + 8 * documents, documents + 1, 'document index', (i) => i)
  return { width, documents, starts }
}

async function readHeader(file: RandomAccessFile): Promise<{ width: MegatronWidth; documents: number }> {
  if (file.size < HEADER_BYTES)
    throw damaged(file.path, `is ${file.size} bytes long, shorter than its header`)
  const bytes = await file.read(0, HEADER_BYTES)
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!header.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged(file.path, 'does not begin as a Megatron index does')
  const version = header.readBigUInt64LE(9)
  if (version !== BigInt(VERSION)) throw damaged(file.path, `has version ${version}, not ${VERSION}`)
  const code = header.readUInt8(17)
  const width = code === DTYPE_CODES.uint16 ? 'uint16' : code === DTYPE_CODES.int32 ? 'int32' : undefined
  if (width === undefined)
    throw damaged(file.path, `has dtype code ${code}; 4 (int32) and 8 (uint16) hold tokens`)
  const sequences = header.readBigUInt64LE(18)
  const documents = header.readBigUInt64LE(26)
  if (documents !== sequences + 1n) {
    throw damaged(
      file.path,
      `has ${sequences} sequences and ${documents} document indices; one more is needed`,
    )
  }
  const size = BigInt(HEADER_BYTES) + 12n * sequences + 8n * documents
  if (BigInt(file.size) !== size)
    throw damaged(file.path, `is ${file.size} bytes long; ${sequences} sequences need ${size}`)
  return { width, documents: Number(sequences) }
}

async function readLengths(file: RandomAccessFile, documents: number): Promise<Float64Array> {
  const starts = new Float64Array(documents + 1)
  let tokens = 0
  for (let first = 0; first < documents; first += CHUNK) {
    const count = Math.min(CHUNK, documents - first)
    const bytes = await file.read(HEADER_BYTES + 4 * first, 4 * count)
    for (const [i, length] of new Int32Array(bytes.buffer, bytes.byteOffset, count).entries()) {
      if (length < 0) throw damaged(file.path, `has length ${length} for document ${first + i}`)
      tokens += length
      starts[first + i + 1] = tokens
    }
  }
  return starts
}

/** Checks that the `count` i64 from byte `at` on are `expected(0)`, `expected(1)`, … */
async function checkNumbers(
  file: RandomAccessFile,
  at: number,
  count: number,
  what: string,
  expected: (i: number) => number,
): Promise<void> {
  for (let first = 0; first < count; first += CHUNK) {
    const size = Math.min(CHUNK, count - first)
    const bytes = await file.read(at + 8 * first, 8 * size)
    // As two halves: a BigInt for each of millions of entries would be slow.
    const halves = new Uint32Array(bytes.buffer, bytes.byteOffset, 2 * size)
    for (let i = 0; i < size; i++) {
      const value = (halves[2 * i] ?? 0) + (halves[2 * i + 1] ?? 0) * 2 ** 32
      if (value === expected(first + i)) continue
      throw damaged(
        file.path,
        `has ${what} ${value} for document ${first + i}, where its lengths give ${expected(first + i)}`,
      )
    }
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
