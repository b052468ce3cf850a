import { type FileHandle, open } from 'node:fs/promises'
import { MillraceError, systemCode, systemReason } from '../errors.ts'

/** What takes bytes in order, such as a hash. */
export interface ByteSink {
  update(bytes: Uint8Array): unknown
}

/** Bytes read at a time. */
const BLOCK_BYTES = 256 << 10

/** The stored bytes from `from` on; while the consumer works on a block, the next one is read. */
export async function* readStored(file: string, from = 0): AsyncGenerator<Uint8Array, void> {
  const handle = await openInput(file)
  let next = readAt(handle, from, BLOCK_BYTES)
  try {
    for (let at = from; ; ) {
      const block = await next.catch((error: unknown) => {
        throw readError(file, error)
      })
      if (block.length === 0) return
      at += block.length
      next = readAt(handle, at, BLOCK_BYTES)
      yield block
    }
  } finally {
    await next.catch(() => undefined)
    await handle.close()
  }
}

/** Up to `bytes` bytes from `position` on; fewer only at the end of the file. */
export async function readAt(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  let filled = 0
  while (filled < bytes) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/** An input file that is read at positions. Whoever opens it closes it. */
export interface InputAccess {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** The bytes [offset, offset + length) that are there, in a buffer of their own; fewer where the file ends before. */
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

/** Throws INPUT_MISSING when there is no such file or it may not be read; `read` throws INPUT_DAMAGED when the disk fails. */
export async function openAccess(file: string): Promise<InputAccess> {
  const handle = await openInput(file)
  const failed = (error: unknown): never => {
    throw readError(file, error)
  }
  // Reading a byte tells a folder from a file.
  const size = await readAt(handle, 0, 1)
    .then(async () => (await handle.stat()).size, failed)
    .catch(async (error: unknown) => {
      await handle.close()
      throw error
    })
  return {
    path: file,
    size,
    read: async (offset, length) =>
      readAt(handle, offset, Math.max(0, Math.min(length, size - offset))).catch(failed),
    close: async () => handle.close(),
  }
}

export async function withFile<T>(file: string, action: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openInput(file)
  try {
    return await action(handle)
  } catch (error) {
    throw readError(file, error)
  } finally {
    await handle.close()
  }
}

async function openInput(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (error) {
    throw readError(file, error)
  }
}

const WAYS_OUT: Readonly<Record<string, { what: string; fix: string }>> = {
  ENOENT: {
    what: 'there is no such file',
    fix: 'Check the path: it is relative to the recipe, or to the current folder.',
  },
  EISDIR: {
    what: 'it is a folder',
    fix: 'Name the files in it, for instance with a pattern like folder/**/*.jsonl.',
  },
  EACCES: { what: 'it may not be read', fix: 'Give this user permission to read it.' },
}

function readError(file: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined || error instanceof MillraceError) return error
  const known = WAYS_OUT[code === 'EPERM' ? 'EACCES' : code === 'ENOTDIR' ? 'ENOENT' : code]
  if (known !== undefined) {
    const facts = { file, got: code, fix: known.fix }
    return new MillraceError('INPUT_MISSING', `cannot read ${file}: ${known.what}`, facts, { cause: error })
  }
  const fix = 'Check the disk or the network share that holds the file, then run the same command again.'
  return new MillraceError(
    'INPUT_DAMAGED',
    `cannot read ${file}: ${systemReason(error)}`,
    { file, got: code, fix },
    { cause: error },
  )
}
