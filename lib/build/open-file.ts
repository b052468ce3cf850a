import { closeSync, openSync, readSync } from 'node:fs'
import { MillraceError } from '../errors.ts'

/** An open file, and its name for errors. */
export interface OpenFile {
  readonly descriptor: number
  readonly file: string
}

export function openFile(file: string): OpenFile {
  return { descriptor: openSync(file, 'r'), file }
}

/** Opens `file`, and closes it when `use` has returned. */
export function withFile<Result>(file: string, use: (open: OpenFile) => Result): Result {
  const open = openFile(file)
  try {
    return use(open)
  } finally {
    closeSync(open.descriptor)
  }
}

/** Reads the `length` bytes from byte `position` on to the front of `into`. Throws OUTPUT_DAMAGED where the file has fewer. */
export function readInto(
  { descriptor, file }: OpenFile,
  into: NodeJS.ArrayBufferView,
  length: number,
  position: number,
): void {
  for (let done = 0; done < length; ) {
    const got = readSync(descriptor, into, done, length - done, position + done)
    if (got === 0) {
      throw new MillraceError('OUTPUT_DAMAGED', `${file} ended early`, {
        file,
        fix: 'Delete it and run the build again: only what is missing is made anew.',
      })
    }
    done += got
  }
}
