import type { Tokenizer } from '../../tokenizers/define-tokenizer.ts'
import { fresh } from '../kernels/scratch.ts'
import {
  createTableWriter,
  openTable,
  type Table,
  type TableBatch,
  type TableWriter,
} from '../storage/arrow-table.ts'
import { outside } from '../storage/positions.ts'
import { damaged } from '../storage/random-access.ts'
import { type Int32List, int32List, push } from '../text/int32-list.ts'
import { checkSequence } from './check-sequence.ts'
import type { Sequence, SequenceFormat, ShardReader, ShardTarget, ShardWriter } from './define-format.ts'
import { writeLearnedBits } from './loss-mask.ts'

const REVISION = 3

/** Bytes of tokens in a record batch: what one random access reads. */
const BATCH_BYTES = 2 ** 20

/**
 * Packed sequences as an Arrow IPC file, one row a sequence of S tokens:
 *
 * - `input_ids`: S token ids, uint16 where the vocabulary has at most 65,536 entries, else uint32
 * - `document_lengths`: int32 list of the pieces' lengths; after their sum there is padding. Position ids, document ids and
 *   `cu_seqlens` follow from them (boundaries.ts) and are not stored: positions alone would be as many bytes as the ids
 * - `loss_mask`: S booleans, a bit each: whether the loss counts the token as a target; false for padding. It is always
 *   there, so that all shards of a run have the same columns
 *
 * E.g. S = 6, pieces of 2 and 3 tokens: input_ids a b c d e pad, document_lengths [2, 3], loss_mask 1 1 1 1 1 0; where only
 * d and e are an answer, 0 0 0 1 1 0.
 */
export const packed: SequenceFormat = {
  name: 'packed',
  kind: 'sequences',
  summary: 'Arrow file of packed sequences with document_lengths and loss_mask, for Hugging Face and torch.',
  revision: REVISION,
  extensions: ['.arrow'],
  lossMask: true,
  create,
  open,
}

/** The id that fills sequences up: the tokenizer's pad; a vocabulary without one, as Mistral's, has its EOS used, else 0. */
export function paddingId(tokenizer: Pick<Tokenizer, 'pad' | 'eos'>): number {
  return tokenizer.pad ?? tokenizer.eos ?? 0
}

/** The rows of a batch so far, end to end. */
interface PendingBatch {
  readonly tokens: Uint16Array | Uint32Array
  /** The loss mask, a bit a token. */
  readonly learned: Uint8Array
  /** Lengths of the rows' pieces, and where those of each row end. */
  readonly lengths: Int32List
  readonly ends: Int32Array
  rows: number
}

async function create(target: ShardTarget): Promise<ShardWriter<Sequence>> {
  const { sequenceLength, vocabularySize, scratch = fresh } = target
  const wideTokens = vocabularySize > 65_536
  const rowsPerBatch = Math.max(1, Math.floor(BATCH_BYTES / (sequenceLength * (wideTokens ? 4 : 2))))
  const columns = {
    input_ids: `${wideTokens ? 'uint32' : 'uint16'}[${sequenceLength}]`,
    document_lengths: 'list<int32>',
    loss_mask: `bool[${sequenceLength}]`,
  } as const
  const writer = await createTableWriter(`${target.base}.arrow`, columns, { metadata: metadataOf(target) })
  const size = rowsPerBatch * sequenceLength
  const pending: PendingBatch = {
    tokens: wideTokens ? scratch.words(size) : scratch.halves(size),
    learned: scratch.bytes(Math.ceil(size / 8)).fill(0),
    lengths: int32List(),
    ends: new Int32Array(rowsPerBatch + 1),
    rows: 0,
  }
  let realTokens = 0
  return {
    write(sequence) {
      checkSequence(target, sequence)
      realTokens += place(pending, sequence, sequenceLength)
      return pending.rows === rowsPerBatch ? flush(writer, pending, sequenceLength) : undefined
    },
    async close() {
      await flush(writer, pending, sequenceLength)
      return [await writer.close({ 'millrace.tokens': String(realTokens) })]
    },
    abort: () => writer.abort(),
  }
}

