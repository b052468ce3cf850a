import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { threadId } from 'node:worker_threads'
import { createOutputFile, guarded, type OutputFile, type WrittenFile } from './output-file.ts'

/** Bytes held before a write, and copied at a time: 256 KiB. */
const BUFFER_BYTES = 2 ** 18

/**
 * An output file whose head is known only when its body is whole: a header with counts, a table of offsets. The body goes
 * to a temporary file beside it; `commit` writes head and body in order, so that the hash is of the file as it is read.
 */
export interface SpooledFile {
  /** Bytes of the body so far. */
  readonly bytes: number
  /** Adds to the body; a promise only where a buffer had to be written. The chunk may be changed after. */
  write(chunk: Uint8Array): Promise<void> | void
  /** Says what comes before the body; call it before `commit`. Nothing unless called. */
  setHead(head: readonly Uint8Array[]): void
  commit(): Promise<WrittenFile>
  /** Removes what is temporary. Safe to call at any time, also after `commit`. */
  abort(): Promise<void>
}

let created = 0

/** Creates the temporary file for `file` (and its folders). Throws OUTPUT_UNWRITABLE. */
export async function createSpooledFile(file: string): Promise<SpooledFile> {
  const temporary = `${file}.body.tmp-${process.pid}-${threadId}-${++created}`
  const handle = await guarded(file, async () => {
    await mkdir(path.dirname(file), { recursive: true })
    return open(temporary, 'wx+')
  })
  const buffer = new Uint8Array(BUFFER_BYTES)
  let filled = 0
  let written = 0
  let head: readonly Uint8Array[] = []
  let output: OutputFile | undefined
  let removed = false

  const flush = async (): Promise<void> => {
    await guarded(file, () => writeAll(handle, buffer.subarray(0, filled)))
    written += filled
    filled = 0
  }
  const writeInParts = async (chunk: Uint8Array): Promise<void> => {
    for (let done = 0; done < chunk.length; ) {
      const part = chunk.subarray(done, done + BUFFER_BYTES - filled)
      buffer.set(part, filled)
      filled += part.length
      done += part.length
      if (filled === BUFFER_BYTES) await flush()
    }
  }
  const remove = async (): Promise<void> => {
    if (removed) return
    removed = true
    await handle.close()
    await rm(temporary, { force: true })
  }

  return {
    get bytes() {
      return written + filled
    },
    write(chunk) {
      if (filled + chunk.length > BUFFER_BYTES) return writeInParts(chunk)
      buffer.set(chunk, filled)
      filled += chunk.length
      return undefined
    },
    setHead(parts) {
      head = parts
    },
    async commit() {
      await flush()
      output = await createOutputFile(file)
      for (const part of head) await output.write(part)
      await copy(file, handle, written, buffer, output)
      const result = await output.commit()
      await remove()
      return result
    },
    async abort() {
      await output?.abort()
      await remove()
    },
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten
  }
}

/** The first `size` bytes of the body. */
async function copy(
  file: string,
  handle: FileHandle,
  size: number,
  buffer: Uint8Array,
  output: OutputFile,
): Promise<void> {
  for (let at = 0; at < size; ) {
    const length = Math.min(buffer.length, size - at)
    const { bytesRead } = await guarded(file, () => handle.read(buffer, 0, length, at))
    if (bytesRead === 0) throw new RangeError(`the body of ${file} ends at byte ${at} of ${size}`)
    await output.write(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
}
