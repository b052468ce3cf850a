import type { InputAccess } from '../storage/stored-bytes.ts'
import { type ArrowDecoder, createArrowDecoder } from './arrow-decoder.ts'
import { fileSource, readBlock, readMessage, streamSource } from './arrow-messages.ts'
import { type ArrowFooter, decodeArrowFooter } from './arrow-schema.ts'
import {
  type BadRecord,
  type Chunk,
  defineReader,
  type ReaderItem,
  type ReadOptions,
} from './define-reader.ts'
import { messageOf } from './excerpt.ts'
import { TableDamage } from './rows.ts'

const MAGIC = 'ARROW1'
/** The magic, padded. */
const HEAD_BYTES = 8
/** At the end: the footer's length in four bytes, and the magic. */
const TAIL_BYTES = 10
/** Bytes; a footer is 24 for each record batch. */
const MAX_FOOTER_BYTES = 256 << 20

/**
 * Apache Arrow IPC files, version 2 of Feather among them: a row is a record, its offset the row's number in the file, its
 * bytes an even share of its record batch's. Batches are read one at a time, and that is what is held in memory (at most
 * 2 GiB), with the dictionaries.
 *
 * Values become JSON's as those of Parquet: 64-bit integers are numbers where a double holds them exactly, else strings of
 * digits; timestamps ISO 8601 strings, dates `YYYY-MM-DD`; times and durations numbers in their unit; decimals the nearest
 * double; NaN and infinities null; text that is not UTF-8 and binary `{"base64": "…"}`, binary that is UTF-8 a string; maps objects.
 *
 * A damaged batch ends the file: those before it are given, the rest is one bad record. Where the footer cannot be used,
 * the batches are read one after another up to the damage. Arrow has no checksums: a changed value is another value.
 */
export const arrow = defineReader({
  name: 'arrow',
  summary: 'Apache Arrow IPC file (Feather 2): a row is a record; lz4, zstd.',
  revision: 1,
  extensions: ['.arrow', '.feather', '.ipc'],
  signatures: [MAGIC],
  splittable: false,
  readFile: readArrowFile,
})

/** Arrow IPC streams: as `arrow`, a message after another; also what Hugging Face datasets calls .arrow. */
export const arrowStream = defineReader({
  name: 'arrow-stream',
  summary: 'Apache Arrow IPC stream: a row is a record; lz4, zstd; plain, gzip or zstd.',
  revision: 1,
  extensions: ['.arrows', '.arrow', '.ipc'],
  signatures: ['\xff\xff\xff\xff'],
  splittable: false,
  read: readArrowStream,
})

async function* readArrowFile(file: InputAccess, options: ReadOptions): AsyncGenerator<ReaderItem[], void> {
  let footer: ArrowFooter | TableDamage
  try {
    footer = await readFooter(file)
  } catch (error) {
    footer = damageOf(error)
  }
  const decoder = await createArrowDecoder(options)
  let at = Math.min(HEAD_BYTES, file.size)
  try {
    if (footer instanceof TableDamage) {
      const source = fileSource(file, at)
      for (
        let next = await readMessage(source);
        next !== undefined && next !== 'end';
        next = await readMessage(source)
      ) {
        yield* decoder.read(next)
        at = source.at
      }
      throw footer
    }
    decoder.setSchema(footer.fields)
    for (const block of [...footer.dictionaries, ...footer.batches]) {
      yield* decoder.read(await readBlock((offset, length) => file.read(offset, length), block))
      at = Math.min(file.size, block.offset + block.metadataLength + block.bodyLength)
    }
  } catch (error) {
    yield [badRest(decoder, file.size - at, damageOf(error))]
  } finally {
    decoder.close()
  }
}

async function readFooter(file: InputAccess): Promise<ArrowFooter> {
  const tail = await file.read(Math.max(0, file.size - TAIL_BYTES), TAIL_BYTES)
  if (tail.length < TAIL_BYTES || tail.toString('latin1', 4) !== MAGIC)
    throw new TableDamage('truncated', `the file does not end in ${MAGIC}, so that its footer is missing`)
  const length = tail.readUInt32LE(0)
  if (length > MAX_FOOTER_BYTES || length + TAIL_BYTES + HEAD_BYTES > file.size)
    throw new TableDamage('corrupt', `a footer of ${length} bytes in a file of ${file.size}`)
  return decodeArrowFooter(await file.read(file.size - TAIL_BYTES - length, length))
}

async function* readArrowStream(
  chunks: AsyncIterable<Chunk>,
  options: ReadOptions,
): AsyncGenerator<ReaderItem[], void> {
  const iterator = chunks[Symbol.asyncIterator]()
  const source = streamSource(iterator)
  const decoder = await createArrowDecoder(options)
  let start = 0
  try {
    // Behind its end, another stream may begin.
    for (let next = await readMessage(source); next !== undefined; next = await readMessage(source)) {
      if (next !== 'end') yield* decoder.read(next)
      start = source.at
    }
  } catch (error) {
    yield [badRest(decoder, source.at - start, damageOf(error))]
  } finally {
    decoder.close()
    await iterator.return?.()
  }
}

function badRest(decoder: ArrowDecoder, bytes: number, { reason, message }: TableDamage): BadRecord {
  return {
    kind: 'bad',
    offset: decoder.rows,
    bytes,
    reason,
    detail: message,
  }
}

function damageOf(error: unknown): TableDamage {
  if (error instanceof TableDamage) return error
  // A failing disk is no damage of the content.
  if (error instanceof Error && error.name === 'MillraceError') throw error
  return new TableDamage('corrupt', messageOf(error))
}
