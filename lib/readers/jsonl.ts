import { isUtf8 } from 'node:buffer'
import { type BadRecord, defineReader, type ReaderItem, type ReadOptions } from './define-reader.ts'
import { parseRecord } from './json-value.ts'
import { type LineParser, readLines } from './lines.ts'
import { invalidUtf8, utf8Faults } from './utf8.ts'

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** One JSON object a line. Empty lines are skipped; every other line is a record or one bad record. */
export const jsonl = defineReader({
  name: 'jsonl',
  summary: 'JSON Lines: one JSON object a line, plain, gzip or zstd.',
  revision: 2,
  extensions: ['.jsonl', '.ndjson', '.jsonlines', '.jl', '.json'],
  splittable: true,
  read: (chunks, options) => readLines(chunks, options, lineParser(options)),
})

function lineParser({ invalidUtf8: policy }: ReadOptions): LineParser {
  if (policy !== 'replace') return parseLine
  return (line, offset, bytes, utf8) => {
    const item = parseLine(line, offset, bytes, true)
    const faults = utf8 || item?.kind !== 'record' ? 0 : utf8Faults(line)
    return item?.kind === 'record' && faults > 0 ? { ...item, invalidUtf8: faults } : item
  }
}

function parseLine(line: Buffer, offset: number, bytes: number, utf8: boolean): ReaderItem | undefined {
  const content = offset === 0 ? withoutMark(line) : line
  if (isBlank(content)) return undefined
  const bad = (reason: string, detail: string): BadRecord => ({ kind: 'bad', offset, bytes, reason, detail })
  if (!utf8 && !isUtf8(content)) return bad('invalid-utf8', invalidUtf8(content))
  const parsed = parseRecord(content.toString('utf8'))
  if ('reason' in parsed) return bad(parsed.reason, parsed.detail)
  return { kind: 'record', offset, bytes, value: parsed.value }
}

function withoutMark(line: Buffer): Buffer {
  return BYTE_ORDER_MARK.every((byte, index) => line[index] === byte)
    ? line.subarray(BYTE_ORDER_MARK.length)
    : line
}

/** Only JSON's white space; the first byte of nearly every line settles it. */
function isBlank(line: Buffer): boolean {
  for (const byte of line) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) return false
  }
  return true
}
