import { crc32 } from 'node:zlib'
import { createOutputFile, type OutputFile } from '../storage/output-file.ts'
import { outside } from '../storage/positions.ts'
import { damaged, openRandomAccess, type RandomAccessFile } from '../storage/random-access.ts'
import { compressZstd } from '../storage/zstd.ts'
import { createZstdDecoder } from '../storage/zstd-decoder.ts'
import { checkSequence } from './check-sequence.ts'
import type { Sequence, SequenceFormat, ShardReader, ShardTarget, ShardWriter } from './define-format.ts'
import { countLearned, writeLearned } from './loss-mask.ts'
import { paddingId } from './packed.ts'
import {
  type ColumnChunk,
  encodeFooter,
  encodePageHeader,
  footerHead,
  MAGIC,
  type RowGroup,
} from './parquet-layout.ts'
import { encodePage, listLengths, numbersOf } from './parquet-page.ts'

const EXTENSION = '.packed.parquet'
const REVISION = 3
const COLUMNS = ['input_ids', 'document_lengths', 'loss_mask'] as const

/** Bytes of token ids in a row group before compression: what one random access reads. */
const GROUP_BYTES = 2 ** 21

/**
 * Packed sequences as Apache Parquet, with the columns of `packed` as lists of int32 (`loss_mask`: 0 and 1), compressed with zstd. For readers
 * that take no Arrow; `packed` is the one to map into memory.
 */
export const packedParquet: SequenceFormat = {
  name: 'packed-parquet',
  kind: 'sequences',
  summary: 'Parquet of packed sequences with document_lengths and loss_mask (.packed.parquet).',
  revision: REVISION,
  extensions: [EXTENSION],
  lossMask: true,
  create,
  open,
}

async function create(target: ShardTarget): Promise<ShardWriter<Sequence>> {
  const { sequenceLength } = target
  const output = await createOutputFile(target.base + EXTENSION)
  const groupRows = Math.max(1, Math.floor(GROUP_BYTES / (4 * sequenceLength)))
  const ids = new Int32Array(groupRows * sequenceLength)
  const learned = new Int32Array(groupRows * sequenceLength)
  const groups: RowGroup[] = []
  let pieces: (readonly number[])[] = []
  let tokens = 0

  const flush = async (): Promise<void> => {
    const rows = pieces.length
    const full = Array<number>(rows).fill(sequenceLength)
    const columns = [
      await writeColumn(output, full, ids.subarray(0, rows * sequenceLength)),
      await writeColumn(
        output,
        pieces.map((lengths) => lengths.length),
        Int32Array.from(pieces.flat()),
      ),
      await writeColumn(output, full, learned.subarray(0, rows * sequenceLength)),
    ]
    groups.push({ rows, columns })
    pieces = []
    learned.fill(0)
  }
  return {
    write(sequence) {
      checkSequence(target, sequence)
      const row = pieces.length * sequenceLength
      ids.set(sequence.tokens, row)
      writeLearned(learned, row, sequence)
      const { pieceLengths } = sequence
      tokens += countLearned({ pieceLengths })
      pieces.push([...pieceLengths])
      if (pieces.length < groupRows) return undefined
      return output.bytes === 0 ? output.write(MAGIC).then(flush) : flush()
    },
    async close() {
      if (output.bytes === 0) await output.write(MAGIC)
      if (pieces.length > 0) await flush()
      const footer = encodeFooter(COLUMNS, groups, metadataOf(target, tokens))
      const size = Buffer.alloc(4)
      size.writeUInt32LE(footer.length)
      await output.write(Buffer.concat([footer, size, MAGIC]))
      return [await output.commit()]
    },
    abort: () => output.abort(),
  }
}

async function writeColumn(output: OutputFile, lengths: number[], numbers: Int32Array): Promise<ColumnChunk> {
  const { page, values } = encodePage(lengths, numbers)
  const compressed = await compressZstd(page)
  const header = encodePageHeader(values, page.length, compressed.length, crc32(compressed))
  const offset = output.bytes
  await output.write(header)
  await output.write(compressed)
  return {
    offset,
    bytes: header.length + compressed.length,
    uncompressedBytes: header.length + page.length,
    values,
  }
}

function metadataOf(
  { sequenceLength, tokenizer, vocabularySize }: ShardTarget,
  tokens: number,
): Record<string, string> {
  return {
    'millrace.format': packedParquet.name,
    'millrace.revision': String(REVISION),
    'millrace.sequence_length': String(sequenceLength),
    'millrace.tokenizer': tokenizer.name,
    'millrace.vocabulary_size': String(vocabularySize),
    'millrace.padding_id': String(paddingId(tokenizer)),
    'millrace.tokens': String(tokens),
  }
}

interface Footer {
  readonly groups: readonly RowGroup[]
  readonly metadata: Readonly<Record<string, string>>
}

