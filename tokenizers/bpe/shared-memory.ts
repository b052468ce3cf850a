/**
 * Zeroed arrays on SharedArrayBuffers: read-only tables are built once a process and cross to workers without a copy.
 */

export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length))
}

export function sharedUint16(length: number): Uint16Array {
  return new Uint16Array(new SharedArrayBuffer(2 * length))
}

export function sharedInt32(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length))
}

export function toSharedInt32(values: ArrayLike<number>): Int32Array {
  const shared = sharedInt32(values.length)
  shared.set(values)
  return shared
}

/** Byte strings one after another: string `i` is `bytes` at [ends[i - 1] ?? 0, ends[i]). */
export interface ByteStrings {
  readonly bytes: Uint8Array
  readonly ends: Int32Array
}

export function toSharedByteStrings(strings: readonly Uint8Array[]): ByteStrings {
  const ends = sharedInt32(strings.length)
  let total = 0
  strings.forEach((string, i) => {
    total += string.length
    ends[i] = total
  })
  const bytes = sharedBytes(total)
  strings.forEach((string, i) => {
    bytes.set(string, (ends[i] ?? 0) - string.length)
  })
  return { bytes, ends }
}

/** String `i`, as a view. */
export function byteString(strings: ByteStrings, i: number): Uint8Array {
  return strings.bytes.subarray(i === 0 ? 0 : strings.ends[i - 1], strings.ends[i])
}
