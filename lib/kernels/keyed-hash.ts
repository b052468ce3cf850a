import { createHash } from 'node:crypto'

/**
 * Keyed randomness: hash(seed, purpose, uid). Every draw, shuffle and tie of a build comes from here, so that no
 * result depends on who computed it or when.
 *
 * The hash is Chaskey-12, a MAC made for 32-bit words, of one 16-byte block (Mouha et al., SAC 2014;
 * ISO/IEC 29192-6), with the key SHA-256(seed, purpose): about 0.1 µs, where a SHA-256 of each uid takes 0.6 µs.
 */

/** 64 bits as two unsigned halves, so that no BigInt is needed. `high` decides first. */
export interface Key64 {
  high: number
  low: number
}

/** Four unsigned 32-bit words at `words[at]…words[at + 3]` → their 64-bit key, written into `into`. */
export type KeyedHash = (words: Uint32Array, at: number, into: Key64) => void

/** A keyed hash of 16-byte uids. `purpose` keeps draws apart: `order`, `epoch-3`, `holdout`. */
export function keyedHash(seed: number | string, purpose: string): KeyedHash {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, purpose]))
    .digest()
  const k0 = digest.readUInt32LE(0)
  const k1 = digest.readUInt32LE(4)
  const k2 = digest.readUInt32LE(8)
  const k3 = digest.readUInt32LE(12)
  // The subkey of a full last block is the key doubled in GF(2^128), as CMAC does.
  const carry = k3 >>> 31 ? 0x87 : 0
  const s0 = (k0 << 1) ^ carry
  const s1 = (k1 << 1) | (k0 >>> 31)
  const s2 = (k2 << 1) | (k1 >>> 31)
  const s3 = (k3 << 1) | (k2 >>> 31)

  return (words, at, into) => {
    let v0 = (words[at] ?? 0) ^ k0 ^ s0
    let v1 = (words[at + 1] ?? 0) ^ k1 ^ s1
    let v2 = (words[at + 2] ?? 0) ^ k2 ^ s2
    let v3 = (words[at + 3] ?? 0) ^ k3 ^ s3
    for (let round = 0; round < 12; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 13) | (v3 >>> 19)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 7) | (v1 >>> 25)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    into.high = (v0 ^ s0) >>> 0
    into.low = (v1 ^ s1) >>> 0
  }
}

/** The first 53 bits of a key as a number in [0, 1): a draw. */
export function unitInterval(key: Key64): number {
  return (key.high * 0x200000 + (key.low >>> 11)) / 2 ** 53
}
