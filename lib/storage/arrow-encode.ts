import { MillraceError } from '../errors.ts'
import { bytesPerValue, type FlatType, isFlatArray, type Layout, newArray } from './arrow-columns.ts'
import type { FieldNode } from './arrow-metadata.ts'

/** Values of variable size end to end: row `i` is [offsets[i], offsets[i + 1]) of `bytes`. `offsets` has rows + 1 entries. */
export interface ByteRows {
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

/** List values end to end: row `i` is [offsets[i], offsets[i + 1]) of `values`. `offsets` has rows + 1 entries. */
export interface ListRows {
  readonly values: ArrayLike<number>
  readonly offsets: Int32Array
}

/**
 * What a column of a batch may be given as. A typed array of the column's own type is written as it is; other numbers
 * are converted, and one that does not fit is an error. `null` and `undefined` are nulls.
 */
export type ColumnInput =
  | ArrayLike<number | bigint | null | undefined>
  | ArrayLike<string | null | undefined>
  | ArrayLike<ArrayLike<number> | null | undefined>
  | ByteRows
  | ListRows

/** A column in Arrow's physical layout: its field nodes and buffers, depth first. */
export interface EncodedColumn {
  readonly nodes: FieldNode[]
  readonly buffers: Uint8Array[]
}

/** The distinct values of a dictionary column so far. */
export type DictionaryIndex = Map<string, number>

/** Largest number of distinct values of a dictionary column: indices are int16. */
const MAX_DICTIONARY = 2 ** 15

const NO_BYTES = new Uint8Array(0)

/** Encodes `rows` rows of one column. Throws INTERNAL for input that does not fit the type; `name` is for the message. */
export function encodeColumn(
  name: string,
  layout: Layout,
  input: ColumnInput,
  rows: number,
  dictionary: DictionaryIndex,
): EncodedColumn {
  if (layout.kind === 'bits') return encodeBits(name, layout.length, input, rows)
  const count = isRows(input) ? input.offsets.length - 1 : input.length
  const perRow = layout.kind === 'binary16' && ArrayBuffer.isView(input) ? 16 / bytesOf(input, 1) : 1
  const perList = layout.kind === 'fixed-list' && ArrayBuffer.isView(input) ? layout.length : 1
  if (count !== rows * perRow * perList) throw invalid(name, `has ${count} values for ${rows} rows`)
  if (layout.kind === 'fixed-list') return encodeFixedList(name, layout, input, rows)
  const validity = encodeValidity(name, layout, input, rows)
  if (layout.kind === 'list') return encodeList(name, layout.flat, input, rows, validity)
  return column(rows, validity, valueBuffers(name, layout, input, rows, dictionary))
}

type SimpleLayout = Exclude<Layout, { kind: 'list' | 'fixed-list' | 'bits' }> | (Layout & { kind: 'flat' })

function valueBuffers(
  name: string,
  layout: SimpleLayout,
  input: ColumnInput,
  rows: number,
  dictionary: DictionaryIndex,
): Uint8Array[] {
  if (layout.kind === 'flat') return [flatBytes(name, layout.flat, cells<number | bigint>(input))]
  if (layout.kind === 'binary16') return [bytes16(name, input, rows)]
  if (layout.kind === 'dictionary') return [bytesView(indexes(name, cells<string>(input), dictionary))]
  const { bytes, offsets } = isRows(input) ? rebase(name, input) : joinBytes(name, input, rows)
  return [bytesView(offsets), bytes]
}

/** The values of a dictionary as a column of their own, for its dictionary batch. */
export function encodeDictionary(name: string, dictionary: DictionaryIndex): EncodedColumn {
  const values = [...dictionary.keys()]
  return encodeColumn(name, { kind: 'utf8', nullable: false }, values, values.length, dictionary)
}

interface Validity {
  readonly nulls: number
  readonly bitmap: Uint8Array
}

/** Rows of which none is null. */
function allOf(rows: number): FieldNode {
  return { length: rows, nullCount: 0 }
}

function column(rows: number, validity: Validity, buffers: Uint8Array[]): EncodedColumn {
  return { nodes: [{ length: rows, nullCount: validity.nulls }], buffers: [validity.bitmap, ...buffers] }
}

/** One bit a row, least significant first, 1 = valid; no bytes at all where nothing is null. */
function encodeValidity(name: string, layout: Layout, input: ColumnInput, rows: number): Validity {
  if (ArrayBuffer.isView(input) || isRows(input)) return { nulls: 0, bitmap: NO_BYTES }
  let nulls = 0
  for (let row = 0; row < rows; row++) if (input[row] == null) nulls++
  if (nulls === 0) return { nulls, bitmap: NO_BYTES }
  if (!layout.nullable) throw invalid(name, 'has a null and is not nullable')
  const bitmap = new Uint8Array(Math.ceil(rows / 8))
  for (let row = 0; row < rows; row++) {
    if (input[row] != null) bitmap[row >> 3] = (bitmap[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return { nulls, bitmap }
}

function flatBytes(
  name: string,
  flat: FlatType,
  values: ArrayLike<number | bigint | null | undefined>,
): Uint8Array {
  if (isFlatArray(flat, values)) return bytesView(values)
  const array = newArray(flat, values.length)
  if (array instanceof BigInt64Array || array instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) {
      const value = BigInt(values[i] ?? 0)
      array[i] = value
      if (array[i] !== value) throw invalid(name, `has ${value}, which is no ${flat}`)
    }
    return bytesView(array)
  }
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i] ?? 0)
    array[i] = value
    // A float32 column rounds; every other type has to hold the value exactly.
    if (flat !== 'float32' && array[i] !== value && !Number.isNaN(array[i])) {
      throw invalid(name, `has ${value}, which is no ${flat}`)
    }
  }
  return bytesView(array)
}

