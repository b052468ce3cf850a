import { Builder } from 'flatbuffers'
import { rootTable } from '../readers/flatbuffer.ts'
import type { FlatType, Layout } from './arrow-columns.ts'

/*
 * The metadata of Arrow IPC as FlatBuffers: Schema.fbs, Message.fbs and File.fbs of github.com/apache/arrow/format. Fields
 * go by their places in these, enumerations by their numbers. A FlatBuffer is written from its end: parts before what
 * holds them, vectors from their last item.
 */

const V5 = 4
const HEADER = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const
const TYPE = { int: 2, float: 3, binary: 4, utf8: 5, bool: 6, list: 12, bytes: 15, fixedList: 16 } as const
const PRECISION: Partial<Record<FlatType, number>> = { float32: 1, float64: 2 }

/** A column as its schema has it. */
export interface NamedLayout {
  readonly name: string
  readonly layout: Layout
}

export interface Schema {
  readonly columns: readonly NamedLayout[]
  readonly metadata: ReadonlyMap<string, string>
}

/** Rows of a column or of its values, and how many of them are null. */
export interface FieldNode {
  readonly length: number
  readonly nullCount: number
}

/** Where in a message's body a buffer is, in bytes. */
export interface Region {
  readonly offset: number
  readonly length: number
}

export interface RecordBatch {
  readonly length: number
  readonly nodes: readonly FieldNode[]
  readonly buffers: readonly Region[]
}

/** Where in the file a message is, in bytes. */
export interface Block {
  readonly offset: number
  readonly metadataLength: number
  readonly bodyLength: number
}

export interface Footer {
  readonly metadata: ReadonlyMap<string, string>
  readonly batches: Block[]
  readonly dictionaries: Block[]
}

export function schemaMessage(schema: Schema): Uint8Array {
  const builder = new Builder()
  return message(builder, HEADER.schema, addSchema(builder, schema), 0)
}

export function batchMessage(batch: RecordBatch, bodyLength: number): Uint8Array {
  const builder = new Builder()
  return message(builder, HEADER.recordBatch, addBatch(builder, batch), bodyLength)
}

export function dictionaryMessage(id: number, batch: RecordBatch, bodyLength: number): Uint8Array {
  const builder = new Builder()
  const data = addBatch(builder, batch)
  builder.startObject(3)
  builder.addFieldInt64(0, BigInt(id), 0n)
  builder.addFieldOffset(1, data, 0)
  return message(builder, HEADER.dictionaryBatch, builder.endObject(), bodyLength)
}

export function footer(
  schema: Schema,
  batches: readonly Block[],
  dictionaries: readonly Block[],
): Uint8Array {
  const builder = new Builder()
  const [schemaAt, batchesAt, dictionariesAt] = [
    addSchema(builder, schema),
    addBlocks(builder, batches),
    addBlocks(builder, dictionaries),
  ]
  builder.startObject(5)
  builder.addFieldOffset(1, schemaAt, 0)
  builder.addFieldInt16(0, V5, 0)
  builder.addFieldOffset(3, batchesAt, 0)
  builder.addFieldOffset(2, dictionariesAt, 0)
  builder.finish(builder.endObject())
  return builder.asUint8Array()
}

/** Reads back what `footer` gave. Throws TableDamage. */
export function readFooter(bytes: Uint8Array): Footer {
  const table = rootTable(bytes)
  const blocks = (slot: number): Block[] => {
    const { count, view } = table.vector(slot, 24)
    return Array.from({ length: count }, (_, at) => ({
      offset: Number(view.getBigInt64(24 * at, true)),
      metadataLength: view.getInt32(24 * at + 8, true),
      bodyLength: Number(view.getBigInt64(24 * at + 16, true)),
    }))
  }
  const entries = table.table(1)?.tables(2) ?? []
  return {
    metadata: new Map(entries.map((entry) => [entry.text(0), entry.text(1)])),
    batches: blocks(3),
    dictionaries: blocks(2),
  }
}

/** The batch of a message that `batchMessage` or `dictionaryMessage` gave; undefined for another's. Throws TableDamage. */
export function readBatch(bytes: Uint8Array): RecordBatch | undefined {
  const table = rootTable(bytes)
  const header = table.table(2)
  const batch = table.byte(1) === HEADER.dictionaryBatch ? header?.table(1) : header
  if (batch === undefined || table.byte(1) === HEADER.schema) return undefined
  const pairs = (slot: number): [number, number][] => {
    const { count, view } = batch.vector(slot, 16)
    return Array.from({ length: count }, (_, at) => [
      Number(view.getBigInt64(16 * at, true)),
      Number(view.getBigInt64(16 * at + 8, true)),
    ])
  }
  return {
    length: batch.long(0),
    nodes: pairs(1).map(([length, nullCount]) => ({ length, nullCount })),
    buffers: pairs(2).map(([offset, length]) => ({ offset, length })),
  }
}

function message(builder: Builder, type: number, header: number, bodyLength: number): Uint8Array {
  builder.startObject(5)
  builder.addFieldInt16(0, V5, 0)
  builder.addFieldOffset(2, header, 0)
  builder.addFieldInt8(1, type, 0)
  builder.addFieldInt64(3, BigInt(bodyLength), 0n)
  builder.finish(builder.endObject())
  return builder.asUint8Array()
}

function addBatch(builder: Builder, { length, nodes, buffers }: RecordBatch): number {
  const nodesAt = addPairs(
    builder,
    nodes.map((node) => [node.length, node.nullCount]),
  )
  const buffersAt = addPairs(
    builder,
    buffers.map((buffer) => [buffer.offset, buffer.length]),
  )
  builder.startObject(5)
  builder.addFieldInt64(0, BigInt(length), 0n)
  builder.addFieldOffset(1, nodesAt, 0)
  builder.addFieldOffset(2, buffersAt, 0)
  return builder.endObject()
}

