import type { Chunk } from '../readers/define-reader.ts'

/** A file that decompresses to more than `BOMB_BYTES` and more than `BOMB_RATIO` times its stored bytes is not text. */
const BOMB_BYTES = 64 << 20
const BOMB_RATIO = 1000

/** Watches one file's decompression: count the stored bytes that were handed to the decoder, check every chunk. */
export interface BombGuard {
  stored: number
  /** The damage to report when the file expands beyond reason. */
  check(chunk: Uint8Array): Exclude<Chunk, Uint8Array> | undefined
}

export function createBombGuard(): BombGuard {
  let decoded = 0
  return {
    stored: 0,
    check(chunk) {
      decoded += chunk.length
      if (decoded <= BOMB_BYTES || decoded <= BOMB_RATIO * this.stored) return undefined
      const detail = `${this.stored} bytes decompress to more than ${decoded}: a ratio of over ${BOMB_RATIO}`
      return { damage: 'decompression-bomb', detail }
    },
  }
}
