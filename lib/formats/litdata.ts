import { createHash } from 'node:crypto'
import path from 'node:path'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import { outside } from '../storage/positions.ts'
import { damaged, openRandomAccess, type RandomAccessFile } from '../storage/random-access.ts'
import { createSpooledFile } from '../storage/spooled-file.ts'
import { bytesOfToken, checkSequence, refusesOver4GiB, requireUnder4GiB } from './check-sequence.ts'
import { commitTogether } from './commit-together.ts'
import type {
  FolderShard,
  Sequence,
  SequenceFormat,
  ShardReader,
  ShardTarget,
  ShardWriter,
} from './define-format.ts'
import { createEndsFile, readEnds } from './ends-file.ts'
import { createTokenFile, type TokenFile, tokensOf } from './token-file.ts'

const [TOKENS, ENDS] = ['.litdata.bin', '.litdata.ends'] as const

/** litdata's codes of NumPy types, by bytes of a token: int32 and uint16. */
const DTYPE_CODES = { 2: 5, 4: 2 } as const

/**
 * LitData chunks of token streams (litdata/streaming/writer.py), for StreamingDataset with
 * `item_loader=TokensLoader(block_size=S)`: then an item is a sequence. Little-endian:
 *
 *   u32       N, number of sequences
 *   u32[N+1]  byte at which each begins, then the size of the file; the first: 8 + 4 N
 *   tokens    uint16 where the vocabulary has at most 65,536 entries, else int32
 *
 * `index.json` lists a folder's chunks. Where document pieces end in the stored tokens is in `.litdata.ends`
 * (ends-file.ts), which the loader does not look at; after the last end in a sequence there is padding.
 */
export const litdata: SequenceFormat = {
  name: 'litdata',
  kind: 'sequences',
  summary:
    'LitData chunks (.litdata.bin, one index.json a folder) of packed sequences, for its TokensLoader.',
  revision: 1,
  extensions: [TOKENS, ENDS],
  lossMask: false,
  create,
  open,
  refuses: refusesOver4GiB,
  finish,
}

async function create(target: ShardTarget): Promise<ShardWriter<Sequence>> {
  const file = target.base + TOKENS
  const tokenBytes = bytesOfToken(target.vocabularySize)
  const body = await createSpooledFile(file)
  const tokens = await createTokenFile(file, tokenBytes === 2 ? 'uint16' : 'int32', body)
  const ends = await createEndsFile(target.base + ENDS, tokenBytes).catch(async (error: unknown) => {
    await tokens.abort()
    throw error
  })
  const commit = commitTogether([tokens, ends])
  return {
    async write(sequence) {
      checkSequence(target, sequence)
      let end = tokens.tokens
      await tokens.write(sequence.tokens)
      for (const length of sequence.pieceLengths) {
        end += length
        await ends.push(end)
      }
    },
    async close() {
      await tokens.finish()
      await ends.finish()
      body.setHead([headOf(file, tokens, target.sequenceLength, tokenBytes)])
      return commit.commit()
    },
    abort: () => commit.abort(),
  }
}

function headOf(file: string, { tokens }: TokenFile, sequenceLength: number, tokenBytes: number): Uint8Array {
  const items = tokens / sequenceLength
  const head = new Uint32Array(items + 2)
  requireUnder4GiB(file, head.byteLength + tokens * tokenBytes)
  head[0] = items
  for (let i = 0; i <= items; i++) head[i + 1] = head.byteLength + i * sequenceLength * tokenBytes
  return new Uint8Array(head.buffer)
}

async function open(base: string): Promise<ShardReader> {
  const { starts, tokenBytes } = await readEnds(base + ENDS, true)
  if (tokenBytes !== 2 && tokenBytes !== 4) throw damaged(base + ENDS, `has tokens of ${tokenBytes} bytes`)
  const file = await openRandomAccess(base + TOKENS)
  try {
    const { items, itemBytes } = await readHead(file)
    return toReader(file, { items, sequenceLength: itemBytes / tokenBytes, tokenBytes }, starts)
  } catch (error) {
    await file.close()
    throw error
  }
}

/** All items have the same size; 0 where there are none. */
async function readHead(file: RandomAccessFile): Promise<{ items: number; itemBytes: number }> {
  const read = async (at: number, count: number): Promise<Uint32Array> => {
    const bytes = await file.read(at, 4 * count)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, count)
  }
  const [items = 0] = await read(0, 1)
  const offsets = await read(4, items + 1)
  const body = 8 + 4 * items
  const itemBytes = items === 0 ? 0 : (file.size - body) / items
  for (const [i, offset] of offsets.entries()) {
    if (offset === body + i * itemBytes) continue
    throw damaged(
      file.path,
      `has item ${i} at ${offset}, where items of ${itemBytes} bytes give another place`,
    )
  }
  if (file.size !== body + items * itemBytes) throw damaged(file.path, 'goes on after its last item')
  return { items, itemBytes }
}

