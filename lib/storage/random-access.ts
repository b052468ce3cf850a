import { open } from 'node:fs/promises'
import { MillraceError, systemCode, systemReason } from '../errors.ts'

/** A file read at positions. Whoever opens it closes it. */
export interface RandomAccessFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /**
   * The bytes [offset, offset + length), in a fresh buffer of their own, or in that which `bufferOf(length)` gives.
   * Throws OUTPUT_DAMAGED where the file has fewer.
   */
  read(offset: number, length: number, bufferOf?: (length: number) => Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/** Opens a file that an earlier step wrote. Throws INPUT_MISSING when it cannot be opened. */
export async function openRandomAccess(file: string): Promise<RandomAccessFile> {
  const handle = await open(file).catch((error: unknown) => {
    throw missing(file, error)
  })
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    throw missing(file, undefined)
  }
  return {
    path: file,
    size: stat.size,
    async read(offset, length, bufferOf = (size) => new Uint8Array(size)) {
      if (!(offset >= 0 && length >= 0 && offset + length <= stat.size)) {
        throw damaged(file, `ends at byte ${stat.size}, and ${length} bytes at ${offset} are needed`)
      }
      const bytes = bufferOf(length)
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0)
          throw damaged(file, `ends at byte ${offset + done}; it was ${stat.size} bytes long`)
        done += bytesRead
      }
      return bytes
    },
    close: () => handle.close(),
  }
}

/** The error for a written file whose content contradicts itself: `file` + ` ` + `problem`. */
export function damaged(file: string, problem: string, cause?: unknown): MillraceError {
  return new MillraceError(
    'OUTPUT_DAMAGED',
    `${file} ${problem}`,
    { file, fix: 'Delete the file and run the same command again: what is missing is written anew.' },
    { cause },
  )
}

function missing(file: string, error: unknown): MillraceError {
  const code = systemCode(error)
  return new MillraceError(
    'INPUT_MISSING',
    `cannot open ${file}: ${error === undefined ? 'it is not a file' : systemReason(error)}`,
    { file, got: code, fix: 'Check the path, and that you may read it.' },
    { cause: error },
  )
}
