import { isUtf8 } from 'node:buffer'
import type { BadRecord, Chunk, ReaderItem, ReadOptions } from './define-reader.ts'

/** A batch is given when it has so many items, or its records took so many bytes. */
const BATCH_ITEMS = 256
const BATCH_BYTES = 1 << 20
const NEWLINE = 0x0a

/**
 * Turns one line into an item, or into undefined where it holds nothing. `line` is without its line end; `utf8` says
 * that it was found to be valid UTF-8.
 */
export type LineParser = (
  line: Buffer,
  offset: number,
  bytes: number,
  utf8: boolean,
) => ReaderItem | undefined

/**
 * Splits chunks at line feeds, whatever the chunk borders. A line longer than `maxRecordBytes` becomes one `line-too-long`
 * entry and is never held. Damage becomes one entry that covers the unfinished line before it.
 */
export async function* readLines(
  chunks: AsyncIterable<Chunk>,
  options: ReadOptions,
  parse: LineParser,
): AsyncGenerator<ReaderItem[], void> {
  const splitter = createSplitter(options, parse)
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) {
      splitter.damage(chunk.damage, chunk.detail)
      break
    }
    for (const batch of splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)))
      yield batch
    if (splitter.done) break
  }
  splitter.finish()
  if (splitter.batch.length > 0) yield splitter.batch
}

interface Splitter {
  /** Items that were not given yet. */
  readonly batch: ReaderItem[]
  /** True when all lines that begin in the range were seen. */
  readonly done: boolean
  push(chunk: Buffer): Generator<ReaderItem[], void>
  damage(reason: string, detail: string): void
  finish(): void
}

function createSplitter({ range, maxRecordBytes }: ReadOptions, parse: LineParser): Splitter {
  const end = range?.end ?? Infinity
  let batch: ReaderItem[] = []
  let batchBytes = 0
  /** Offset of the next byte, and of the first byte of the line that is being read. */
  let at = Math.max(0, (range?.start ?? 0) - 1)
  let lineStart = at
  /** A range begins one byte early: what comes before the first line feed belongs to the range before. */
  let foreign = (range?.start ?? 0) > 0
  /** The beginning of the line, from earlier chunks; dropped once the line is too long. */
  let carry: Buffer[] = []
  let done = end <= (range?.start ?? 0)

  const add = (item: ReaderItem | undefined): void => {
    if (item === undefined) return
    batch.push(item)
    batchBytes += item.bytes
  }
  const bad = (reason: string, detail: string): BadRecord => ({
    kind: 'bad',
    offset: lineStart,
    bytes: at - lineStart,
    reason,
    detail,
  })

  /**
   * The line [lineStart, at) is complete; `tail` is its part in the current chunk, without the line end. True when it
   * was the last of the range.
   */
  const endLine = (tail: Buffer, lineBytes: number, utf8: boolean): boolean => {
    if (foreign) foreign = false
    else if (lineBytes > maxRecordBytes) {
      add(bad('line-too-long', `a line of ${lineBytes} bytes; the limit is ${maxRecordBytes}`))
    } else if (carry.length === 0) add(parse(tail, lineStart, at - lineStart, utf8))
    else add(parse(Buffer.concat([...carry, tail]), lineStart, at - lineStart, false))
    carry = []
    lineStart = at
    done = lineStart >= end
    return done
  }

  return {
    get batch() {
      return batch
    },
    get done() {
      return done
    },
    *push(chunk) {
      if (done) return // an empty range
      const base = at
      const last = chunk.lastIndexOf(NEWLINE) + 1
      // One check for all lines that lie in this chunk: it is far cheaper than one for each.
      const first = carry.length === 0 ? 0 : chunk.indexOf(NEWLINE) + 1
      const utf8 = isUtf8(chunk.subarray(first, last))
      let from = 0
      while (from < last) {
        const stop = chunk.indexOf(NEWLINE, from)
        at = base + stop + 1
        if (endLine(chunk.subarray(from, stop), at - lineStart - 1, utf8)) return
        from = stop + 1
        if (batch.length >= BATCH_ITEMS || batchBytes >= BATCH_BYTES) {
          yield batch
          batch = []
          batchBytes = 0
        }
      }
      at = base + chunk.length
      if (foreign) lineStart = at
      else if (at - lineStart > maxRecordBytes) carry = []
      else if (from < chunk.length) carry.push(chunk.subarray(from))
    },
    damage(reason, detail) {
      // Where a range is read, damage behind its last line belongs to another range.
      if (!done) add(bad(reason, detail))
      done = true
    },
    finish() {
      if (!done && !foreign && at > lineStart) endLine(Buffer.alloc(0), at - lineStart, false)
    },
  }
}
