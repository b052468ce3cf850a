import type { Document, Turn } from '../documents/document.ts'

/** Bytes that a text of `length` UTF-16 units can have in UTF-8, at most. */
const BYTES_PER_UNIT = 3

/**
 * The survivors of a part: texts end to end in one buffer. A buffer for each text would leave the garbage collector a
 * part's worth of memory that it is in no hurry to free.
 */
export interface Survivors {
  readonly count: number
  /** UTF-8 bytes of all texts. */
  readonly bytes: number
  /** Adds a document's text and turns; `record` is the row of its record. */
  add(record: number, document: Pick<Document, 'text' | 'turns'>): void
  /** Row of the record of document `document`. */
  recordOf(document: number): number
  /** Texts [start, end) as an Arrow column; views that the next part overwrites. */
  texts(start: number, end: number): { readonly bytes: Uint8Array; readonly offsets: Int32Array }
  /** Turns of the documents [start, end), each as `packTurns` gives them. */
  turns(start: number, end: number): readonly Uint32Array[]
  /** UTF-8 bytes of one text. */
  size(document: number): number
  clear(): void
}

/** `own` holds the texts of part after part; texts that it is too small for get a larger buffer until `clear`. */
export function createSurvivors(own: Uint8Array): Survivors {
  const first = Buffer.from(own.buffer, own.byteOffset, own.byteLength)
  let buffer = first
  let records: number[] = []
  let offsets: number[] = [0]
  let turns: (Uint32Array | undefined)[] = []
  const end = (): number => offsets.at(-1) ?? 0
  return {
    get count() {
      return records.length
    },
    get bytes() {
      return end()
    },
    add(record, { text, turns: own }) {
      const needed = end() + text.length * BYTES_PER_UNIT
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2))
        buffer.copy(larger, 0, 0, end())
        buffer = larger
      }
      const written = buffer.write(text, end())
      if (own !== undefined) turns[records.length] = packTurns(text, own)
      records.push(record)
      offsets.push(end() + written)
    },
    recordOf: (document) => records[document] ?? 0,
    size: (document) => (offsets[document + 1] ?? 0) - (offsets[document] ?? 0),
    texts(start, stop) {
      const first = offsets[start] ?? 0
      return {
        bytes: buffer.subarray(first, offsets[stop] ?? first),
        offsets: Int32Array.from(
          { length: stop - start + 1 },
          (_, row) => (offsets[start + row] ?? 0) - first,
        ),
      }
    },
    turns: (start, stop) => Array.from({ length: stop - start }, (_, row) => turns[start + row] ?? NO_TURNS),
    clear() {
      turns = []
      records = []
      offsets = [0]
      buffer = first
    },
  }
}

/** Words of a turn: its role's place in ROLES, and [start, end) of the text in UTF-8 bytes. */
const TURN_WIDTH = 3
const ROLES = ['system', 'user', 'assistant'] as const
const NO_TURNS = new Uint32Array()

export function packTurns(text: string, turns: readonly Turn[]): Uint32Array {
  const words = new Uint32Array(turns.length * TURN_WIDTH)
  let bytes = 0
  let done = 0
  const byteAt = (unit: number): number => {
    bytes += Buffer.byteLength(text.slice(done, unit))
    done = unit
    return bytes
  }
  for (const [index, { role, start, end }] of turns.entries()) {
    words.set([ROLES.indexOf(role), byteAt(start), byteAt(end)], index * TURN_WIDTH)
  }
  return words
}

/** The turns of a document, with the bytes of each as views of `text`. */
export function unpackTurns(
  text: Uint8Array,
  words: Uint32Array,
): { role: Turn['role']; text: Uint8Array }[] {
  return Array.from({ length: words.length / TURN_WIDTH }, (_, turn) => {
    const [role = 0, start = 0, end = 0] = words.subarray(turn * TURN_WIDTH, (turn + 1) * TURN_WIDTH)
    return { role: ROLES[role] ?? 'user', text: text.subarray(start, end) }
  })
}
