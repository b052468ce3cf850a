/** The bytes of one line of a table, its line end included, or of one that is too long or cut. */
export interface CsvFrame {
  readonly offset: number
  readonly bytes: number
  /** Without the line end; undefined where the line was too long to hold. */
  readonly content: Buffer | undefined
  /** The quote that was opened is closed. */
  readonly closed: boolean
}

const QUOTE = 0x22
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
/** Comma, tab, semicolon, vertical bar. */
const DELIMITERS = [0x2c, 0x09, 0x3b, 0x7c] as const

/** Where a byte stands: at a field's start, in a bare field, in a quoted one, or behind a quote in a quoted one. */
type Place = 'start' | 'bare' | 'quoted' | 'quote'

/**
 * Cuts a table into lines, where line feeds within quotes are none. A quote opens a field only at its start. The delimiter
 * is that of comma, tab, semicolon and bar which is most frequent in the first line outside quotes, comma if none is.
 */
export function createCsvFramer(maxRecordBytes: number): {
  readonly delimiter: string
  push(chunk: Buffer): Generator<CsvFrame, void>
  finish(): CsvFrame | undefined
  /** Offset of the line that is being read, and its bytes so far. */
  readonly rest: { readonly offset: number; readonly bytes: number }
} {
  let place: Place = 'start'
  let delimiter: number | undefined
  const counts = new Map<number, number>()
  let base = 0
  let start = 0
  let carry: Buffer[] = []

  const countDelimiter = (byte: number): void => {
    if (DELIMITERS.some((each) => each === byte)) counts.set(byte, (counts.get(byte) ?? 0) + 1)
  }
  const isDelimiter = (byte: number): boolean =>
    delimiter === undefined ? DELIMITERS.some((each) => each === byte) : byte === delimiter
  const chooseDelimiter = (): void => {
    delimiter = DELIMITERS.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0]
  }

  const frameEnding = (chunk: Buffer, end: number, lineEnd: number): CsvFrame => {
    const bytes = base + end - start
    const tail = chunk.subarray(Math.max(0, start - base), end - lineEnd)
    let content: Buffer | undefined
    if (bytes - lineEnd <= maxRecordBytes) {
      content = carry.length === 0 ? tail : Buffer.concat([...carry, tail])
      if (lineEnd > 0 && content.at(-1) === CARRIAGE_RETURN) content = content.subarray(0, -1)
    }
    const frame = { offset: start, bytes, content, closed: place !== 'quoted' }
    carry = []
    start = base + end
    place = 'start'
    if (delimiter === undefined) chooseDelimiter()
    return frame
  }

  return {
    get delimiter() {
      return String.fromCharCode(delimiter ?? DELIMITERS[0])
    },
    get rest() {
      return { offset: start, bytes: base - start }
    },
    *push(chunk) {
      for (let index = 0; index < chunk.length; index++) {
        if (place === 'quoted') {
          // The next quote settles it; what lies before is skipped at once.
          const quote = chunk.indexOf(QUOTE, index)
          if (quote < 0) break
          index = quote
          place = 'quote'
          continue
        }
        const byte = chunk[index] ?? 0
        if (byte === LINE_FEED) yield frameEnding(chunk, index + 1, 1)
        else if (byte === QUOTE) place = place === 'bare' ? 'bare' : 'quoted'
        else {
          if (delimiter === undefined) countDelimiter(byte)
          place = isDelimiter(byte) ? 'start' : 'bare'
          // A mark at the file's start is no part of the first field.
          if (base + index < 3 && byte >= 0xbb) place = 'start'
        }
      }
      if (base + chunk.length - start > maxRecordBytes + 1) carry = []
      else if (start < base + chunk.length) carry.push(chunk.subarray(Math.max(0, start - base)))
      base += chunk.length
    },
    finish() {
      return base > start ? frameEnding(Buffer.alloc(0), 0, 0) : undefined
    },
  }
}