function metadataOf({ sequenceLength, tokenizer, vocabularySize }: ShardTarget): Record<string, string> {
  return {
    'millrace.format': 'packed',
    'millrace.revision': String(REVISION),
    'millrace.sequence_length': String(sequenceLength),
    'millrace.tokenizer': tokenizer.name,
    'millrace.vocabulary_size': String(vocabularySize),
    'millrace.padding_id': String(paddingId(tokenizer)),
  }
}

/** Copies a sequence to the next row of the batch. Returns its number of real tokens. */
function place(batch: PendingBatch, sequence: Sequence, sequenceLength: number): number {
  const row = batch.rows * sequenceLength
  batch.tokens.set(sequence.tokens, row)
  writeLearnedBits(batch.learned, row, sequence)
  let real = 0
  for (const length of sequence.pieceLengths) {
    push(batch.lengths, length)
    real += length
  }
  batch.ends[++batch.rows] = batch.lengths.length
  return real
}

async function flush(writer: TableWriter, batch: PendingBatch, sequenceLength: number): Promise<void> {
  const { rows, lengths } = batch
  const used = rows * sequenceLength
  await writer.append({
    rows,
    columns: {
      input_ids: batch.tokens.subarray(0, used),
      document_lengths: {
        values: lengths.items.subarray(0, lengths.length),
        offsets: batch.ends.subarray(0, rows + 1),
      },
      loss_mask: batch.learned.subarray(0, Math.ceil(used / 8)),
    },
  })
  batch.learned.fill(0)
  lengths.length = 0
  batch.rows = 0
}

async function open(base: string): Promise<ShardReader> {
  const table = await openTable(`${base}.arrow`)
  try {
    return toReader(`${base}.arrow`, table)
  } catch (error) {
    await table.close()
    throw error
  }
}

function toReader(file: string, table: Table): ShardReader {
  const { metadata, rows } = table
  const sequenceLength = Number(metadata['millrace.sequence_length'])
  const tokens = Number(metadata['millrace.tokens'])
  const stored = rows * sequenceLength
  if (metadata['millrace.format'] !== 'packed' || !(tokens >= 0 && tokens <= stored)) {
    throw damaged(file, 'is a table, and not one of packed sequences')
  }
  let last: TableBatch | undefined
  const batchWith = async (row: number): Promise<TableBatch> => {
    if (last === undefined || row < last.start || row >= last.start + last.rows) {
      last = await table.batch(table.batchOf(row))
    }
    return last
  }
  return {
    counts: { items: rows, tokens, padding: stored - tokens },
    header: {
      revision: Number(metadata['millrace.revision']),
      sequenceLength,
      columns: table.columns,
      tokenizer: metadata['millrace.tokenizer'],
      paddingId: Number(metadata['millrace.padding_id']),
      batches: table.batches,
    },
    async item(row) {
      if (!(row >= 0 && row < rows)) throw outside('sequence', row, rows)
      const batch = await batchWith(row)
      return toSequence(file, batch, row - batch.start)
    },
    locate(position) {
      if (!(position >= 0 && position < stored)) throw outside('token', position, stored)
      return { item: Math.floor(position / sequenceLength), offset: position % sequenceLength }
    },
    close: () => table.close(),
  }
}

function toSequence(file: string, batch: TableBatch, row: number): Sequence {
  const tokens = batch.column('input_ids').get(row)
  const lengths = batch.column('document_lengths').get(row)
  const learned = batch.column('loss_mask').get(row)
  const isPacked =
    (tokens instanceof Uint16Array || tokens instanceof Uint32Array) &&
    lengths instanceof Int32Array &&
    learned instanceof Uint8Array
  if (!isPacked) {
    throw damaged(file, 'has columns of other types than packed sequences have')
  }
  return { tokens, pieceLengths: Array.from(lengths), learned }
}
