/** One WARC record, or bytes that are none. */
export type WarcFrame = { readonly offset: number; readonly bytes: number } & (
  | { readonly headers: ReadonlyMap<string, string>; readonly block: Buffer }
  | { readonly headers?: undefined; readonly reason: string; readonly detail: string }
)

export interface WarcFramer {
  push(chunk: Buffer): Generator<WarcFrame, void>
  /** The end of the file, or damage in it. */
  stop(reason?: string, detail?: string): Generator<WarcFrame, void>
}

/** Bytes of a record's own headers. */
const MAX_HEADER_BYTES = 64 << 10
const START = 'WARC/'
/** How the next record begins in the middle of bytes that make no sense. */
const NEXT_RECORD = '\nWARC/1.'
/** Bytes behind a block that tell whether it ended where it says: two line ends, and the start of the next record. */
const LOOK_AHEAD = 9

/**
 * Cuts a WARC file (ISO 28500) into records. What follows a block must be line ends and the next record, or the file's end:
 * where a record lies about its length, and where there is no record, all up to the next `WARC/1.` at the start of a line is
 * one bad frame. At most one record is held.
 */
export function createWarcFramer(maxRecordBytes: number): WarcFramer {
  let parts: Buffer[] = []
  let have = 0
  /** Bytes that are needed before another look makes sense. */
  let need = 1
  let base = 0
  /** Set while the next record is looked for. */
  let lost: { offset: number; reason: string; detail: string } | undefined

  const held = (): Buffer => {
    const all = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts)
    parts = [all]
    return all
  }
  const drop = (bytes: number): void => {
    parts = [held().subarray(bytes)]
    have -= bytes
    base += bytes
    need = 1
  }
  const lose = (reason: string, detail: string): void => {
    lost = { offset: base, reason, detail }
    need = 1
  }

  /** Looks for the next record; gives the bad frame once it is found. */
  const search = (end: boolean): WarcFrame | undefined => {
    if (lost === undefined) return undefined
    const data = held()
    const found = data.indexOf(NEXT_RECORD)
    if (found < 0 && !end) {
      drop(Math.max(0, have - NEXT_RECORD.length))
      need = have + 1
      return undefined
    }
    drop(found < 0 ? have : found + 1)
    const { offset, reason, detail } = lost
    lost = undefined
    return { offset, bytes: base - offset, reason, detail }
  }

  const skipLineEnds = (): void => {
    const data = held()
    let from = 0
    while (data[from] === 0x0a || data[from] === 0x0d) from++
    if (from > 0) drop(from)
  }

  /** The next frame; undefined where more bytes are needed, or none are left. */
  const next = (end: boolean): WarcFrame | undefined => {
    if (lost === undefined) skipLineEnds()
    if (have === 0 && lost === undefined) return undefined
    const record = lost === undefined ? readRecord(end) : undefined
    return lost === undefined ? record : search(end)
  }

  const readRecord = (end: boolean): WarcFrame | undefined => {
    const data = held()
    if (have < START.length && !end) {
      need = START.length
      return undefined
    }
    if (!data.toString('latin1', 0, START.length).startsWith(START)) {
      lose(
        'invalid-warc',
        `no record begins here: ${JSON.stringify(data.toString('latin1', 0, START.length))}`,
      )
      return undefined
    }
    const bodyStart = headerEnd(data)
    if (bodyStart < 0) {
      if (have > MAX_HEADER_BYTES) lose('invalid-warc', `headers of more than ${MAX_HEADER_BYTES} bytes`)
      else if (end) lose('truncated', 'the file ends within a record’s headers')
      else need = have + 1
      return undefined
    }
    const headers = parseHeaders(data.toString('utf8', 0, bodyStart))
    const stated = headers.get('content-length') ?? ''
    if (!/^\d{1,15}$/.test(stated)) {
      lose('invalid-warc', `a Content-Length of ${JSON.stringify(stated.slice(0, 20))}`)
      return undefined
    }
    const length = Number(stated)
    if (length > maxRecordBytes) {
      lose('record-too-long', `a record of ${length} bytes; the limit is ${maxRecordBytes}`)
      return undefined
    }
    const stop = bodyStart + length
    if (have < stop + LOOK_AHEAD && !end) {
      need = stop + LOOK_AHEAD
      return undefined
    }
    if (have < stop) {
      const swallowed = data.includes(NEXT_RECORD)
      const what = swallowed ? 'more than there is' : 'the file ends within the record'
      lose(swallowed ? 'wrong-length' : 'truncated', `a Content-Length of ${length}: ${what}`)
      return undefined
    }
    if (!endsRecord(data.toString('latin1', stop, stop + LOOK_AHEAD))) {
      lose('wrong-length', `a Content-Length of ${length}, behind which no record begins`)
      return undefined
    }
    const frame = { offset: base, bytes: stop, headers, block: data.subarray(bodyStart, stop) }
    drop(stop)
    return frame
  }

  const frames = function* (end: boolean): Generator<WarcFrame, void> {
    if (!end && have < need) return
    for (;;) {
      const [baseBefore, lostBefore] = [base, lost]
      const frame = next(end)
      if (frame !== undefined) yield frame
      else if (base === baseBefore && lost === lostBefore) return
    }
  }

  return {
    *push(chunk) {
      if (chunk.length === 0) return
      parts.push(chunk)
      have += chunk.length
      yield* frames(false)
    },
    *stop(reason, detail = '') {
      if (reason === undefined) {
        yield* frames(true)
        return
      }
      const offset = lost?.offset ?? base
      yield { offset, bytes: base + have - offset, reason, detail }
      parts = []
      have = 0
      lost = undefined
    },
  }
}

function endsRecord(after: string): boolean {
  const rest = after.replace(/^[\r\n]+/, '')
  return rest === '' || (rest.length < after.length && START.startsWith(rest.slice(0, START.length)))
}

/** Place behind the empty line that ends headers, or -1. */
export function headerEnd(data: Buffer): number {
  const head = data.subarray(0, MAX_HEADER_BYTES)
  const crlf = head.indexOf('\r\n\r\n')
  const lf = head.indexOf('\n\n')
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return crlf + 4
  return lf < 0 ? -1 : lf + 2
}

/** `Name: value` lines by lower-case name; the first of a name counts, and lines that begin with space continue. */
export function parseHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of text.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim())
  }
  return headers
}
