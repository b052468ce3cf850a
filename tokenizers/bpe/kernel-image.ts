import { sharedBytes } from './shared-memory.ts'

/** A vocabulary in the form in which a kernel reads it (its `layout.ts`): built once a process, copied into each thread's memory. */
export interface KernelImage {
  readonly bytes: Uint8Array
  /** What `configure` takes before the number of cache slots. */
  readonly sizes: readonly number[]
}

/** The parts one after another. */
export function joinParts(parts: readonly ArrayBufferView[]): Uint8Array {
  const bytes = sharedBytes(parts.reduce((sum, part) => sum + partBytes(part), 0))
  let at = 0
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += partBytes(part)
  }
  return bytes
}

/** Parts begin at multiples of 64. */
export function partBytes(part: ArrayBufferView): number {
  return (part.byteLength + 63) & ~63
}
