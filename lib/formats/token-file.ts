import type { TokenIds } from '../../tokenizers/define-tokenizer.ts'
import { MillraceError } from '../errors.ts'
import { createOutputFile, type WrittenFile } from '../storage/output-file.ts'
import type { SpooledFile } from '../storage/spooled-file.ts'

/** Tokens held before a write: 2^17, that is 256 or 512 KiB. */
const BUFFER_TOKENS = 2 ** 17

/** How a token is stored, little-endian. */
export type TokenWidth = 'uint16' | 'int32' | 'uint32'

export const tokenBytes = { uint16: 2, int32: 4, uint32: 4 } as const satisfies Record<TokenWidth, number>

const largestId = { uint16: 0xffff, int32: 0x7fffffff, uint32: 0xffffffff } as const satisfies Record<
  TokenWidth,
  number
>

/** A file of raw tokens, end to end. */
export interface TokenFile {
  /** Tokens so far. */
  readonly tokens: number
  /** A promise only where a buffer had to be written; await it. Throws INTERNAL for an id that the width cannot hold. */
  write(ids: TokenIds): Promise<void> | void
  /** Writes what is buffered. Call it once, before `commit`. */
  finish(): Promise<void>
  commit(): Promise<WrittenFile>
  abort(): Promise<void>
}

/** What the tokens go to. */
type Sink = Pick<SpooledFile, 'write' | 'commit' | 'abort'>

/** Creates `file`, or writes to `body` where a format puts something before the tokens. Throws OUTPUT_UNWRITABLE. */
export async function createTokenFile(file: string, width: TokenWidth, body?: Sink): Promise<TokenFile> {
  const output: Sink = body ?? (await createOutputFile(file))
  const buffer = width === 'uint16' ? new Uint16Array(BUFFER_TOKENS) : new Uint32Array(BUFFER_TOKENS)
  let filled = 0
  let tokens = 0

  const flush = async (): Promise<void> => {
    const bytes = new Uint8Array(buffer.buffer, 0, filled * buffer.BYTES_PER_ELEMENT)
    filled = 0
    await output.write(bytes)
  }

  const writeInParts = async (ids: TokenIds): Promise<void> => {
    for (let done = 0; done < ids.length; ) {
      const part = ids.subarray(done, done + BUFFER_TOKENS - filled)
      buffer.set(part, filled)
      filled += part.length
      done += part.length
      if (filled === BUFFER_TOKENS) await flush()
    }
  }

  return {
    get tokens() {
      return tokens
    },
    write(ids) {
      checkIds(file, ids, width)
      tokens += ids.length
      if (filled + ids.length > BUFFER_TOKENS) return writeInParts(ids)
      buffer.set(ids, filled)
      filled += ids.length
      return undefined
    },
    finish: flush,
    commit: () => output.commit(),
    abort: () => output.abort(),
  }
}

/** The tokens in `bytes`, a buffer of its own, stored with `width`. */
export function tokensOf(bytes: Uint8Array, width: TokenWidth): TokenIds {
  return width === 'uint16'
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/** An id that does not fit would be stored as another token: that must never pass. */
function checkIds(file: string, ids: TokenIds, width: TokenWidth): void {
  if (ids instanceof Uint16Array) return
  const limit = largestId[width]
  for (const id of ids) {
    if (id <= limit) continue
    throw new MillraceError('INTERNAL', `token id ${id} does not fit ${width}`, {
      file,
      got: id,
      limit,
      fix: 'Report this with the recipe: the tokenizer gives ids beyond its vocabulary.',
    })
  }
}
