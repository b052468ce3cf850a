import { createHash } from 'node:crypto'
import type { Chunk } from '../readers/define-reader.ts'
import { createBombGuard } from './bomb-guard.ts'
import { readGzip } from './gzip-input.ts'
import { type ByteSink, readAt, readStored, withFile } from './stored-bytes.ts'
import { createZstdDecoder, ZstdDamage } from './zstd-decoder.ts'

export interface ReadChunksOptions {
  /** Of a plain file: begin at `start - 1` (or 0), as a reader expects. The consumer stops by itself behind `end`. */
  readonly range?: { readonly start: number; readonly end: number }
  /** Sees the stored (compressed) bytes in order: those in `range`, or all of them, also those behind damage. */
  readonly hash?: ByteSink
}

type Compression = 'gzip' | 'zstd'

const SUFFIXES: Readonly<Record<string, Compression>> = {
  '.gz': 'gzip',
  '.gzip': 'gzip',
  '.zst': 'zstd',
  '.zstd': 'zstd',
}

/**
 * The bytes of `file` after decompression, which the first bytes decide, not the name. Content never throws: where it is
 * damaged, all that comes before is given, then one `damage` item (`truncated`, `corrupt`, `decompression-bomb`). The
 * chunks belong to the consumer. The file is closed when the consumer stops, too.
 *
 * Throws INPUT_MISSING when there is no such file or it may not be read, INPUT_DAMAGED when the disk fails.
 */
export async function* readChunks(
  file: string,
  options: ReadChunksOptions = {},
): AsyncGenerator<Chunk, void> {
  const { range, hash } = options
  const head = await readHead(file)
  const compression = compressionOf(head)
  if (compression === undefined) {
    const promised = promisedCompression(file)
    if (promised !== undefined && isCutMagic(head, promised)) {
      hash?.update(head)
      yield { damage: 'truncated', detail: `the file has ${head.length} bytes, too few for ${promised}` }
      return
    }
    yield* readPlain(file, range, hash)
    return
  }
  if (range !== undefined)
    throw new RangeError(`${file} is compressed: a range of it cannot be read on its own`)
  yield* compression === 'gzip' ? readGzip(file, hash) : readZstd(file, hash)
}

/** Which compression the first bytes of a file say. */
function compressionOf(head: Uint8Array): Compression | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  const [a, b, c, d] = head
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  // A skippable frame, which some parallel encoders put first: RFC 8878 section 3.1.2.
  if (a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd'
  return undefined
}

/** Whether the content of `file` is compressed, whatever its name says. */
export async function isCompressed(file: string): Promise<boolean> {
  return compressionOf(await readHead(file)) !== undefined
}

/** The name without a compression suffix: `a/b.jsonl.gz` → `a/b.jsonl`. */
export function decompressedName(file: string): string {
  const suffix = Object.keys(SUFFIXES).find((ending) => file.toLowerCase().endsWith(ending))
  return suffix === undefined ? file : file.slice(0, -suffix.length)
}

const SAMPLES = 16
const SAMPLE_BYTES = 64 << 10

/** A file's size, in bytes, and what tells that it is the one that was read before. */
export interface FileIdentity {
  readonly bytes: number
  /** Hash of the size, the time of change, and up to 16 blocks of 64 KiB, evenly spaced, the first and the last among them. */
  readonly identity: string
}

/** Reads at most 1 MiB. Throws INPUT_MISSING as `readChunks` does. */
export async function identify(file: string): Promise<FileIdentity> {
  return withFile(file, async (handle) => {
    const { size, mtimeMs } = await handle.stat()
    const hash = createHash('sha256').update(`${size}\n${mtimeMs}\n`)
    const step = Math.max(SAMPLE_BYTES, (size - SAMPLE_BYTES) / (SAMPLES - 1))
    for (let index = 0; index < SAMPLES && index * step < size; index++) {
      hash.update(await readAt(handle, Math.round(index * step), SAMPLE_BYTES))
    }
    return { bytes: size, identity: hash.digest('hex') }
  })
}

async function* readPlain(
  file: string,
  range: ReadChunksOptions['range'],
  hash: ByteSink | undefined,
): AsyncGenerator<Uint8Array, void> {
  const from = Math.max(0, (range?.start ?? 0) - 1)
  let at = from
  for await (const block of readStored(file, from)) {
    if (hash !== undefined) {
      const first = Math.max(0, (range?.start ?? 0) - at)
      const last = Math.min(block.length, Math.max(0, (range?.end ?? Infinity) - at))
      if (first < last) hash.update(block.subarray(first, last))
    }
    at += block.length
    yield block
  }
}

async function* readZstd(file: string, hash: ByteSink | undefined): AsyncGenerator<Chunk, void> {
  const decoder = await createZstdDecoder()
  const guard = createBombGuard()
  let damage: Chunk | undefined
  try {
    for await (const block of readStored(file)) {
      hash?.update(block)
      if (damage !== undefined) continue // only the hash still wants the rest
      guard.stored += block.length
      try {
        for (const chunk of decoder.decode(block)) {
          yield chunk
          damage = guard.check(chunk)
          if (damage !== undefined) break
        }
      } catch (error) {
        if (!(error instanceof ZstdDamage)) throw error
        damage = { damage: 'corrupt', detail: `zstd: ${error.message}` }
      }
      if (damage !== undefined && hash === undefined) break
    }
    const { rest, whole } = decoder.finish()
    if (rest.length > 0) yield rest
    if (!whole) damage ??= { damage: 'truncated', detail: 'zstd: the file ends within a frame' }
    if (damage !== undefined) yield damage
  } finally {
    decoder.close()
  }
}

async function readHead(file: string): Promise<Buffer> {
  return withFile(file, (handle) => readAt(handle, 0, 4))
}

function promisedCompression(file: string): Compression | undefined {
  return SUFFIXES[file.slice(decompressedName(file).length).toLowerCase()]
}

function isCutMagic(head: Uint8Array, compression: Compression): boolean {
  const magic = compression === 'gzip' ? [0x1f, 0x8b] : [0x28, 0xb5, 0x2f, 0xfd]
  return head.length < magic.length && head.every((byte, index) => byte === magic[index])
}