function encodeFixedList(
  name: string,
  layout: Layout & { kind: 'fixed-list' },
  input: ColumnInput,
  rows: number,
): EncodedColumn {
  const { flat, length } = layout
  const child = allOf(rows * length)
  if (ArrayBuffer.isView(input)) {
    const bytes = flatBytes(name, flat, cells<number>(input))
    return { nodes: [allOf(rows), child], buffers: [NO_BYTES, NO_BYTES, bytes] }
  }
  const validity = encodeValidity(name, layout, input, rows)
  const bytes = new Uint8Array(rows * length * bytesPerValue(flat))
  const lists = cells<ArrayLike<number>>(input)
  for (let row = 0; row < rows; row++) {
    const list = lists[row]
    if (list == null) continue
    if (list.length !== length) throw invalid(name, `has a row of ${list.length} values, not ${length}`)
    bytes.set(flatBytes(name, flat, list), row * length * bytesPerValue(flat))
  }
  return {
    nodes: [{ length: rows, nullCount: validity.nulls }, child],
    buffers: [validity.bitmap, NO_BYTES, bytes],
  }
}

function encodeBits(name: string, length: number, input: ColumnInput, rows: number): EncodedColumn {
  const bytes = Math.ceil((rows * length) / 8)
  if (!(input instanceof Uint8Array && input.length === bytes))
    throw invalid(name, `needs ${bytes} bytes of bits for ${rows} rows`)
  return {
    nodes: [allOf(rows), allOf(rows * length)],
    buffers: [NO_BYTES, NO_BYTES, input],
  }
}

function encodeList(
  name: string,
  flat: FlatType,
  input: ColumnInput,
  rows: number,
  validity: Validity,
): EncodedColumn {
  if (isRows(input)) {
    const values = 'values' in input ? input.values : input.bytes
    const last = input.offsets[rows] ?? 0
    if (input.offsets[0] !== 0 || last !== values.length)
      throw invalid(name, 'has offsets that do not span its values')
    return listColumn(rows, validity, input.offsets, flatBytes(name, flat, values), last)
  }
  const lists = cells<ArrayLike<number>>(input)
  const offsets = new Int32Array(rows + 1)
  let total = 0
  for (let row = 0; row < rows; row++) {
    total += lists[row]?.length ?? 0
    offsets[row + 1] = total
  }
  const size = bytesPerValue(flat)
  const bytes = new Uint8Array(total * size)
  for (let row = 0; row < rows; row++) {
    const list = lists[row]
    if (list != null) bytes.set(flatBytes(name, flat, list), (offsets[row] ?? 0) * size)
  }
  return listColumn(rows, validity, offsets, bytes, total)
}

