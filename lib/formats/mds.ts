import type { TokenIds } from '../../tokenizers/define-tokenizer.ts'
import { outside } from '../storage/positions.ts'
import { damaged, openRandomAccess, type RandomAccessFile } from '../storage/random-access.ts'
import { createSpooledFile } from '../storage/spooled-file.ts'
import { bytesOfToken, checkSequence, refusesOver4GiB, requireUnder4GiB } from './check-sequence.ts'
import type { Sequence, SequenceFormat, ShardReader, ShardTarget, ShardWriter } from './define-format.ts'
import { writeLearned } from './loss-mask.ts'
import { headOf, type MdsFacts, type MdsHead, readHead, writeIndex } from './mds-head.ts'
import { createLengths } from './megatron-index.ts'

const EXTENSION = '.mds'

/**
 * MosaicML Streaming's MDS, version 2 (streaming/base/format/mds): one sample a sequence, in columns as llm-foundry reads
 * them; `index.json` (mds-head.ts) lists the shards of a folder.
 *
 * - `tokens`: S ids, `ndarray:uint16:S` where the vocabulary has at most 65,536 entries, else `ndarray:int32:S`
 * - `document_lengths`: `ndarray:int32`, the lengths of the document pieces; after their sum there is padding
 * - `loss_mask`, where a source of the folder has one: `ndarray:uint8:S`, 1 where the loss counts the token
 *
 * A sample: u32 bytes of `document_lengths` | its array: u8 `4 + c`, its length n in 2^c bytes, i32[n] | loss mask | tokens.
 */
export const mds: SequenceFormat = {
  name: 'mds',
  kind: 'sequences',
  summary:
    'MosaicML Streaming shards (.mds, one index.json a folder) of packed sequences with document lengths.',
  revision: 1,
  extensions: [EXTENSION],
  lossMask: true,
  create,
  open,
  refuses: refusesOver4GiB,
  finish: (folder, shards) => writeIndex(folder, shards, EXTENSION),
}

async function create(target: ShardTarget): Promise<ShardWriter<Sequence>> {
  const { sequenceLength, masked } = target
  const file = target.base + EXTENSION
  const tokenBytes = bytesOfToken(target.vocabularySize)
  const body = await createSpooledFile(file)
  const sizes = createLengths()
  let tokens = 0
  return {
    write(sequence) {
      checkSequence(target, sequence)
      for (const length of sequence.pieceLengths) tokens += length
      const sample = encode(sequence, tokenBytes, masked)
      sizes.push(sample.length)
      return body.write(sample)
    },
    async close() {
      const head = headOf({ sequenceLength, tokenBytes, tokens, ...(masked && { masked }) }, sizes)
      requireUnder4GiB(file, body.bytes + head.reduce((sum, part) => sum + part.length, 0))
      body.setHead(head)
      return [await body.commit()]
    },
    abort: () => body.abort(),
  }
}

/** Bytes in which the length of `document_lengths` is stored: as few as will do. */
function shapeBytes(pieces: number): 1 | 2 | 4 {
  return pieces < 2 ** 8 ? 1 : pieces < 2 ** 16 ? 2 : 4
}

/** One dimension, and log2 of the bytes of its length. */
function shapeCode(bytes: 1 | 2 | 4): number {
  return (1 << 2) | (bytes >> 1)
}

function encode(sequence: Sequence, tokenBytes: 2 | 4, masked: boolean): Uint8Array {
  const { tokens, pieceLengths } = sequence
  const pieces = pieceLengths.length
  const shape = shapeBytes(pieces)
  const array = 1 + shape + 4 * pieces
  const sample = Buffer.alloc(4 + array + tokens.length * (tokenBytes + (masked ? 1 : 0)))
  sample.writeUInt32LE(array)
  sample.writeUInt8(shapeCode(shape), 4)
  sample.writeUIntLE(pieces, 5, shape)
  let at = 5 + shape
  for (const length of pieceLengths) at = sample.writeInt32LE(length, at)
  if (masked) {
    writeLearned(sample, at, sequence)
    at += tokens.length
  }
  const ids = tokenBytes === 2 ? Uint16Array.from(tokens) : Uint32Array.from(tokens)
  sample.set(new Uint8Array(ids.buffer), at)
  return sample
}

async function open(base: string): Promise<ShardReader> {
  const file = await openRandomAccess(base + EXTENSION)
  try {
    return toReader(file, await readHead(file))
  } catch (error) {
    await file.close()
    throw error
  }
}

function toReader(file: RandomAccessFile, { facts, offsets }: MdsHead): ShardReader {
  const { sequenceLength, tokenBytes, tokens } = facts
  const samples = offsets.length - 1
  const stored = samples * sequenceLength
  return {
    counts: { items: samples, tokens, padding: stored - tokens },
    header: { version: 2, sequenceLength, dtype: tokenBytes === 2 ? 'uint16' : 'int32' },
    async item(i) {
      if (!(i >= 0 && i < samples)) throw outside('sequence', i, samples)
      const start = offsets[i] ?? 0
      const sample = await file.read(start, (offsets[i + 1] ?? 0) - start)
      const sequence = decode(sample, facts)
      if (sequence === undefined) throw damaged(file.path, `has a sample ${i} that contradicts itself`)
      return sequence
    },
    locate(position) {
      if (!(position >= 0 && position < stored)) throw outside('token', position, stored)
      return { item: Math.floor(position / sequenceLength), offset: position % sequenceLength }
    },
    close: () => file.close(),
  }
}

/** Undefined where the sample's own sizes disagree. */
function decode(bytes: Uint8Array, facts: MdsFacts): Sequence | undefined {
  const { sequenceLength, tokenBytes, masked = false } = facts
  const sample = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mask = masked ? sequenceLength : 0
  const array = sample.length - 4 - mask - sequenceLength * tokenBytes
  if (array < 2 || sample.readUInt32LE(0) !== array) return undefined
  // The array's size says how wide its length is: 1 + 1, 1 + 2 or 1 + 4 bytes, and four a piece.
  const shape = array % 4 === 2 ? 1 : array % 4 === 3 ? 2 : array % 4 === 1 ? 4 : undefined
  if (shape === undefined || array < 1 + shape || sample.readUInt8(4) !== shapeCode(shape)) return undefined
  const pieces = sample.readUIntLE(5, shape)
  if (shapeBytes(pieces) !== shape || 1 + shape + 4 * pieces !== array) return undefined
  const pieceLengths = Array.from({ length: pieces }, (_, i) => sample.readInt32LE(5 + shape + 4 * i))
  const real = pieceLengths.reduce((sum, length) => sum + length, 0)
  if (real > sequenceLength || pieceLengths.some((length) => length <= 0)) return undefined
  const tokens = toTokens(bytes.slice(4 + array + mask), tokenBytes)
  if (!masked) return { tokens, pieceLengths }
  const learned = bytes.slice(4 + array, 4 + array + mask)
  return learned.some((byte) => byte > 1) ? undefined : { tokens, pieceLengths, learned }
}

function toTokens(bytes: Uint8Array<ArrayBuffer>, tokenBytes: 2 | 4): TokenIds {
  return tokenBytes === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer)
}
