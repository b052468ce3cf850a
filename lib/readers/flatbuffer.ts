import { TableDamage } from './rows.ts'

/** Tables that one buffer may be made of: offsets may point to the same table many times, so that a small buffer is a huge tree. */
const MAX_TABLES = 100_000

/**
 * A table of a FlatBuffer (https://flatbuffers.dev/internals/), read by the places of its fields. Every access is checked:
 * the usual decoders trust offsets and counts, and a changed bit in one has them loop or allocate without end.
 * All throw TableDamage.
 */
export interface FlatTable {
  /** Fields that are absent have their default. */
  byte(slot: number, fallback?: number): number
  short(slot: number, fallback?: number): number
  int(slot: number, fallback?: number): number
  /** A 64-bit integer that a double holds exactly. */
  long(slot: number): number
  text(slot: number): string
  table(slot: number): FlatTable | undefined
  tables(slot: number): FlatTable[]
  /** A vector of `count` values or structs of `bytes` bytes each. */
  vector(slot: number, bytes: number): { readonly count: number; readonly view: DataView }
}

/** The root of the buffer that `bytes` begin with. */
export function rootTable(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let tables = 0

  const checked = (at: number, length: number): number => {
    if (at >= 0 && length >= 0 && at + length <= bytes.length) return at
    throw new TableDamage(
      'corrupt',
      `metadata that point to bytes ${at} to ${at + length} of ${bytes.length}`,
    )
  }
  const follow = (at: number): number => at + view.getUint32(checked(at, 4), true)

  const tableAt = (at: number): FlatTable => {
    if (++tables > MAX_TABLES) throw new TableDamage('corrupt', `metadata of more than ${MAX_TABLES} parts`)
    const fields = checked(at - view.getInt32(checked(at, 4), true), 4)
    const size = view.getUint16(fields, true)
    checked(fields, size)
    /** The place of a field; undefined where it has its default. */
    const place = (slot: number): number | undefined => {
      const entry = 4 + 2 * slot
      const offset = entry + 2 <= size ? view.getUint16(fields + entry, true) : 0
      return offset === 0 ? undefined : at + offset
    }
    const number = (slot: number, length: number, read: (at: number) => number, fallback: number): number => {
      const found = place(slot)
      return found === undefined ? fallback : read(checked(found, length))
    }
    const vectorAt = (slot: number, length: number): { start: number; count: number } => {
      const found = place(slot)
      if (found === undefined) return { start: 0, count: 0 }
      const start = follow(found)
      const count = view.getUint32(checked(start, 4), true)
      checked(start + 4, count * length)
      return { start: start + 4, count }
    }
    return {
      byte: (slot, fallback = 0) => number(slot, 1, (where) => view.getUint8(where), fallback),
      short: (slot, fallback = 0) => number(slot, 2, (where) => view.getInt16(where, true), fallback),
      int: (slot, fallback = 0) => number(slot, 4, (where) => view.getInt32(where, true), fallback),
      long: (slot) => number(slot, 8, (where) => longAt(view, where), 0),
      text(slot) {
        const { start, count } = vectorAt(slot, 1)
        return Buffer.from(bytes.buffer, bytes.byteOffset + start, count).toString('utf8')
      },
      table(slot) {
        const found = place(slot)
        return found === undefined ? undefined : tableAt(follow(found))
      },
      tables(slot) {
        const { start, count } = vectorAt(slot, 4)
        if (count > MAX_TABLES) throw new TableDamage('corrupt', `metadata of more than ${MAX_TABLES} parts`)
        return Array.from({ length: count }, (_, index) => tableAt(follow(start + 4 * index)))
      },
      vector(slot, length) {
        const { start, count } = vectorAt(slot, length)
        return { count, view: new DataView(bytes.buffer, bytes.byteOffset + start, count * length) }
      },
    }
  }
  return tableAt(follow(0))
}

/** A 64-bit integer that a double holds exactly. Throws TableDamage for others. */
export function longAt(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true))
  if (Number.isSafeInteger(value)) return value
  throw new TableDamage('corrupt', `a number of ${value} in the metadata`)
}