/** A vector of structs of two 64-bit numbers. */
function addPairs(builder: Builder, pairs: readonly (readonly [number, number])[]): number {
  builder.startVector(16, pairs.length, 8)
  for (const [first, second] of pairs.toReversed()) {
    builder.prep(8, 16)
    builder.writeInt64(BigInt(second))
    builder.writeInt64(BigInt(first))
  }
  return builder.endVector()
}

function addBlocks(builder: Builder, blocks: readonly Block[]): number {
  builder.startVector(24, blocks.length, 8)
  for (const { offset, metadataLength, bodyLength } of blocks.toReversed()) {
    builder.prep(8, 24)
    builder.writeInt64(BigInt(bodyLength))
    builder.pad(4)
    builder.writeInt32(metadataLength)
    builder.writeInt64(BigInt(offset))
  }
  return builder.endVector()
}

function addSchema(builder: Builder, { columns, metadata }: Schema): number {
  let dictionaries = 0
  const fields = columns.map(({ name, layout }) =>
    addColumn(builder, name, layout, layout.kind === 'dictionary' ? dictionaries++ : 0),
  )
  const fieldsAt = addOffsets(builder, fields)
  const entries = [...metadata].map(([key, value]) => {
    const [keyAt, valueAt] = [builder.createString(key), builder.createString(value)]
    builder.startObject(2)
    builder.addFieldOffset(0, keyAt, 0)
    builder.addFieldOffset(1, valueAt, 0)
    return builder.endObject()
  })
  const metadataAt = addOffsets(builder, entries)
  builder.startObject(4)
  builder.addFieldOffset(1, fieldsAt, 0)
  builder.addFieldOffset(2, metadataAt, 0)
  return builder.endObject()
}

function addOffsets(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4)
  for (const offset of offsets.toReversed()) builder.addOffset(offset)
  return builder.endVector()
}

/** The field of a column. `dictionary` numbers the file's dictionaries. */
function addColumn(builder: Builder, name: string, layout: Layout, dictionary: number): number {
  const encoding = layout.kind === 'dictionary' ? addDictionary(builder, dictionary) : 0
  const [type, typeAt] = addType(builder, layout)
  const item = itemOf(layout)
  const children = item === undefined ? [] : [addField(builder, 'item', item, addNumberType(builder, item))]
  return addField(builder, name, type, typeAt, { children, nullable: layout.nullable, encoding })
}

/** Of lists: the type of their values. */
function itemOf(layout: Layout): FlatType | 'bool' | undefined {
  if (layout.kind === 'bits') return 'bool'
  return layout.kind === 'list' || layout.kind === 'fixed-list' ? layout.flat : undefined
}

function addField(
  builder: Builder,
  name: string,
  type: number | FlatType | 'bool',
  typeAt: number,
  { children = [], nullable = false, encoding = 0 }: FieldParts = {},
): number {
  const childrenAt = addOffsets(builder, children)
  const nameAt = builder.createString(name)
  builder.startObject(7)
  builder.addFieldOffset(3, typeAt, 0)
  builder.addFieldInt8(2, typeof type === 'number' ? type : numberType(type), 0)
  builder.addFieldOffset(5, childrenAt, 0)
  builder.addFieldInt8(1, Number(nullable), 0)
  builder.addFieldOffset(0, nameAt, 0)
  builder.addFieldOffset(4, encoding, 0)
  return builder.endObject()
}

interface FieldParts {
  readonly children?: readonly number[]
  readonly nullable?: boolean
  readonly encoding?: number
}

/** Signed indices: pandas takes no unsigned ones. */
function addDictionary(builder: Builder, id: number): number {
  const index = addNumberType(builder, 'int16')
  builder.startObject(4)
  builder.addFieldInt64(0, BigInt(id), 0n)
  builder.addFieldOffset(1, index, 0)
  return builder.endObject()
}

/** The number of a column's type, and the type's own table. */
function addType(builder: Builder, layout: Layout): [type: number, at: number] {
  const { kind } = layout
  if (kind === 'flat') return [numberType(layout.flat), addNumberType(builder, layout.flat)]
  builder.startObject(1)
  if (kind === 'binary16') builder.addFieldInt32(0, 16, 0)
  if (kind === 'fixed-list' || kind === 'bits') builder.addFieldInt32(0, layout.length, 0)
  return [TYPES[kind], builder.endObject()]
}

const TYPES: Readonly<Record<Exclude<Layout['kind'], 'flat'>, number>> = {
  list: TYPE.list,
  'fixed-list': TYPE.fixedList,
  bits: TYPE.fixedList,
  binary16: TYPE.bytes,
  binary: TYPE.binary,
  utf8: TYPE.utf8,
  dictionary: TYPE.utf8,
}

function numberType(flat: FlatType | 'bool'): number {
  if (flat === 'bool') return TYPE.bool
  return PRECISION[flat] === undefined ? TYPE.int : TYPE.float
}

function addNumberType(builder: Builder, flat: FlatType | 'bool'): number {
  builder.startObject(2)
  if (flat !== 'bool') {
    const precision = PRECISION[flat]
    if (precision !== undefined) builder.addFieldInt16(0, precision, 0)
    else {
      builder.addFieldInt32(0, Number(/\d+/.exec(flat)?.[0]), 0)
      builder.addFieldInt8(1, flat.startsWith('int') ? 1 : 0, 0)
    }
  }
  return builder.endObject()
}
