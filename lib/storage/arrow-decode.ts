import {
  type BaseType,
  bytesPerValue,
  type FlatArrays,
  type FlatType,
  type Layout,
  viewAs,
} from './arrow-columns.ts'
import type { DecodedMessage } from './arrow-messages.ts'

interface ColumnBase<Value> {
  readonly rows: number
  isNull(row: number): boolean
  /** The value of one row; null where it is null. */
  get(row: number): Value
}

/** `values` has one entry a row; where `isNull`, the entry is 0. 64-bit integers beyond 2^53 come as bigint from `get`. */
export interface FlatColumn<T extends FlatType, Null = never> extends ColumnBase<number | bigint | Null> {
  readonly kind: 'flat'
  readonly values: FlatArrays[T]
}

/** Row `i` is [offsets[i], offsets[i + 1]) of `bytes`, which is UTF-8. */
export interface TextColumn<Null = never> extends ColumnBase<string | Null> {
  readonly kind: 'utf8'
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

/** As TextColumn, of bytes. `get` gives a view. */
export interface BytesColumn<Null = never> extends ColumnBase<Uint8Array | Null> {
  readonly kind: 'binary'
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

/** Row `i` is [16 i, 16 i + 16) of `bytes`, and [4 i, 4 i + 4) of `words`. `get` gives a view. */
export interface Binary16Column<Null = never> extends ColumnBase<Uint8Array | Null> {
  readonly kind: 'binary16'
  readonly bytes: Uint8Array
  readonly words: Uint32Array
}

/** Row `i` is dictionary[values[i]]. */
export interface DictionaryColumn<Null = never> extends ColumnBase<string | Null> {
  readonly kind: 'dictionary'
  readonly values: Int16Array
  readonly dictionary: readonly string[]
}

/** Row `i` is [offsets[i], offsets[i + 1]) of `values`. `get` gives a view. */
export interface ListColumn<T extends FlatType, Null = never> extends ColumnBase<FlatArrays[T] | Null> {
  readonly kind: 'list'
  readonly values: FlatArrays[T]
  readonly offsets: Int32Array
}

/** Row `i` is [length i, length i + length) of `values`. `get` gives a view. */
export interface FixedListColumn<T extends FlatType, Null = never> extends ColumnBase<FlatArrays[T] | Null> {
  readonly kind: 'fixed-list'
  readonly values: FlatArrays[T]
  readonly length: number
}

/** Row `i` is bits [length i, length i + length). `get` gives them as bytes of 0 and 1. */
export interface BitsColumn extends ColumnBase<Uint8Array> {
  readonly kind: 'bits'
  readonly length: number
}

type BaseColumn<Type extends BaseType, Null> = Type extends FlatType
  ? FlatColumn<Type, Null>
  : Type extends 'utf8'
    ? TextColumn<Null>
    : Type extends 'binary'
      ? BytesColumn<Null>
      : Type extends 'binary16'
        ? Binary16Column<Null>
        : Type extends 'dictionary'
          ? DictionaryColumn<Null>
          : Type extends `list<${infer Flat extends FlatType}>`
            ? ListColumn<Flat, Null>
            : Type extends `${infer Flat extends FlatType}[${number}]`
              ? FixedListColumn<Flat, Null>
              : Type extends `bool[${number}]`
                ? BitsColumn
                : never

/** How a column of the declared type reads. */
export type Column<Type extends string = string> = Type extends `${infer Base extends BaseType}?`
  ? BaseColumn<Base, null>
  : Type extends BaseType
    ? BaseColumn<Type, never>
    : AnyColumn

/** A column whose type is not known before the file is read. */
export type AnyColumn =
  | FlatColumn<FlatType, null>
  | TextColumn<null>
  | BytesColumn<null>
  | Binary16Column<null>
  | DictionaryColumn<null>
  | ListColumn<FlatType, null>
  | FixedListColumn<FlatType, null>
  | BitsColumn

/**
 * Reads the columns of a batch as views of its body. Throws RangeError where buffers and rows contradict each other.
 * `dictionaries` has the values of each dictionary column by its place among them.
 */
export function decodeColumns(
  message: DecodedMessage,
  layouts: readonly Layout[],
  dictionaries: readonly (readonly string[])[],
): AnyColumn[] {
  const { batch, body } = message
  let buffer = 0
  let node = 0
  let dictionary = 0
  const nextBuffer = (): Uint8Array => {
    const region = batch.buffers[buffer++]
    if (region === undefined || region.offset + region.length > body.byteLength)
      throw new RangeError('no such buffer')
    return body.subarray(region.offset, region.offset + region.length)
  }
  const nextNode = (): { rows: number; nulls: number } => {
    const next = batch.nodes[node++]
    if (next === undefined) throw new RangeError('no such field node')
    return { rows: next.length, nulls: next.nullCount }
  }
  return layouts.map((layout) => {
    const { rows, nulls } = nextNode()
    const isNull = nullTest(nextBuffer(), nulls)
    if (layout.kind === 'flat')
      return flatColumn(rows, isNull, sized(viewAs(layout.flat, nextBuffer()), rows))
    if (layout.kind === 'binary16') return binary16Column(rows, isNull, sized(nextBuffer(), rows * 16))
    if (layout.kind === 'dictionary') {
      const values = sized(viewAs('int16', nextBuffer()), rows)
      return dictionaryColumn(rows, isNull, values, dictionaries[dictionary++] ?? [])
    }
    if (layout.kind === 'fixed-list') {
      nextNode()
      nextBuffer() // the values' own validity: never null
      const bytes = sized(nextBuffer(), rows * layout.length * bytesPerValue(layout.flat))
      return fixedListColumn(rows, isNull, layout.length, viewAs(layout.flat, bytes))
    }
    if (layout.kind === 'bits') {
      nextNode()
      nextBuffer()
      return bitsColumn(rows, layout.length, sized(nextBuffer(), Math.ceil((rows * layout.length) / 8)))
    }
    const offsets = sized(viewAs('int32', nextBuffer()), rows + 1)
    if (layout.kind === 'utf8') return textColumn(rows, isNull, offsets, nextBuffer())
    if (layout.kind === 'binary') return bytesColumn(rows, isNull, offsets, nextBuffer())
    nextNode()
    nextBuffer()
    return listColumn(rows, isNull, offsets, viewAs(layout.flat, nextBuffer()))
  })
}

type NullTest = (row: number) => boolean

function nullTest(bitmap: Uint8Array, nulls: number): NullTest {
  if (nulls === 0) return () => false
  return (row) => ((bitmap[row >> 3] ?? 0) & (1 << (row & 7))) === 0
}

function flatColumn(rows: number, isNull: NullTest, values: FlatArrays[FlatType]): AnyColumn {
  const get = (row: number): number | bigint | null => {
    if (isNull(row)) return null
    const value = values[row] ?? 0
    if (typeof value === 'number') return value
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  return { kind: 'flat', rows, isNull, values, get }
}

function textColumn(rows: number, isNull: NullTest, offsets: Int32Array, bytes: Uint8Array): AnyColumn {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const get = (row: number): string | null =>
    isNull(row) ? null : text.toString('utf8', offsets[row], offsets[row + 1])
  return { kind: 'utf8', rows, isNull, offsets, bytes, get }
}

function bytesColumn(rows: number, isNull: NullTest, offsets: Int32Array, bytes: Uint8Array): AnyColumn {
  const get = (row: number): Uint8Array | null =>
    isNull(row) ? null : bytes.subarray(offsets[row], offsets[row + 1])
  return { kind: 'binary', rows, isNull, offsets, bytes, get }
}

function binary16Column(rows: number, isNull: NullTest, bytes: Uint8Array): AnyColumn {
  const get = (row: number): Uint8Array | null =>
    isNull(row) ? null : bytes.subarray(16 * row, 16 * row + 16)
  return { kind: 'binary16', rows, isNull, bytes, words: viewAs('uint32', bytes), get }
}

function dictionaryColumn(
  rows: number,
  isNull: NullTest,
  values: Int16Array,
  dictionary: readonly string[],
): AnyColumn {
  const get = (row: number): string | null => (isNull(row) ? null : (dictionary[values[row] ?? -1] ?? null))
  return { kind: 'dictionary', rows, isNull, values, dictionary, get }
}

function listColumn(
  rows: number,
  isNull: NullTest,
  offsets: Int32Array,
  values: FlatArrays[FlatType],
): AnyColumn {
  const get = (row: number): FlatArrays[FlatType] | null =>
    isNull(row) ? null : values.subarray(offsets[row], offsets[row + 1])
  return { kind: 'list', rows, isNull, offsets, values, get }
}

function fixedListColumn(
  rows: number,
  isNull: NullTest,
  length: number,
  values: FlatArrays[FlatType],
): AnyColumn {
  const get = (row: number): FlatArrays[FlatType] | null =>
    isNull(row) ? null : values.subarray(length * row, length * row + length)
  return { kind: 'fixed-list', rows, isNull, length, values, get }
}

function bitsColumn(rows: number, length: number, bits: Uint8Array): AnyColumn {
  const get = (row: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => {
      const bit = length * row + i
      return ((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1
    })
  return { kind: 'bits', rows, isNull: () => false, length, get }
}

function sized<T extends { readonly length: number }>(values: T, length: number): T {
  if (values.length !== length) throw new RangeError(`${values.length} values, ${length} expected`)
  return values
}
