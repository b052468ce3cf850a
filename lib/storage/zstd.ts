import { compress, init } from '@bokuweb/zstd-wasm'

/** Bytes; larger inputs become several frames, so that the encoder's memory stays bounded. */
const MAX_FRAME = 32 << 20
/** The level of the zstd command line by default. */
const LEVEL = 3

let ready: Promise<void> | undefined

/**
 * Compresses to one zstd frame for every 32 MiB of `bytes`. The encoder is the same WebAssembly build on every Node
 * version, because other versions of zstd give other bytes for the same input.
 */
export async function compressZstd(bytes: Uint8Array): Promise<Uint8Array> {
  ready ??= init()
  await ready
  if (bytes.length <= MAX_FRAME) return compress(asBuffer(bytes), LEVEL)
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += MAX_FRAME) {
    frames.push(compress(asBuffer(bytes.subarray(at, at + MAX_FRAME)), LEVEL))
  }
  return Buffer.concat(frames)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