interface Chunk {
  readonly items: number
  readonly sequenceLength: number
  readonly tokenBytes: 2 | 4
}

function toReader(file: RandomAccessFile, chunk: Chunk, ends: Float64Array): ShardReader {
  const { items, sequenceLength, tokenBytes } = chunk
  const width = tokenBytes === 2 ? 'uint16' : 'int32'
  const stored = items * sequenceLength
  const { tokens, firstPieces } = placePieces(file.path, chunk, ends)
  return {
    counts: { items, tokens, padding: stored - tokens },
    header: { sequenceLength, dtype: width },
    async item(i) {
      if (!(i >= 0 && i < items)) throw outside('sequence', i, items)
      const bytes = await file.read(
        8 + 4 * items + i * sequenceLength * tokenBytes,
        sequenceLength * tokenBytes,
      )
      const pieceLengths: number[] = []
      let start = i * sequenceLength
      for (let piece = firstPieces[i] ?? 0; piece < (firstPieces[i + 1] ?? 0); piece++) {
        const end = ends[piece + 1] ?? 0
        pieceLengths.push(end - start)
        start = end
      }
      return { tokens: tokensOf(bytes, width), pieceLengths }
    },
    locate(position) {
      if (!(position >= 0 && position < stored)) throw outside('token', position, stored)
      return { item: Math.floor(position / sequenceLength), offset: position % sequenceLength }
    },
    close: () => file.close(),
  }
}

/**
 * The first piece of each sequence, then the number of pieces. A piece lies in the sequence of its last token: with
 * sequences of 4, ends 2, 4, 7 are pieces of 2 and 2 in the first, and one of 3 in the second. Throws OUTPUT_DAMAGED.
 */
function placePieces(
  path: string,
  { items, sequenceLength }: Chunk,
  ends: Float64Array,
): { tokens: number; firstPieces: Uint32Array } {
  const firstPieces = new Uint32Array(items + 1)
  let tokens = 0
  let sequence = 0
  let start = 0
  for (let piece = 0; piece + 1 < ends.length; piece++) {
    const end = ends[piece + 1] ?? 0
    while (sequence < items && end > (sequence + 1) * sequenceLength) {
      firstPieces[++sequence] = piece
      start = sequence * sequenceLength
    }
    if (end <= start || sequence === items) {
      throw damaged(path, `has ${items} sequences; its pieces end at token ${end}`)
    }
    tokens += end - start
    start = end
  }
  firstPieces.fill(ends.length - 1, sequence + 1)
  return { tokens, firstPieces }
}

/** The `index.json` of a folder. A chunk without items is left out: the loader cannot map it. */
async function finish(folder: string, shards: readonly FolderShard[]): Promise<WrittenFile[]> {
  const chunks: { chunk_bytes: number; chunk_size: number; dim: number; filename: string }[] = []
  const content = createHash('sha256')
  let tokenBytes: 2 | 4 = 2
  for (const { base, files } of shards) {
    for (const file of files) content.update(file.sha256)
    const reader = await open(base)
    const { items, tokens, padding } = reader.counts
    tokenBytes = reader.header['dtype'] === 'uint16' ? 2 : 4
    await reader.close()
    if (items === 0) continue
    const filename = path.basename(base) + TOKENS
    chunks.push({ chunk_bytes: files[0]?.bytes ?? 0, chunk_size: items, dim: tokens + padding, filename })
  }
  const index = {
    chunks,
    config: {
      chunk_bytes: null,
      chunk_size: Math.max(0, ...chunks.map((chunk) => chunk.chunk_size)),
      compression: null,
      data_format: [`no_header_numpy:${DTYPE_CODES[tokenBytes]}`],
      // An item is one leaf, not a tree of them.
      data_spec: '[1, {"type": null, "context": null, "children_spec": []}]',
      encryption: null,
      item_loader: 'TokensLoader',
    },
    // Names the loader's cache: another content must give another one. A time would differ with every build.
    updated_at: content.digest('hex').slice(0, 16),
  }
  return [await writeWhole(path.join(folder, 'index.json'), `${JSON.stringify(index)}\n`)]
}
