import { createHash } from 'node:crypto'
import { rmSync, writevSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { threadId } from 'node:worker_threads'
import { MillraceError, systemCode, systemReason } from '../errors.ts'

/** A finished file: its path as given, its size in bytes and the SHA-256 (hex) of its content. */
export interface WrittenFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** A file under a temporary name until `commit`, so that a name that exists is a file that is whole. */
export interface OutputFile {
  readonly path: string
  /** Bytes written so far. */
  readonly bytes: number
  /** Writes the chunks one after the other, small ones together. */
  write(...chunks: Uint8Array[]): Promise<void>
  /** Syncs, renames to `path`, and returns the facts for the completion record. */
  commit(): Promise<WrittenFile>
  /** Removes the temporary file. Safe to call at any time, also after `commit`. */
  abort(): Promise<void>
}

let created = 0

/** Files of this thread that are not whole yet. */
const temporaries = new Set<string>()

/** Removes them, for a process that ends at once. */
export function removeTemporaries(): void {
  for (const temporary of temporaries) rmSync(temporary, { force: true })
}

/** Creates `file` (and its folders). Throws OUTPUT_UNWRITABLE naming the file when the disk is full or it may not be written. */
export async function createOutputFile(file: string): Promise<OutputFile> {
  const temporary = `${file}.tmp-${process.pid}-${threadId}-${++created}`
  const hash = createHash('sha256')
  let bytes = 0
  const handle = await guarded(file, async () => {
    await mkdir(path.dirname(file), { recursive: true })
    temporaries.add(temporary) // before it is there: who ends the process may come first
    return open(temporary, 'wx')
  })
  let state: 'open' | 'committed' | 'aborted' = 'open'

  return {
    path: file,
    get bytes() {
      return bytes
    },
    async write(...chunks) {
      for (const portion of portions(chunks)) {
        for (const part of portion) {
          hash.update(part)
          bytes += part.byteLength
        }
        await guarded(file, async () => {
          let left = portion
          while (left.length > 0) left = without(left, writevSync(handle.fd, left))
        })
      }
    },
    async commit() {
      await guarded(file, async () => {
        await handle.sync()
        await handle.close()
        await rename(temporary, file)
      })
      temporaries.delete(temporary)
      state = 'committed'
      return { path: file, bytes, sha256: hash.digest('hex') }
    },
    async abort() {
      if (state !== 'open') return
      state = 'aborted'
      await handle.close().catch(() => undefined) // already closed when commit failed half-way
      await rm(temporary, { force: true })
      temporaries.delete(temporary)
    },
  }
}

/**
 * Bytes hashed, then written, at a time: the system copies them while they are still in the processor's cache, which a
 * thread of libuv's pool, on another core, would not have them in; whoever writes has nothing else to do meanwhile. Linux
 * caches larger writes in larger blocks of memory, not in use of late: 2 MiB at a time took up to eight times as long.
 */
const PORTION_BYTES = 256 << 10

/** The chunks, cut and put together in portions of `PORTION_BYTES`, but for the last. */
function* portions(chunks: readonly Uint8Array[]): Generator<Uint8Array[]> {
  let portion: Uint8Array[] = []
  let room = PORTION_BYTES
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + room)
      portion.push(part)
      at += part.byteLength
      room -= part.byteLength
      if (room > 0) continue
      yield portion
      portion = []
      room = PORTION_BYTES
    }
  }
  if (portion.length > 0) yield portion
}

/** What is left of the chunks after their first `bytes` bytes. */
function without(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes
  let first = 0
  for (let chunk = chunks[0]; chunk !== undefined && skip >= chunk.byteLength; chunk = chunks[first]) {
    skip -= chunk.byteLength
    first++
  }
  const [cut, ...rest] = chunks.slice(first)
  return cut === undefined ? [] : [cut.subarray(skip), ...rest]
}

/** Commits a file that has something in it; else removes what an earlier run left in its place, which would pass for this one's. */
export async function commitUnlessEmpty(output: OutputFile): Promise<WrittenFile | undefined> {
  if (output.bytes > 0) return output.commit()
  await output.abort()
  await rm(output.path, { force: true })
  return undefined
}

/** Writes `content` as one whole file. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<WrittenFile> {
  const output = await createOutputFile(file)
  try {
    await output.write(typeof content === 'string' ? Buffer.from(content) : content)
    return await output.commit()
  } finally {
    await output.abort()
  }
}

/** What the system says where there is no room. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Runs `action` for `file`; throws OUTPUT_UNWRITABLE, with the way out, where the system refuses. */
export async function guarded<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    const fix = FULL.has(code)
      ? 'Make room (disk, quota, ulimit -f) or choose another --out, then run the same command again: it goes on where it stopped.'
      : 'Choose a folder that you may write to.'
    throw new MillraceError(
      'OUTPUT_UNWRITABLE',
      `cannot write ${file}: ${systemReason(error)}`,
      { file, got: code, fix },
      { cause: error },
    )
  }
}
