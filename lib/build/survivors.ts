/** Bytes that a text of `length` UTF-16 units can have in UTF-8, at most. */
const BYTES_PER_UNIT = 3

/**
 * The survivors of a part: texts end to end in one buffer, which is kept from part to part. A buffer for each text would
 * leave the garbage collector a part's worth of memory that it is in no hurry to free.
 */
export interface Survivors {
  readonly count: number
  /** UTF-8 bytes of all texts. */
  readonly bytes: number
  /** Adds a document's text; `record` is the row of its record. */
  add(record: number, text: string): void
  /** Row of the record of document `document`. */
  recordOf(document: number): number
  /** Texts [start, end) as an Arrow column; views that the next part overwrites. */
  texts(start: number, end: number): { readonly bytes: Uint8Array; readonly offsets: Int32Array }
  /** UTF-8 bytes of one text. */
  size(document: number): number
  clear(): void
}

export function createSurvivors(bytes: number): Survivors {
  let buffer = Buffer.allocUnsafeSlow(bytes)
  let records: number[] = []
  let offsets: number[] = [0]
  const end = (): number => offsets.at(-1) ?? 0
  return {
    get count() {
      return records.length
    },
    get bytes() {
      return end()
    },
    add(record, text) {
      const needed = end() + text.length * BYTES_PER_UNIT
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, buffer.length * 2))
        buffer.copy(larger, 0, 0, end())
        buffer = larger
      }
      const written = buffer.write(text, end())
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
    clear() {
      records = []
      offsets = [0]
      if (buffer.length > 2 * bytes) buffer = Buffer.allocUnsafeSlow(bytes)
    },
  }
}
