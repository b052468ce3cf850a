import { createGunzip, type Gunzip } from 'node:zlib'
import { systemCode } from '../errors.ts'

/** Why a gzip stream ended early: in the piece of input that was taken last. */
export interface GunzipFailure {
  readonly truncated: boolean
  readonly detail: string
}

/** What decoding came to. `consumed` counts bytes of input, which may end before the input does: zeros after a member. */
export interface GunzipOutcome {
  readonly failure: GunzipFailure | undefined
  readonly consumed: number
}

/** Bytes that zlib gives at a time. */
const OUTPUT_BYTES = 128 << 10

/**
 * Decodes gzip, any number of members one after another. All that is decoded from one piece of input is given before
 * the next is taken; where a piece is damaged, at most `OUTPUT_BYTES` of what it decodes to before the damage are lost, so
 * that small pieces lose little.
 */
export async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, GunzipOutcome> {
  const stream = createGunzip({ chunkSize: OUTPUT_BYTES })
  const valve = openValve(stream)
  const failed = (error: Error): GunzipOutcome => ({
    failure: {
      truncated: systemCode(error) === 'Z_BUF_ERROR',
      detail: error.message,
    },
    consumed: stream.bytesWritten,
  })
  try {
    for await (const bytes of pieces) {
      stream.write(bytes, () => valve.written())
      yield* valve.drain()
      if (valve.error !== undefined) return failed(valve.error)
      if (valve.ended) return { failure: undefined, consumed: stream.bytesWritten }
    }
    stream.end()
    yield* valve.drain()
    return valve.error === undefined
      ? { failure: undefined, consumed: stream.bytesWritten }
      : failed(valve.error)
  } finally {
    stream.destroy()
  }
}

interface Valve {
  /** Callback of a write: the piece is decoded. */
  written(): void
  /** Gives what the stream decodes until a write is done, the stream ends, or it fails. */
  drain(): AsyncGenerator<Uint8Array, void>
  readonly error: Error | undefined
  readonly ended: boolean
}

/**
 * Takes chunks in 'data' events, which come as soon as zlib has them, because a stream that fails throws away those that
 * it still holds. It pauses zlib while a chunk waits for the consumer, so that at most two are held.
 */
function openValve(stream: Gunzip): Valve {
  const held: Uint8Array[] = []
  let state: 'working' | 'written' | 'ended' | 'failed' = 'working'
  let error: Error | undefined
  let wake: (() => void) | undefined
  const settle = (next: typeof state): void => {
    if (state !== 'failed') state = next
    wake?.()
  }
  stream.on('data', (chunk: Uint8Array) => {
    held.push(chunk)
    stream.pause()
    wake?.()
  })
  stream.on('end', () => settle('ended'))
  stream.on('error', (reason: Error) => {
    error = reason
    settle('failed')
  })
  return {
    written: () => settle('written'),
    async *drain() {
      for (;;) {
        const chunk = held.shift()
        if (chunk !== undefined) {
          yield chunk
          continue
        }
        if (stream.isPaused()) stream.resume()
        if (state !== 'working' && !(state === 'written' && stream.readableLength > 0)) break
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        wake = undefined
      }
      if (state === 'written') state = 'working'
    },
    get error() {
      return error
    },
    get ended() {
      return state === 'ended'
    },
  }
}
