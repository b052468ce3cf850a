/** Values of Arrow columns, as JSON has them. A column's offsets and places are checked once, before any value is read. */
import { isAscii, isUtf8 } from 'node:buffer'
import type { BatchParts } from './arrow-buffers.ts'
import { flatAt } from './arrow-flat.ts'
import { type IntegerType, integers, type Places, placesOf, requireBytes, sizesOf } from './arrow-integers.ts'
import type { ArrowField, ArrowType } from './arrow-schema.ts'
import { TableDamage } from './rows.ts'

/** The values of a column. `at` is only asked for rows below `length`. */
export interface ArrowColumn {
  readonly length: number
  readonly at: (row: number) => unknown
}

export interface ArrowContext {
  readonly dictionaries: ReadonlyMap<number, ArrowColumn>
  /** Counts values of lists. A short dictionary, or views that overlap, can stand for far more than they store. */
  spend(values: number): void
}

/** Takes a field's nodes and buffers. Throws TableDamage. */
export function decodeColumn(field: ArrowField, parts: BatchParts, context: ArrowContext): ArrowColumn {
  const { length, nulls } = parts.node()
  const { type, dictionary } = field
  if (dictionary !== undefined) {
    const isNull = nullTest(parts.buffer(), length, nulls)
    return nullable(length, isNull, dictionaryAt(dictionary, parts.buffer(), length, isNull, context))
  }
  if (type.kind === 'null') return { length, at: () => null }
  if (type.kind === 'run-end') return runEnds(field, length, parts, context)
  if (type.kind === 'union') return unionColumn(type, field, length, parts, context)
  const isNull = nullTest(parts.buffer(), length, nulls)
  return nullable(length, isNull, valuesOf(type, field, length, parts, context, isNull))
}

/** Passes over a field's nodes and buffers. */
export function skipColumn(field: ArrowField, parts: BatchParts): void {
  parts.node()
  const { type, dictionary } = field
  let buffers = dictionary === undefined ? (BUFFERS[type.kind] ?? 2) : 2
  if (dictionary === undefined && type.kind === 'union' && type.dense) buffers++
  if (dictionary === undefined && (type.kind === 'bytes-view' || type.kind === 'text-view'))
    buffers += parts.variadic()
  for (let buffer = 0; buffer < buffers; buffer++) parts.skipBuffer()
  if (dictionary === undefined) for (const child of field.children) skipColumn(child, parts)
}

/** Where they are not two: validity and values. */
const BUFFERS: Partial<Record<ArrowType['kind'], number>> = {
  null: 0,
  'run-end': 0,
  union: 1,
  struct: 1,
  'fixed-list': 1,
  bytes: 3,
  text: 3,
  'list-view': 3,
}

type ValueAt = (row: number) => unknown
type NullTest = ((row: number) => boolean) | undefined

function nullTest(bitmap: Buffer, length: number, nulls: number): NullTest {
  if (nulls === 0) return undefined
  requireBytes(bitmap, (length + 7) >> 3, 'a bitmap')
  return (row) => ((bitmap[row >> 3] ?? 0) & (1 << (row & 7))) === 0
}

function nullable(length: number, isNull: NullTest, at: ValueAt): ArrowColumn {
  return { length, at: isNull === undefined ? at : (row) => (isNull(row) ? null : at(row)) }
}

function childOf(
  field: ArrowField,
  place: number,
  least: number,
  parts: BatchParts,
  context: ArrowContext,
): ArrowColumn {
  const child = field.children[place]
  const column = child && decodeColumn(child, parts, context)
  if (column === undefined || column.length < least)
    throw new TableDamage(
      'corrupt',
      `a column in ${field.name} of ${column?.length} values, where ${least} are needed`,
    )
  return column
}

