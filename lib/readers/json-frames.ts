/** The bytes of one record, or a part of the file that is none. */
export type Frame = { readonly offset: number; readonly bytes: number } & (
  | { readonly content: Buffer }
  | { readonly content?: undefined; readonly reason: string; readonly detail: string }
)

/** Cuts a stream of JSON into records, without parsing them: brackets are counted, and strings are skipped over. */
export interface Framer {
  push(chunk: Buffer): Generator<Frame, void>
  /** The end of the file, or damage in it. Gives what is left; at the second call, nothing. */
  stop(reason?: string, detail?: string): Frame[]
  readonly done: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
/** First bytes of `true`, `false`, `null` and numbers. */
const SCALAR_STARTS = new Set(Buffer.from('tfn-0123456789'))

/** Between records, where: at the top; behind `[`; behind a comma; behind an element. */
type Place = 'top' | 'first' | 'element' | 'after'
/** Within a record, where: in brackets; in a string of it, or that is it; in a number or word. `lost`: no structure is left. */
type State = 'between' | 'nested' | 'string' | 'scalar' | 'lost' | 'done'

export function createFramer(maxRecordBytes: number): Framer {
  let state: State = 'between'
  let place: Place = 'top'
  /** Brackets open in the record; 0 within a string that is the record. */
  let depth = 0
  let escaped = false
  /** Offsets of the current chunk, and of the record, or what is lost. */
  let base = 0
  let start = 0
  let problem = ''
  /** The record's bytes in earlier chunks; dropped once it is too long. */
  let carry: Buffer[] = []

  const frameEnding = (chunk: Buffer, end: number): Frame => {
    const offset = start
    const bytes = base + end - start
    const tail = chunk.subarray(Math.max(0, start - base), end)
    const content = carry.length === 0 ? tail : Buffer.concat([...carry, tail])
    carry = []
    state = 'between'
    place = place === 'top' ? 'top' : 'after'
    if (bytes <= maxRecordBytes) return { offset, bytes, content }
    const detail = `a record of ${bytes} bytes; the limit is ${maxRecordBytes}`
    return { offset, bytes, reason: 'record-too-long', detail }
  }

  /** A byte between records; says what it begins. */
  const between = (byte: number, at: number): void => {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return
    if (at < BYTE_ORDER_MARK.length && byte === BYTE_ORDER_MARK[at] && place === 'top') return
    if (byte === COMMA && place === 'after') place = 'element'
    else if (byte === CLOSE_BRACKET && (place === 'after' || place === 'first')) place = 'top'
    else if (byte === OPEN_BRACKET && place === 'top') place = 'first'
    else {
      start = at
      depth = byte === OPEN_BRACE || byte === OPEN_BRACKET ? 1 : 0
      if (place === 'after') state = 'lost'
      else if (depth === 1) state = 'nested'
      else if (byte === QUOTE) state = 'string'
      else state = SCALAR_STARTS.has(byte) ? 'scalar' : 'lost'
      problem = `no JSON: byte 0x${byte.toString(16).padStart(2, '0')} where ${EXPECTED[place]} belongs`
    }
  }

  /** Place in the chunk behind the string that is being read, or its length. */
  const skipString = (chunk: Buffer, from: number): number => {
    let index = from
    if (escaped && index < chunk.length) {
      escaped = false
      index++
    }
    for (; index < chunk.length; index++) {
      const byte = chunk[index]
      if (byte === QUOTE) {
        state = 'nested'
        return index + 1
      }
      if (byte === BACKSLASH && ++index === chunk.length) escaped = true
    }
    return chunk.length
  }

  const skipNested = (chunk: Buffer, from: number): number => {
    for (let index = from; index < chunk.length; index++) {
      const byte = chunk[index]
      if (byte === QUOTE) {
        state = 'string'
        return index + 1
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
      else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return index + 1
    }
    return chunk.length
  }

  const frames = function* (chunk: Buffer): Generator<Frame, void> {
    let index = 0
    while (index < chunk.length) {
      if (state === 'between') between(chunk[index] ?? 0, base + index++)
      else if (state === 'scalar') {
        while (index < chunk.length && !endsScalar(chunk[index])) index++
        if (index < chunk.length) yield frameEnding(chunk, index)
      } else if (state === 'nested' || state === 'string') {
        const before = index
        index = state === 'string' ? skipString(chunk, index) : skipNested(chunk, index)
        // Behind a string that is the record, and behind the last bracket, no depth is left.
        if (state === 'nested' && depth === 0 && index > before) yield frameEnding(chunk, index)
      } else return
    }
  }

  return {
    get done() {
      return state === 'done'
    },
    *push(chunk) {
      if (state === 'done') return
      yield* frames(chunk)
      const isInRecord = state === 'nested' || state === 'string' || state === 'scalar'
      if (isInRecord && base + chunk.length - start > maxRecordBytes) carry = []
      else if (isInRecord) carry.push(chunk.subarray(Math.max(0, start - base)))
      base += chunk.length
    },
    stop(reason, detail = '') {
      if (state === 'done') return []
      const ended = state
      if (ended === 'scalar' && place === 'top' && reason === undefined)
        return [frameEnding(Buffer.alloc(0), 0), ...this.stop()]
      state = 'done'
      carry = []
      const offset = ended === 'between' ? base : start
      const bytes = base - offset
      if (ended === 'lost') return [{ offset, bytes, reason: 'invalid-json', detail: problem }]
      if (reason !== undefined) return [{ offset, bytes, reason, detail }]
      if (ended === 'between' && place === 'top') return []
      const within = ended === 'between' ? 'an array' : 'a record'
      return [{ offset, bytes, reason: 'truncated', detail: `the file ends within ${within}` }]
    },
  }
}

const EXPECTED: Readonly<Record<Place, string>> = {
  top: 'a value',
  first: 'an element or "]"',
  element: 'an element',
  after: '"," or "]"',
}

function endsScalar(byte: number | undefined): boolean {
  return (
    byte === undefined ||
    byte <= 0x20 ||
    byte === COMMA ||
    byte === QUOTE ||
    byte === OPEN_BRACE ||
    byte === OPEN_BRACKET ||
    byte === CLOSE_BRACE ||
    byte === CLOSE_BRACKET
  )
}
