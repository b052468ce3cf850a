import path from 'node:path'
import { MillraceError } from '../errors.ts'
import { identify } from '../storage/input-file.ts'
import type { StepContext } from './step.ts'
import type { InputPiece } from './survey.ts'

/**
 * A file that something writes to would be half of one state and half of another, under the key of neither. Asked when the
 * piece was read, of which `read` stored bytes were seen. Throws INPUT_DAMAGED.
 */
export async function requireSame(
  { file, range, bytes, identity }: InputPiece,
  read: number,
  { directory }: Pick<StepContext, 'directory'>,
): Promise<void> {
  const fix = 'Run the same command again when nothing writes to the file any more.'
  if (read !== bytes) {
    const what = range === undefined ? '' : ` from byte ${range.start} on`
    const message = `${file} changed while it was read: it had ${bytes} bytes${what}, and now ${read}`
    throw new MillraceError('INPUT_DAMAGED', message, { file, got: read, limit: bytes, fix })
  }
  // An equal size says nothing of the content: the time of change does, and sampled blocks where that was set back.
  const now = await identify(path.resolve(directory, file))
  if (now.identity === identity) return
  const message = `${file} changed while it was read: it has as many bytes as before, and was written to`
  throw new MillraceError('INPUT_DAMAGED', message, { file, fix })
}