function listColumn(
  rows: number,
  validity: Validity,
  offsets: Int32Array,
  bytes: Uint8Array,
  total: number,
): EncodedColumn {
  return {
    nodes: [{ length: rows, nullCount: validity.nulls }, allOf(total)],
    buffers: [validity.bitmap, bytesView(offsets), NO_BYTES, bytes],
  }
}

function bytes16(name: string, input: ColumnInput, rows: number): Uint8Array {
  if (ArrayBuffer.isView(input)) return bytesView(input)
  const bytes = new Uint8Array(rows * 16)
  const list = cells<Uint8Array>(input)
  for (let row = 0; row < rows; row++) {
    const value = list[row]
    if (value == null) continue
    if (value.length !== 16) throw invalid(name, `has a row of ${value.length} bytes, not 16`)
    bytes.set(value, row * 16)
  }
  return bytes
}

function indexes(
  name: string,
  values: ArrayLike<string | null | undefined>,
  dictionary: DictionaryIndex,
): Int16Array {
  const result = new Int16Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (value == null) continue
    let index = dictionary.get(value)
    if (index === undefined) {
      index = dictionary.size
      if (index >= MAX_DICTIONARY) throw invalid(name, `has more than ${MAX_DICTIONARY} distinct values`)
      dictionary.set(value, index)
    }
    result[row] = index
  }
  return result
}

/** Lone surrogates become U+FFFD. */
function joinBytes(name: string, input: ColumnInput, rows: number): ByteRows {
  const values = cells<string | Uint8Array>(input)
  const offsets = new Int32Array(rows + 1)
  let total = 0
  for (let row = 0; row < rows; row++) {
    const value = values[row] ?? ''
    total += typeof value === 'string' ? Buffer.byteLength(value) : value.length
    if (total > 0x7fffffff) throw invalid(name, 'has more than 2 GiB in one batch')
    offsets[row + 1] = total
  }
  const bytes = Buffer.allocUnsafeSlow(total)
  for (let row = 0; row < rows; row++) {
    const value = values[row] ?? ''
    if (typeof value === 'string') bytes.write(value, offsets[row] ?? 0)
    else bytes.set(value, offsets[row] ?? 0)
  }
  return { bytes, offsets }
}

/** Byte rows whose offsets begin at 0: a caller may pass a slice of a larger batch. */
function rebase(name: string, input: ByteRows | ListRows): ByteRows {
  if (!('bytes' in input)) throw invalid(name, 'needs {bytes, offsets}')
  const { bytes, offsets } = input
  const first = offsets[0] ?? 0
  const last = offsets[offsets.length - 1] ?? 0
  if (last > bytes.length) throw invalid(name, `has offsets up to ${last} in ${bytes.length} bytes`)
  return {
    bytes: bytes.subarray(first, last),
    offsets: first === 0 ? offsets : offsets.map((offset) => offset - first),
  }
}

/** The input as one value a row. Types tie a column's input to its type only where the caller's columns are known. */
function cells<T>(input: ColumnInput): ArrayLike<T | null | undefined> {
  if (isRows(input)) throw new RangeError('values end to end where one value a row was expected')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each encoder checks or converts the values
  return input as ArrayLike<T | null | undefined>
}

function isRows(input: ColumnInput): input is ByteRows | ListRows {
  return 'offsets' in input
}

function bytesOf(view: ArrayBufferView, fallback: number): number {
  return 'BYTES_PER_ELEMENT' in view ? Number(view.BYTES_PER_ELEMENT) : fallback
}

function bytesView(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function invalid(name: string, problem: string): MillraceError {
  return new MillraceError('INTERNAL', `column ${name} ${problem}`, {
    key: name,
    fix: 'Report this with the command and the recipe that led to it.',
  })
}
