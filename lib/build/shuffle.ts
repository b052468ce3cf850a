/**
 * shuffle: a pool, one range of its order: the slices of all tokenized parts → one pool part, in hash order. Slices are
 * contiguous in their files, so this reads and writes sequentially however large the pool is. Memory: the rows of the range,
 * and what is read ahead.
 */
import path from 'node:path'
import { UID_WORDS } from '../documents/uid.ts'
import { createMaskFile, type MaskFile } from '../formats/loss-mask.ts'
import { createTokenFile, tokensOf } from '../formats/token-file.ts'
import { sortedOrder } from '../kernels/sort-rows.ts'
import { writeWhole } from '../storage/output-file.ts'
import { readInto, withFile } from './open-file.ts'
import { POOL_WIDTH, type PoolPart, type TokenWidth } from './pools.ts'
import { bytesOf, type KeyRange, readNumberedRanges } from './runs.ts'
import type { Step } from './step.ts'
import { TOKENIZED_WIDTH } from './tokenize.ts'

export interface ShuffleInput {
  readonly pool: string
  readonly range: KeyRange
  /** Tokenized parts of the pool, relative to the build's folder, without extension. */
  readonly parts: readonly string[]
  readonly width: TokenWidth
  /** Whether the loss counts only some tokens: then `.loss` lies beside `.tokens`. */
  readonly masked: boolean
  readonly path: string
}

export const shuffle: Step<ShuffleInput, PoolPart> = {
  name: 'shuffle',
  revision: 1,
  async run({ range, parts, width, masked, path: output }, context) {
    const { scratch } = context
    const bases = parts.map((part) => path.join(context.folder, part))
    const runs = bases.map((base, number) => ({ file: `${base}.documents`, number }))
    const rows = readNumberedRanges(runs, TOKENIZED_WIDTH, range, scratch)
    const order = sortedOrder(
      rows.length / ROW_WIDTH,
      (row, half) => rows[row * ROW_WIDTH + half] ?? 0,
      scratch,
    )
    const room = Math.max(LEAST_AHEAD, Math.floor(MOST_AHEAD / bases.length))
    const ends = endsOf(rows, bases.length)
    const slices = bases.map((base, part) => {
      const forward = (ending: string, bytes: number): ((first: number, length: number) => Uint8Array) =>
        readForward(`${base}${ending}`, bytes, ends[part] ?? 0, scratch.bytes(room * bytes))
      return { tokens: forward('.tokens', width), learned: masked ? forward('.loss', 1) : undefined }
    })
    const documents = scratch.words(order.length * POOL_WIDTH)
    const file = path.join(context.folder, output)
    const stored = width === 2 ? 'uint16' : 'uint32'
    const tokens = await createTokenFile(`${file}.tokens`, stored)
    let loss: MaskFile | undefined
    try {
      if (masked) loss = await createMaskFile(`${file}.loss`)
      let first = 0
      let longest = 0
      for (const [to, row] of order.entries()) {
        const at = row * ROW_WIDTH + 2
        const length = rows[at + UID_WORDS] ?? 0
        const slice = slices[rows[at + UID_WORDS + 1] ?? 0]
        if (slice === undefined) throw new RangeError(`row ${row} has no slice`)
        const start = rows[at + UID_WORDS + 2] ?? 0
        const full = tokens.write(tokensOf(slice.tokens(start, length), stored))
        if (full !== undefined) await full
        await loss?.write(length, slice.learned?.(start, length))
        documents.set(rows.subarray(at, at + UID_WORDS), to * POOL_WIDTH)
        documents[to * POOL_WIDTH + UID_WORDS] = length
        documents[to * POOL_WIDTH + UID_WORDS + 1] = first
        first += length
        longest = Math.max(longest, length)
      }
      const table = await writeWhole(`${file}.documents`, bytesOf(documents))
      await tokens.finish()
      await loss?.finish()
      const files = [table, await tokens.commit(), ...(loss === undefined ? [] : [await loss.commit()])]
      context.progress({ tokens: first })
      return {
        files,
        result: { path: output, documents: order.length, tokens: first, longest },
      }
    } finally {
      await tokens.abort()
      await loss?.abort()
    }
  },
}

/** A row of `.documents` with the number of its part before the last word: key (2), uid (4), tokens, part, first token. */
const ROW_WIDTH = TOKENIZED_WIDTH + 1

/** Tokens read ahead, of all parts together and of each at least. */
const MOST_AHEAD = 1 << 21
const LEAST_AHEAD = 1 << 10

/** The token at which the range ends in each part's file. */
function endsOf(rows: Uint32Array, parts: number): Float64Array {
  const ends = new Float64Array(parts)
  for (let end = ROW_WIDTH; end <= rows.length; end += ROW_WIDTH) {
    ends[rows[end - 2] ?? 0] = (rows[end - 1] ?? 0) + (rows[end - 3] ?? 0)
  }
  return ends
}

/**
 * Reads pieces of a file of `size` bytes an item, of ascending places before `end`, with what follows them as far as `buffer`
 * has room. A piece is a view, valid until the next one.
 */
function readForward(
  file: string,
  size: number,
  end: number,
  buffer: Uint8Array,
): (first: number, length: number) => Uint8Array {
  let from = 0
  let to = 0
  let held = buffer
  return (first, length) => {
    if (first + length > to) {
      if (length * size > held.length) held = new Uint8Array(length * size)
      from = first
      to = Math.min(end, first + held.length / size)
      withFile(file, (open) => readInto(open, held, (to - from) * size, from * size))
    }
    return held.subarray((first - from) * size, (first - from + length) * size)
  }
}
