/** Metadata of Arrow IPC messages (https://arrow.apache.org/docs/format/Columnar.html), by the places in its .fbs schemas. */
import { type FlatTable, longAt, rootTable } from './flatbuffer.ts'
import { TableDamage } from './rows.ts'

/** Levels of nesting. */
const MAX_DEPTH = 64
/** Metadata version 4 is the first with the layouts of today. */
const VERSION_4 = 3
const VERSION_5 = 4

export type TicksPerSecond = 1n | 1000n | 1_000_000n | 1_000_000_000n
type OffsetBits = 32 | 64

/** Types whose values have one width. */
export type FlatType =
  | { readonly kind: 'bool' }
  | { readonly kind: 'int'; readonly bits: number; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'decimal'; readonly bytes: number; readonly scale: number }
  | { readonly kind: 'date'; readonly unit: 'day' | 'millisecond' }
  | { readonly kind: 'ticks'; readonly bits: 32 | 64 }
  | { readonly kind: 'timestamp'; readonly perSecond: TicksPerSecond }
  | { readonly kind: 'interval'; readonly parts: 1 | 2 | 3 }
  | { readonly kind: 'fixed-bytes'; readonly bytes: number }

export type ArrowType =
  | FlatType
  | { readonly kind: 'null' }
  | { readonly kind: 'run-end' }
  | { readonly kind: 'struct' | 'map' }
  | { readonly kind: 'bytes' | 'text'; readonly offsets: OffsetBits }
  | { readonly kind: 'bytes-view' | 'text-view' }
  | { readonly kind: 'fixed-list'; readonly length: number }
  | { readonly kind: 'list' | 'list-view'; readonly offsets: OffsetBits }
  | { readonly kind: 'union'; readonly dense: boolean; readonly ids: readonly number[] }

export interface ArrowField {
  readonly name: string
  readonly type: ArrowType
  readonly children: readonly ArrowField[]
  /** Set where the values are in a dictionary, and the column has places in it. */
  readonly dictionary: { readonly id: number; readonly index: ArrowType } | undefined
}

export interface ArrowBatch {
  readonly rows: number
  /** (length, nulls) of each field, depth first. */
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[]
  /** Place of each buffer in the body. */
  readonly buffers: readonly { readonly offset: number; readonly length: number }[]
  readonly codec: 'lz4' | 'zstd' | undefined
  /** Data buffers of each column of views. */
  readonly variadic: readonly number[]
}

export type ArrowMessage = { readonly bodyLength: number } & (
  | { readonly kind: 'schema'; readonly fields: readonly ArrowField[] }
  | { readonly kind: 'batch'; readonly batch: ArrowBatch }
  | { readonly kind: 'dictionary'; readonly id: number; readonly delta: boolean; readonly batch: ArrowBatch }
  | { readonly kind: 'other' }
)

/** Throws TableDamage. */
export function decodeArrowMessage(metadata: Uint8Array): ArrowMessage {
  const message = rootTable(metadata)
  const version = message.short(0)
  if (version < VERSION_4 || version > VERSION_5) throw corrupt(`metadata version ${version}`)
  const bodyLength = message.long(3)
  const header = message.table(2)
  if (bodyLength < 0 || header === undefined) throw corrupt('a message without a header')
  const type = message.byte(1)
  if (type === 1) return { kind: 'schema', bodyLength, fields: decodeSchema(header, version) }
  if (type === 3) return { kind: 'batch', bodyLength, batch: decodeBatch(header) }
  if (type !== 2) return { kind: 'other', bodyLength }
  const data = header.table(1)
  if (data === undefined) throw corrupt('a dictionary without values')
  const delta = header.byte(2) !== 0
  return { kind: 'dictionary', bodyLength, id: header.long(0), delta, batch: decodeBatch(data) }
}

/** Where a message lies in a file. */
export interface ArrowBlock {
  readonly offset: number
  readonly metadataLength: number
  readonly bodyLength: number
}

export interface ArrowFooter {
  readonly fields: readonly ArrowField[]
  readonly dictionaries: readonly ArrowBlock[]
  readonly batches: readonly ArrowBlock[]
}

/** Throws TableDamage. */
export function decodeArrowFooter(bytes: Uint8Array): ArrowFooter {
  const footer = rootTable(bytes)
  const schema = footer.table(1)
  if (schema === undefined) throw corrupt('a footer without a schema')
  const blocks = (slot: number): ArrowBlock[] => {
    const { count, view } = footer.vector(slot, 24)
    return Array.from({ length: count }, (_, index) => ({
      offset: longAt(view, 24 * index),
      metadataLength: view.getInt32(24 * index + 8, true),
      bodyLength: longAt(view, 24 * index + 16),
    }))
  }
  return { fields: decodeSchema(schema, footer.short(0)), dictionaries: blocks(2), batches: blocks(3) }
}