function valuesOf(
  type: Exclude<ArrowType, { kind: 'null' } | { kind: 'run-end' } | { kind: 'union' }>,
  field: ArrowField,
  length: number,
  parts: BatchParts,
  context: ArrowContext,
  isNull: NullTest,
): ValueAt {
  switch (type.kind) {
    case 'struct': {
      const names = field.children.map(({ name }) => name)
      const columns = names.map((_, place) => childOf(field, place, length, parts, context))
      return (row) => Object.fromEntries(columns.map((column, place) => [names[place] ?? '', column.at(row)]))
    }
    case 'list':
    case 'map': {
      const offsets = placesOf(parts.buffer(), length, type.kind === 'list' ? type.offsets : 32)
      const items = childOf(field, 0, offsets[length] ?? 0, parts, context)
      const list = listAt(
        items,
        context,
        (row) => offsets[row] ?? 0,
        (row) => offsets[row + 1] ?? 0,
      )
      return type.kind === 'list' ? list : (row) => mapOf(list(row))
    }
    case 'list-view': {
      const offsets = sizesOf(parts.buffer(), length, type.offsets)
      const sizes = sizesOf(parts.buffer(), length, type.offsets)
      let end = 0
      for (let row = 0; row < length; row++)
        if (isNull?.(row) !== true) end = Math.max(end, (offsets[row] ?? 0) + (sizes[row] ?? 0))
      const items = childOf(field, 0, end, parts, context)
      const start = (row: number): number => offsets[row] ?? 0
      return listAt(items, context, start, (row) => start(row) + (sizes[row] ?? 0))
    }
    case 'fixed-list': {
      const items = childOf(field, 0, length * type.length, parts, context)
      return listAt(
        items,
        context,
        (row) => row * type.length,
        (row) => (row + 1) * type.length,
      )
    }
    case 'bytes':
    case 'text': {
      const offsets = placesOf(parts.buffer(), length, type.offsets)
      const data = parts.buffer()
      requireBytes(data, offsets[length] ?? 0, 'texts')
      return textAt(offsets, length, data)
    }
    case 'bytes-view':
    case 'text-view':
      return viewAt(parts, length, isNull)
    case 'bool':
    case 'int':
    case 'float':
    case 'decimal':
    case 'date':
    case 'ticks':
    case 'timestamp':
    case 'interval':
    case 'fixed-bytes':
      break
  }
  return flatAt(type, parts.buffer(), length)
}

function listAt(
  items: ArrowColumn,
  context: ArrowContext,
  start: (row: number) => number,
  end: (row: number) => number,
): (row: number) => unknown[] {
  return (row) => {
    const from = start(row)
    const length = end(row) - from
    context.spend(length)
    return Array.from({ length }, (_, index) => items.at(from + index))
  }
}

/** Entries `{key, value}`, whatever the file calls them, as an object. */
function mapOf(entries: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [key, value] = Object.values(entry ?? {})
      return [String(key), value ?? null]
    }),
  )
}

/** UTF-8 as a string, any other bytes as `{base64}`. */
function textOrBytes(bytes: Buffer): string | { base64: string } {
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') }
}

function textAt(offsets: Places, length: number, data: Buffer): ValueAt {
  const used = data.subarray(0, offsets[length] ?? 0)
  if (isAscii(used)) return (row) => data.toString('latin1', offsets[row], offsets[row + 1])
  let whole = isUtf8(used)
  // Valid as a whole, and no text begins within a character: then each is valid.
  for (let row = 0; whole && row < length; row++) whole = ((used[offsets[row] ?? 0] ?? 0) & 0xc0) !== 0x80
  return whole
    ? (row) => data.toString('utf8', offsets[row], offsets[row + 1])
    : (row) => textOrBytes(data.subarray(offsets[row], offsets[row + 1]))
}

/** Bytes of a view, and of the text that it holds itself. */
const VIEW_BYTES = 16
const INLINE_BYTES = 12