async function open(base: string): Promise<ShardReader> {
  const file = await openRandomAccess(base + EXTENSION)
  try {
    return toReader(file, await readFooter(file))
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readFooter(file: RandomAccessFile): Promise<Footer> {
  const tail = Buffer.from(await file.read(Math.max(0, file.size - 8), 8))
  const size = tail.readUInt32LE(0)
  const bytes = Buffer.from(await file.read(file.size - 8 - size, size))
  const footer = await decodeFooter(bytes, tail)
  // What is decoded must give the very bytes again: so no field of it is anything but what was written.
  const same = footer !== undefined && encodeFooter(COLUMNS, footer.groups, footer.metadata).equals(bytes)
  const head = Buffer.from(await file.read(0, MAGIC.length))
  if (
    !same ||
    !head.equals(MAGIC) ||
    !tail.subarray(4).equals(MAGIC) ||
    !endsAt(footer, file.size - 8 - size)
  ) {
    throw damaged(file.path, 'is not a Parquet file of packed sequences')
  }
  return footer
}

async function decodeFooter(bytes: Buffer, tail: Buffer): Promise<Footer | undefined> {
  // The decoder may not come to an end on a schema that contradicts itself.
  const head = footerHead(COLUMNS)
  if (!bytes.subarray(0, head.length).equals(head)) return undefined
  // Loaded where it is used: only looking into such files needs it.
  const { parquetMetadata } = await import('hyparquet')
  try {
    const { row_groups, key_value_metadata } = parquetMetadata(
      Uint8Array.from(Buffer.concat([MAGIC, bytes, tail])).buffer,
    )
    const groups = row_groups.map(({ num_rows, columns }) => ({
      rows: Number(num_rows),
      columns: columns.map(({ meta_data }) => ({
        offset: Number(meta_data?.data_page_offset),
        bytes: Number(meta_data?.total_compressed_size),
        uncompressedBytes: Number(meta_data?.total_uncompressed_size),
        values: Number(meta_data?.num_values),
      })),
    }))
    return {
      groups,
      metadata: Object.fromEntries((key_value_metadata ?? []).map((pair) => [pair.key, pair.value ?? ''])),
    }
  } catch {
    return undefined
  }
}

/** Whether pages lie end to end from the magic to `end`. */
function endsAt({ groups }: Footer, end: number): boolean {
  let at = MAGIC.length
  for (const { columns } of groups) {
    if (columns.length !== COLUMNS.length) return false
    for (const { offset, bytes } of columns) {
      if (offset !== at) return false
      at += bytes
    }
  }
  return at === end
}

function toReader(file: RandomAccessFile, { groups, metadata }: Footer): ShardReader {
  const sequenceLength = Number(metadata['millrace.sequence_length'])
  const wide = Number(metadata['millrace.vocabulary_size']) > 65_536
  const tokens = Number(metadata['millrace.tokens'])
  const rows = groups.reduce((sum, group) => sum + group.rows, 0)
  const stored = rows * sequenceLength
  if (metadata['millrace.format'] !== packedParquet.name || !(sequenceLength > 0) || !(tokens <= stored)) {
    throw damaged(file.path, 'is Parquet, and not of packed sequences')
  }
  let last: { start: number; sequences: readonly Sequence[] } | undefined
  const groupWith = async (row: number): Promise<NonNullable<typeof last>> => {
    if (last !== undefined && row >= last.start && row < last.start + last.sequences.length) return last
    let start = 0
    for (const group of groups) {
      if (row < start + group.rows) {
        last = { start, sequences: await readGroup(file, group, sequenceLength, wide) }
        return last
      }
      start += group.rows
    }
    throw outside('sequence', row, rows)
  }
  return {
    counts: { items: rows, tokens, padding: stored - tokens },
    header: { ...metadata, rowGroups: groups.length },
    async item(row) {
      if (!(row >= 0 && row < rows)) throw outside('sequence', row, rows)
      const { start, sequences } = await groupWith(row)
      return sequences[row - start] ?? { tokens: new Uint16Array(), pieceLengths: [] }
    },
    locate(position) {
      if (!(position >= 0 && position < stored)) throw outside('token', position, stored)
      return { item: Math.floor(position / sequenceLength), offset: position % sequenceLength }
    },
    close: () => file.close(),
  }
}

async function readGroup(
  file: RandomAccessFile,
  { rows, columns }: RowGroup,
  sequenceLength: number,
  wide: boolean,
): Promise<Sequence[]> {
  const pages: Buffer[] = []
  for (const column of columns) pages.push(await readPage(file, column))
  const [ids, lengths, mask] = pages
  if (ids === undefined || lengths === undefined || mask === undefined)
    throw damaged(file.path, 'lacks columns')
  const tokens = numbersOf(ids)
  const pieces = numbersOf(lengths)
  const learned = Uint8Array.from(numbersOf(mask))
  if (tokens.length !== rows * sequenceLength || learned.length !== tokens.length)
    throw damaged(file.path, `has ${tokens.length} tokens in ${rows} rows`)
  let piece = 0
  return listLengths(lengths).map((count, row) => {
    const [from, to] = [row * sequenceLength, (row + 1) * sequenceLength]
    const own = tokens.subarray(from, to)
    const pieceLengths = Array.from(pieces.subarray(piece, piece + count))
    piece += count
    return {
      tokens: wide ? Uint32Array.from(own) : Uint16Array.from(own),
      pieceLengths,
      learned: learned.subarray(from, to),
    }
  })
}

/** A page's content, checked against its checksum and header. */
async function readPage(
  file: RandomAccessFile,
  { offset, bytes, uncompressedBytes, values }: ColumnChunk,
): Promise<Buffer> {
  const chunk = Buffer.from(await file.read(offset, bytes))
  // Where the header ends is not said: at two ends of structs, where it is what these numbers give. At most 32 bytes.
  for (let head = 2; head <= Math.min(32, bytes); head++) {
    if (chunk[head - 1] !== 0 || chunk[head - 2] !== 0) continue
    const body = chunk.subarray(head)
    const header = encodePageHeader(values, uncompressedBytes - head, body.length, crc32(body))
    if (!header.equals(chunk.subarray(0, head))) continue
    const page = await decompress(body)
    if (page.length === uncompressedBytes - head) return page
  }
  throw damaged(file.path, `has a page at ${offset} that is not what was written`)
}

async function decompress(bytes: Uint8Array): Promise<Buffer> {
  const decoder = await createZstdDecoder()
  try {
    return Buffer.concat([...decoder.decode(bytes), decoder.finish().rest])
  } finally {
    decoder.close()
  }
}
