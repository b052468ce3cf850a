/**
 * shuffle: a pool, one range of its order: the slices of all tokenized parts → one pool part, in hash order. Slices are
 * contiguous in their files, so this reads and writes sequentially however large the pool is.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import type { TokenIds } from '../../tokenizers/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { MillraceError } from '../errors.ts'
import { createMaskFile, type MaskFile } from '../formats/loss-mask.ts'
import { createTokenFile } from '../formats/token-file.ts'
import type { Scratch } from '../kernels/scratch.ts'
import { sortedOrder } from '../kernels/sort-rows.ts'
import { writeWhole } from '../storage/output-file.ts'
import { POOL_WIDTH, type PoolPart, type TokenWidth, tokenArray } from './pools.ts'
import { bytesOf, concatenate, type KeyRange, readRange } from './runs.ts'
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
    const slices = parts.map((part) =>
      readSliceWithTokens(path.join(context.folder, part), range, width, masked, scratch),
    )
    const rows = concatenate(
      slices.map(({ rows }) => rows),
      scratch,
    )
    // A row's slice, to find its tokens again after sorting.
    const sliceOf = scratch.words(rows.length / TOKENIZED_WIDTH)
    let row = 0
    for (const [slice, { rows }] of slices.entries()) {
      sliceOf.fill(slice, row, (row += rows.length / TOKENIZED_WIDTH))
    }
    const order = sortedOrder(sliceOf.length, (row, half) => rows[row * TOKENIZED_WIDTH + half] ?? 0, scratch)
    const documents = scratch.words(order.length * POOL_WIDTH)
    const file = path.join(context.folder, output)
    const tokens = await createTokenFile(`${file}.tokens`, width === 2 ? 'uint16' : 'uint32')
    let loss: MaskFile | undefined
    try {
      if (masked) loss = await createMaskFile(`${file}.loss`)
      let first = 0
      let longest = 0
      for (const [to, from] of order.entries()) {
        const at = from * TOKENIZED_WIDTH + 2
        const length = rows[at + UID_WORDS] ?? 0
        const slice = slices[sliceOf[from] ?? 0]
        if (slice === undefined) throw new RangeError(`row ${from} has no slice`)
        const start = (rows[at + UID_WORDS + 1] ?? 0) - slice.firstToken
        const full = tokens.write(slice.tokens.subarray(start, start + length))
        if (full !== undefined) await full
        await loss?.write(length, slice.learned.subarray(start, start + length))
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

interface Slice {
  readonly rows: Uint32Array
  readonly tokens: TokenIds
  /** A byte a token, where the pool is masked; else empty. */
  readonly learned: Uint8Array
  /** Place of tokens[0] in the part's file. */
  readonly firstToken: number
}

function readSliceWithTokens(
  base: string,
  range: KeyRange,
  width: TokenWidth,
  masked: boolean,
  scratch: Scratch,
): Slice {
  const rows = readRange(`${base}.documents`, TOKENIZED_WIDTH, range, scratch)
  const last = rows.length - TOKENIZED_WIDTH
  const firstToken = rows[TOKENIZED_WIDTH - 1] ?? 0
  const end =
    last < 0 ? firstToken : (rows[last + TOKENIZED_WIDTH - 2] ?? 0) + (rows[last + TOKENIZED_WIDTH - 1] ?? 0)
  const count = end - firstToken
  return {
    rows,
    tokens: withFile(`${base}.tokens`, (file) =>
      readTokens(file, firstToken, tokenArray(width, count, scratch)),
    ),
    learned: masked
      ? withFile(`${base}.loss`, (file) => readLearned(file, firstToken, scratch.bytes(count)))
      : new Uint8Array(),
    firstToken,
  }
}

/** An open file, and its name for errors. */
export interface OpenFile {
  readonly descriptor: number
  readonly file: string
}

function withFile<Result>(file: string, read: (open: OpenFile) => Result): Result {
  const descriptor = openSync(file, 'r')
  try {
    return read({ descriptor, file })
  } finally {
    closeSync(descriptor)
  }
}

/** Fills `tokens`, and returns it, with the tokens from `first` on of a `.tokens` file. */
export function readTokens(open: OpenFile, first: number, tokens: TokenIds): TokenIds {
  readInto(open, bytesOf(tokens), first * tokens.BYTES_PER_ELEMENT)
  return tokens
}

/** The same of a `.loss` file: for each token, whether the loss counts it, a byte each. */
export function readLearned(open: OpenFile, first: number, learned: Uint8Array): Uint8Array {
  readInto(open, learned, first)
  return learned
}

function readInto({ descriptor, file }: OpenFile, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(descriptor, bytes, done, bytes.length - done, position + done)
    if (got === 0) {
      throw new MillraceError('OUTPUT_DAMAGED', `${file} ended early`, {
        file,
        fix: 'Delete it and run the build again: only what is missing is made anew.',
      })
    }
    done += got
  }
}