function decodeSchema(schema: FlatTable, version: number): ArrowField[] {
  if (schema.short(0) !== 0) throw corrupt('big-endian numbers are not supported')
  const toField = (field: FlatTable, depth: number): ArrowField => {
    if (depth > MAX_DEPTH) throw corrupt(`a schema of more than ${MAX_DEPTH} levels`)
    const encoding = field.table(4)
    const index = encoding?.table(1)
    const type = decodeType(field.byte(2), field.table(3))
    if (type.kind === 'union' && version < VERSION_5) throw corrupt('a union of metadata version 4')
    const children = field.tables(5).map((child) => toField(child, depth + 1))
    requireChildren(type, children.length)
    return {
      name: field.text(0),
      type,
      children,
      dictionary: encoding && {
        id: encoding.long(0),
        index: index === undefined ? { kind: 'int', bits: 32, signed: true } : intType(index),
      },
    }
  }
  return schema.tables(1).map((field) => toField(field, 1))
}

const CHILDREN: Partial<Record<ArrowType['kind'], number>> = {
  list: 1,
  'list-view': 1,
  'fixed-list': 1,
  map: 1,
  'run-end': 2,
}

function requireChildren(type: ArrowType, count: number): void {
  const wanted = CHILDREN[type.kind] ?? (type.kind === 'struct' || type.kind === 'union' ? count : 0)
  if (count !== wanted) throw corrupt(`a ${type.kind} column with ${count} columns in it`)
}

const TICKS = [1n, 1000n, 1_000_000n, 1_000_000_000n] as const

function intType(type: FlatTable): ArrowType {
  const bits = type.int(0)
  if (![8, 16, 32, 64].includes(bits)) throw corrupt(`integers of ${bits} bits`)
  return { kind: 'int', bits, signed: type.byte(1) !== 0 }
}

/** `code` is a member of the union `Type`; its table has the parameters. */
function decodeType(code: number, type: FlatTable | undefined): ArrowType {
  if (type === undefined) throw corrupt('a column without a type')
  switch (code) {
    case 1:
      return { kind: 'null' }
    case 2:
      return intType(type)
    case 3: {
      const bits = ([16, 32, 64] as const)[type.short(0)]
      if (bits === undefined) throw corrupt('floats of an unknown precision')
      return { kind: 'float', bits }
    }
    case 4:
    case 19:
      return { kind: 'bytes', offsets: code === 4 ? 32 : 64 }
    case 5:
    case 20:
      return { kind: 'text', offsets: code === 5 ? 32 : 64 }
    case 6:
      return { kind: 'bool' }
    case 7:
      return { kind: 'decimal', scale: type.int(1), bytes: widthOf(type.int(2, 128) / 8, 32) }
    case 8:
      return { kind: 'date', unit: type.short(0, 1) === 0 ? 'day' : 'millisecond' }
    case 9:
      return { kind: 'ticks', bits: type.int(1, 32) === 64 ? 64 : 32 }
    case 10: {
      const perSecond = TICKS[type.short(0)]
      if (perSecond === undefined) throw corrupt('a timestamp of an unknown unit')
      return { kind: 'timestamp', perSecond }
    }
    case 11: {
      const parts = ([1, 2, 3] as const)[type.short(0)]
      if (parts === undefined) throw corrupt('an interval of an unknown unit')
      return { kind: 'interval', parts }
    }
    case 12:
    case 21:
      return { kind: 'list', offsets: code === 12 ? 32 : 64 }
    case 13:
      return { kind: 'struct' }
    case 14: {
      const { count, view } = type.vector(1, 4)
      const ids = Array.from({ length: count }, (_, index) => view.getInt32(4 * index, true))
      return { kind: 'union', dense: type.short(0) === 1, ids }
    }
    case 15:
      return { kind: 'fixed-bytes', bytes: widthOf(type.int(0), 2 ** 30) }
    case 16:
      return { kind: 'fixed-list', length: widthOf(type.int(0), 2 ** 30) }
    case 17:
      return { kind: 'map' }
    case 18:
      return { kind: 'ticks', bits: 64 }
    case 22:
      return { kind: 'run-end' }
    case 23:
      return { kind: 'bytes-view' }
    case 24:
      return { kind: 'text-view' }
    case 25:
    case 26:
      return { kind: 'list-view', offsets: code === 25 ? 32 : 64 }
    default:
      throw corrupt(`columns of type ${code} are not known`)
  }
}

function widthOf(width: number, most: number): number {
  if (Number.isInteger(width) && width >= 0 && width <= most) return width
  throw corrupt(`values of width ${width}`)
}

function decodeBatch(batch: FlatTable): ArrowBatch {
  const pairs = (slot: number): [number, number][] => {
    const { count, view } = batch.vector(slot, 16)
    return Array.from({ length: count }, (_, index) => [
      longAt(view, 16 * index),
      longAt(view, 16 * index + 8),
    ])
  }
  const compression = batch.table(3)
  const codec = compression && (['lz4', 'zstd'] as const)[compression.byte(0)]
  if (compression !== undefined && (codec === undefined || compression.byte(1) !== 0))
    throw corrupt('a compression that is not known')
  const { count, view } = batch.vector(4, 8)
  return {
    rows: batch.long(0),
    nodes: pairs(1).map(([length, nulls]) => ({ length, nulls })),
    buffers: pairs(2).map(([offset, length]) => ({ offset, length })),
    codec,
    variadic: Array.from({ length: count }, (_, index) => longAt(view, 8 * index)),
  }
}

function corrupt(message: string): TableDamage {
  return new TableDamage('corrupt', message)
}
