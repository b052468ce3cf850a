/**
 * Memory for the large arrays of a unit, which its thread keeps for the next one. Arrays of 0.1 to 16 MB that are made
 * anew for each unit get scattered over the C library's heap, and that then grows with the number of units.
 */
export interface Scratch {
  /** An array of `length` words with whatever was in it before; valid until `withScratch` ends. */
  words(length: number): Uint32Array<ArrayBuffer>
  /** The same, of 16 bits a value. */
  halves(length: number): Uint16Array<ArrayBuffer>
  /** The same, of bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>
}

/** No scratch: arrays of their own, zeroed, which the caller may keep. */
export const fresh: Scratch = {
  words: (length) => new Uint32Array(length),
  halves: (length) => new Uint16Array(length),
  bytes: (length) => new Uint8Array(length),
}

/** Bytes; systems give memory page by page as it is first written, so a block costs what was used of it. */
const BLOCK_BYTES = 64 << 20

/** Blocks that no unit of this thread uses, a list for each unit that ever ran at the same time. */
const idle: ArrayBuffer[][] = []

/** Runs `use` with scratch memory of its own, also where several run at the same time in one thread. */
export async function withScratch<Result>(use: (scratch: Scratch) => Promise<Result>): Promise<Result> {
  const blocks = idle.pop() ?? []
  try {
    return await use(allocateFrom(blocks))
  } finally {
    // What one giant array needed is given back.
    idle.push(blocks.filter((block) => block.byteLength <= BLOCK_BYTES))
  }
}

/** Hands out `blocks` from start to end, and appends to them when they are used up. */
function allocateFrom(blocks: ArrayBuffer[]): Scratch {
  let block = 0
  let used = 0
  /** Takes `bytes`; the place is a multiple of 8. */
  const take = (bytes: number): { buffer: ArrayBuffer; at: number } => {
    for (;;) {
      const buffer = (blocks[block] ??= new ArrayBuffer(Math.max(BLOCK_BYTES, bytes)))
      if (used + bytes <= buffer.byteLength) {
        const at = used
        used += Math.ceil(bytes / 8) * 8
        return { buffer, at }
      }
      block++
      used = 0
    }
  }
  return {
    words(length) {
      const { buffer, at } = take(4 * length)
      return new Uint32Array(buffer, at, length)
    },
    halves(length) {
      const { buffer, at } = take(2 * length)
      return new Uint16Array(buffer, at, length)
    },
    bytes(length) {
      const { buffer, at } = take(length)
      return new Uint8Array(buffer, at, length)
    },
  }
}
