import { createHash } from 'node:crypto'
import type { Document } from './document.ts'

/** Bytes of a uid, and 32-bit words. */
export const UID_BYTES = 16
export const UID_WORDS = 4

/**
 * Writes a document's uid into `into` at byte `at`: the first 128 bits of SHA-256 over its source's name, id, url and raw
 * text. It depends on nothing else, so that shuffles, draws and ties do not depend on file names, splits or order.
 */
export function writeUid(source: string, raw: Document, into: Uint8Array, at: number): void {
  const head = JSON.stringify([source, raw.id ?? null, raw.url ?? null])
  const digest = createHash('sha256').update(head).update('\0').update(raw.text).digest()
  into.set(digest.subarray(0, UID_BYTES), at)
}

/** A document that came as token ids. */
export interface GivenTokens {
  readonly ids: Uint32Array
  /** A byte for each id, 1 where the loss counts it; undefined: it counts all. */
  readonly learned: Uint8Array | undefined
}

/**
 * The uid of a document that came as token ids: over its source's name, the ids as 32-bit words, whatever width they were
 * stored in, and its loss mask where it has one. No text has the same one.
 */
export function writeTokensUid(
  source: string,
  { ids, learned }: GivenTokens,
  into: Uint8Array,
  at: number,
): void {
  const head = JSON.stringify([source, learned === undefined ? 'tokens' : 'masked tokens'])
  const bytes = new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)
  const hash = createHash('sha256').update(head).update('\0').update(bytes)
  if (learned !== undefined) hash.update(learned)
  into.set(hash.digest().subarray(0, UID_BYTES), at)
}

/** 32 hexadecimal digits. */
export function uidToHex(bytes: Uint8Array, at = 0): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, UID_BYTES).toString('hex')
}

/** The 16 bytes of 32 hexadecimal digits, or undefined where `hex` is something else. */
export function uidFromHex(hex: string): Uint8Array | undefined {
  return /^[0-9a-f]{32}$/i.test(hex) ? Uint8Array.from(Buffer.from(hex, 'hex')) : undefined
}
