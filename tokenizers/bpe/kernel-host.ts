import { isUtf8 } from 'node:buffer'
import { type WebAssemblyMemory, webAssembly } from '../../lib/kernels/web-assembly.ts'
import type { KernelImage } from './kernel-image.ts'

/** What the kernels' `assembly/index.ts` export. Addresses and lengths are bytes. */
interface KernelExports {
  readonly memory: WebAssemblyMemory
  configure(...sizes: number[]): number
  textAddress(): number
  idsAddress(): number
  encode(length: number, more: number, blockSymbols: number): number
  readonly rest: { readonly value: number }
  readonly failed: { readonly value: number }
  readonly misses: { readonly value: number }
}

/** As in the kernels' `layout.ts`. */
const IMAGE = 0x1000
const TEXT_BYTES = 1 << 18
const BLOCK_SYMBOLS = 2048
/** 2^19 slots of 32 bytes: 16 MB a thread, for 262,144 different units. */
const CACHE_SLOTS = 1 << 19
/** A character's most bytes: less room than that for the next text, and a unit is longer than what is taken in at once. */
const CHARACTER_BYTES = 4
const SPACE = 0x20
/** Ids of a buffer that is kept for the next long text. */
const RETAINED_IDS = 1 << 20
/**
 * Results share buffers of so many ids: memory of its own for each document is page faults under a lock that all threads
 * of the process wait for (two workers then gain 1.6, with these 1.9).
 */
const SLAB_IDS = 1 << 16
/** A longer result has a buffer of its own. */
const MAX_SLAB_RESULT = SLAB_IDS >> 3

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export interface Kernel<Ids extends Uint16Array | Uint32Array> {
  /** The ids, in memory that no later call writes to; undefined where the kernel cannot tell. */
  encode(text: string | Uint8Array): Ids | undefined
  /** How many units were merged, not found in the cache, since the start. */
  misses(): number
}

export interface KernelOptions {
  readonly addDummyPrefix?: boolean
  /** Slots at which the cache is cleared: a power of two, at least 64. */
  readonly cacheSlots?: number
  /** Symbols of a block of a long unit: at most 2048. */
  readonly blockSymbols?: number
}

interface IdArray<Ids> {
  new (length: number): Ids
  new (buffer: ArrayBufferLike, at: number, length: number): Ids
  readonly BYTES_PER_ELEMENT: number
}

/** The kernel over a vocabulary's image; undefined where the runtime lacks WebAssembly with SIMD. */
export function startKernel<Ids extends Uint16Array | Uint32Array>(
  binary: string,
  image: KernelImage,
  options: KernelOptions,
  Ids: IdArray<Ids>,
): Kernel<Ids> | undefined {
  const { addDummyPrefix = false, cacheSlots = CACHE_SLOTS, blockSymbols = BLOCK_SYMBOLS } = options
  const module = Buffer.from(binary, 'base64')
  if (!webAssembly.validate(module)) return undefined
  const instance = new webAssembly.Instance(new webAssembly.Module(module), {})
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module is the project's own
  const kernel = instance.exports as KernelExports
  if (kernel.configure(...image.sizes, cacheSlots) === 0) return undefined
  // All memory there will ever be: these views stay.
  const { buffer } = kernel.memory
  new Uint8Array(buffer).set(image.bytes, IMAGE)
  const text = new Uint8Array(buffer, kernel.textAddress(), TEXT_BYTES)
  const ids = new Ids(buffer, kernel.idsAddress(), TEXT_BYTES)
  const first = addDummyPrefix ? 1 : 0
  const afterPrefix = text.subarray(first)
  let gathered = new Ids(0)

  let slab = new Ids(0)
  let slabUsed = 0

  function copy(result: Uint16Array | Uint32Array): Ids {
    const { length } = result
    let own: Ids
    if (length > MAX_SLAB_RESULT) own = new Ids(length)
    else {
      if (length > slab.length - slabUsed) {
        slab = new Ids(SLAB_IDS)
        slabUsed = 0
      }
      own = new Ids(slab.buffer, slabUsed * Ids.BYTES_PER_ELEMENT, length)
      slabUsed += length
    }
    own.set(result)
    return own
  }

  /**
   * Encodes a text that is taken in piece by piece.
   *
   * @param next puts what follows at the place, returns how many bytes that were
   * @param hasMore whether `next` has not come to the end
   */
  function encodePieces(next: (place: Uint8Array) => number, hasMore: () => boolean): Ids | undefined {
    text[0] = SPACE
    let filled = first + next(afterPrefix)
    let count = 0
    while (hasMore()) {
      const added = kernel.encode(filled, 1, blockSymbols)
      filled = kernel.rest.value
      if (kernel.failed.value !== 0 || TEXT_BYTES - filled < CHARACTER_BYTES) return undefined
      if (count + added > gathered.length) {
        const grown = new Ids(Math.max(2 * gathered.length, count + added))
        grown.set(gathered.subarray(0, count))
        gathered = grown
      }
      gathered.set(ids.subarray(0, added), count)
      count += added
      filled += next(text.subarray(filled))
    }
    const added = kernel.encode(filled, 0, blockSymbols)
    if (kernel.failed.value !== 0) return undefined
    if (count === 0) return copy(ids.subarray(0, added))
    const all = new Ids(count + added)
    all.set(gathered.subarray(0, count))
    all.set(ids.subarray(0, added), count)
    if (gathered.length > RETAINED_IDS) gathered = new Ids(0)
    return all
  }

  function encodeString(string: string): Ids | undefined {
    let at = 0
    return encodePieces(
      (place) => {
        const { read, written } = encoder.encodeInto(at === 0 ? string : string.slice(at), place)
        at += read
        return written
      },
      () => at < string.length,
    )
  }

  function encodeBytes(bytes: Uint8Array): Ids | undefined {
    let at = 0
    return encodePieces(
      (place) => {
        const to = characterStart(bytes, Math.min(bytes.length, at + place.length))
        const written = to - at
        place.set(at === 0 && to === bytes.length ? bytes : bytes.subarray(at, to))
        at = to
        return written
      },
      () => at < bytes.length,
    )
  }

  return {
    encode(input) {
      if (input.length === 0) return new Ids(0)
      if (typeof input === 'string') return encodeString(input)
      return isUtf8(input) ? encodeBytes(input) : encodeString(decoder.decode(input))
    },
    misses: () => kernel.misses.value,
  }
}

/** `at`, or the start of the character that it is inside of. */
function characterStart(bytes: Uint8Array, at: number): number {
  let start = at
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--
  return start
}
