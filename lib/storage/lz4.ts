/** LZ4 (https://github.com/lz4/lz4/tree/dev/doc): blocks, and frames of them. What does not fit its output throws RangeError. */

/**
 * Decodes one block into `output` from `at` on, and gives the place behind what it wrote. A match may reach back to the
 * start of `output`: blocks of a frame refer to those before them.
 */
export function decodeLz4Block(input: Uint8Array, output: Uint8Array, at: number): number {
  let from = 0
  let to = at
  /** A length of 15 goes on in the next bytes, up to the first that is not 255. */
  const lengthOf = (nibble: number): number => {
    let length = nibble
    if (nibble < 15) return length
    for (let byte = 255; byte === 255; length += byte) {
      if (from >= input.length) throw new RangeError('lz4: the block ends within a length')
      byte = input[from++] ?? 0
    }
    return length
  }
  while (from < input.length) {
    const token = input[from++] ?? 0
    const literals = lengthOf(token >> 4)
    if (literals > input.length - from || literals > output.length - to)
      throw new RangeError('lz4: literals longer than the block')
    // Copying byte by byte is faster than a call for the few that most sequences have.
    if (literals > 32) output.set(input.subarray(from, from + literals), to)
    else for (let index = 0; index < literals; index++) output[to + index] = input[from + index] ?? 0
    from += literals
    to += literals
    if (from === input.length) return to
    const distance = (input[from] ?? 0) | ((input[from + 1] ?? 0) << 8)
    from += 2
    const length = lengthOf(token & 15) + 4
    if (distance === 0 || distance > to || length > output.length - to)
      throw new RangeError('lz4: a match outside the output')
    if (length > 32 && distance >= length) output.copyWithin(to, to - distance, to - distance + length)
    else for (let index = to; index < to + length; index++) output[index] = output[index - distance] ?? 0
    to += length
  }
  return to
}

const FRAME_MAGIC = 0x184d2204
/** Of a block's size: the block is stored as it is. */
const STORED = 0x80000000

/** Decodes one frame that holds exactly `length` bytes. Checksums are skipped. */
export function decodeLz4Frame(input: Uint8Array, length: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const flags = input[4] ?? 0
  if (input.length < 11 || view.getUint32(0, true) !== FRAME_MAGIC || flags >> 6 !== 1)
    throw new RangeError('lz4: not a frame')
  const [blockChecksum, contentSize, dictionary] = [flags & 0x10, flags & 0x08, flags & 0x01]
  if (dictionary !== 0) throw new RangeError('lz4: the frame needs a dictionary')
  const output = new Uint8Array(length)
  let from = 7 + (contentSize === 0 ? 0 : 8)
  let to = 0
  for (;;) {
    const size = view.getUint32(from, true)
    from += 4
    if (size === 0) break
    const bytes = (size & ~STORED) >>> 0
    if (bytes > input.length - from) throw new RangeError('lz4: the frame ends within a block')
    const block = input.subarray(from, from + bytes)
    from += bytes + (blockChecksum === 0 ? 0 : 4)
    if (size < STORED) to = decodeLz4Block(block, output, to)
    else {
      output.set(block, to)
      to += bytes
    }
  }
  if (to !== length) throw new RangeError(`lz4: ${to} bytes where ${length} are stated`)
  return output
}

/** Blocks as Hadoop frames them: decoded and stored length, big-endian, before each. Undefined where they are not. */
export function decodeHadoopLz4(input: Uint8Array, length: number): Uint8Array | undefined {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const output = new Uint8Array(length)
  let from = 0
  let to = 0
  while (from < input.length) {
    if (input.length - from < 8) return undefined
    const [decoded, stored] = [view.getUint32(from), view.getUint32(from + 4)]
    from += 8
    if (stored > input.length - from || decoded > length - to) return undefined
    try {
      if (decodeLz4Block(input.subarray(from, from + stored), output, to) !== to + decoded) return undefined
    } catch {
      return undefined
    }
    from += stored
    to += decoded
  }
  return to === length ? output : undefined
}
