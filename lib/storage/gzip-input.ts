import type { Chunk } from '../readers/define-reader.ts'
import { type BombGuard, createBombGuard } from './bomb-guard.ts'
import { type GunzipOutcome, gunzip } from './gunzip.ts'
import { type ByteSink, readStored } from './stored-bytes.ts'

/** Stored bytes handed to zlib at a time; around damage, ever fewer, so that all that comes before it is found. */
const PIECE_BYTES = [64 << 10, 256, 1] as const

/**
 * zlib's stream throws away what it decoded of a damaged piece before the damage. So the file is decoded again with small
 * pieces from there on, and with single bytes in the third pass: what is given then ends where the damage is.
 */
export async function* readGzip(file: string, hash: ByteSink | undefined): AsyncGenerator<Chunk, void> {
  const progress: Progress = { given: 0, borders: [], piece: 0 }
  for (let pass = 0; pass < PIECE_BYTES.length; pass++) {
    const guard = createBombGuard()
    progress.borders.push(progress.piece)
    const outcome = yield* decodePass(file, progress, guard, pass === 0 ? hash : undefined)
    if (pass === 0 && hash !== undefined) {
      for await (const block of readStored(file, guard.stored)) hash.update(block)
    }
    if ('damage' in outcome) {
      yield outcome
      return
    }
    const { failure, consumed } = outcome
    if (failure === undefined) {
      if (!(await endsInZeros(file, consumed)))
        yield { damage: 'corrupt', detail: 'gzip: other bytes follow its end' }
      return
    }
    if (failure.truncated) {
      yield { damage: 'truncated', detail: 'gzip: the file ends within a member' }
      return
    }
    if (pass === PIECE_BYTES.length - 1) yield { damage: 'corrupt', detail: `gzip: ${failure.detail}` }
  }
}

interface Progress {
  /** Decoded bytes that the consumer has. */
  given: number
  /** Stored offsets: from `borders[i]` on, pieces have `PIECE_BYTES[i]`. */
  readonly borders: number[]
  /** Stored offset of the piece that was decoded last. */
  piece: number
}

/** Decodes the file from its start, and gives what was not given before. Returns how it ended, or a bomb's damage. */
async function* decodePass(
  file: string,
  progress: Progress,
  guard: BombGuard,
  hash: ByteSink | undefined,
): AsyncGenerator<Uint8Array, GunzipOutcome | Exclude<Chunk, Uint8Array>> {
  const decoded = gunzip(pieces(file, progress, guard, hash))
  let skip = progress.given
  try {
    for (;;) {
      const next = await decoded.next()
      if (next.done === true) return next.value
      const chunk = next.value
      if (skip < chunk.length) {
        progress.given += chunk.length - skip
        yield chunk.subarray(skip)
      }
      skip = Math.max(0, skip - chunk.length)
      const bomb = guard.check(chunk)
      if (bomb !== undefined) return bomb
    }
  } finally {
    await decoded.return({ failure: undefined, consumed: 0 })
  }
}

async function* pieces(
  file: string,
  progress: Progress,
  guard: BombGuard,
  hash: ByteSink | undefined,
): AsyncGenerator<Uint8Array, void> {
  const { borders } = progress
  let at = 0
  for await (const block of readStored(file)) {
    const blockStart = at
    while (at < blockStart + block.length) {
      const index = borders.findLastIndex((border) => border <= at)
      const size = PIECE_BYTES[index] ?? 1
      const until = Math.min(
        at + size - ((at - (borders[index] ?? 0)) % size),
        borders[index + 1] ?? Infinity,
      )
      const piece = block.subarray(at - blockStart, until - blockStart)
      hash?.update(piece)
      guard.stored += piece.length
      progress.piece = at
      at += piece.length
      yield piece
    }
  }
}

/** Zeros behind the last member are padding, as tapes have it; anything else is data that would be lost. */
async function endsInZeros(file: string, from: number): Promise<boolean> {
  for await (const block of readStored(file, from)) {
    if (block.some((byte) => byte !== 0)) return false
  }
  return true
}