function viewAt(parts: BatchParts, length: number, isNull: NullTest): ValueAt {
  const views = parts.buffer()
  const data = Array.from({ length: parts.variadic() }, () => parts.buffer())
  requireBytes(views, length * VIEW_BYTES, 'views')
  const bytesAt = (row: number): Buffer | undefined => {
    const at = row * VIEW_BYTES
    const size = views.readInt32LE(at)
    if (size >= 0 && size <= INLINE_BYTES) return views.subarray(at + 4, at + 4 + size)
    const start = views.readInt32LE(at + 12)
    const buffer = data[views.readInt32LE(at + 8)]
    return buffer !== undefined && size >= 0 && start >= 0 && start + size <= buffer.length
      ? buffer.subarray(start, start + size)
      : undefined
  }
  for (let row = 0; row < length; row++) {
    if (bytesAt(row) === undefined && isNull?.(row) !== true)
      throw new TableDamage('corrupt', `a view of bytes that are not there, in row ${row}`)
  }
  return (row) => textOrBytes(bytesAt(row) ?? Buffer.alloc(0))
}

function dictionaryAt(
  { id, index }: NonNullable<ArrowField['dictionary']>,
  buffer: Buffer,
  length: number,
  isNull: NullTest,
  { dictionaries }: ArrowContext,
): ValueAt {
  const values = dictionaries.get(id)
  if (values === undefined) throw new TableDamage('corrupt', `dictionary ${id} is not there`)
  const places = integers(requireInteger(index), buffer, length)
  for (let row = 0; row < length; row++) {
    const place = Number(places[row])
    if (!(place >= 0 && place < values.length) && isNull?.(row) !== true)
      throw new TableDamage('corrupt', `place ${place} in a dictionary of ${values.length}, in row ${row}`)
  }
  return (row) => values.at(Number(places[row]))
}

function requireInteger(type: ArrowType): IntegerType {
  if (type.kind === 'int') return type
  throw new TableDamage('corrupt', `places of type ${type.kind}`)
}

function runEnds(field: ArrowField, length: number, parts: BatchParts, context: ArrowContext): ArrowColumn {
  const [ends] = field.children
  const node = parts.node()
  if (nullTest(parts.buffer(), node.length, node.nulls) !== undefined || ends === undefined)
    throw new TableDamage('corrupt', 'runs without an end')
  const places = sizesOf(parts.buffer(), node.length, requireInteger(ends.type).bits)
  for (let run = 1; run < node.length; run++)
    if ((places[run] ?? 0) <= (places[run - 1] ?? 0))
      throw new TableDamage('corrupt', 'runs that do not grow')
  if ((places.at(-1) ?? 0) < length) throw new TableDamage('corrupt', `runs that end before ${length} values`)
  const values = childOf(field, 1, node.length, parts, context)
  return {
    length,
    at(row) {
      let [low, high] = [0, node.length - 1]
      while (low < high) {
        const middle = (low + high) >> 1
        if ((places[middle] ?? 0) > row) high = middle
        else low = middle + 1
      }
      return values.at(low)
    },
  }
}

function unionColumn(
  { dense, ids }: Extract<ArrowType, { kind: 'union' }>,
  field: ArrowField,
  length: number,
  parts: BatchParts,
  context: ArrowContext,
): ArrowColumn {
  const codes = parts.buffer()
  requireBytes(codes, length, 'type codes')
  const offsets = dense ? sizesOf(parts.buffer(), length, 32) : undefined
  const columns = field.children.map((_, place) => childOf(field, place, 0, parts, context))
  const byCode = new Map(columns.map((column, place) => [ids.length === 0 ? place : ids[place], column]))
  for (let row = 0; row < length; row++) {
    const column = byCode.get(codes.readInt8(row))
    if (column === undefined || (offsets?.[row] ?? row) >= column.length)
      throw new TableDamage('corrupt', `a union without a value in row ${row}`)
  }
  return { length, at: (row) => byCode.get(codes.readInt8(row))?.at(offsets?.[row] ?? row) }
}
