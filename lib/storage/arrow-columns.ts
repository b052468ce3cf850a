import { MillraceError } from '../errors.ts'

/** Fixed-width number types and the typed arrays that hold them. */
export interface FlatArrays {
  int8: Int8Array
  int16: Int16Array
  int32: Int32Array
  int64: BigInt64Array
  uint8: Uint8Array
  uint16: Uint16Array
  uint32: Uint32Array
  uint64: BigUint64Array
  float32: Float32Array
  float64: Float64Array
}

export type FlatType = keyof FlatArrays

/**
 * - `binary16`: 16 bytes a row, e.g. a uid
 * - `dictionary`: text of at most 32,768 distinct values, 2 bytes a row
 * - `list<uint32>`: any number of values a row; `uint16[2048]`: exactly that many
 * - `bool[2048]`: exactly that many; given as bits, least significant first, rows end to end, and read as bytes of 0 and 1
 */
export type BaseType =
  | FlatType
  | 'utf8'
  | 'binary'
  | 'binary16'
  | 'dictionary'
  | `list<${FlatType}>`
  | `${FlatType}[${number}]`
  | `bool[${number}]`

/** A column's type; `?` at the end makes it nullable: `utf8?`. */
export type ColumnType = BaseType | `${BaseType}?`

/** Column types by name, in file order. */
export type Columns = Readonly<Record<string, ColumnType>>

/** A column type taken apart. `length` is the number of values a row of `kind: 'fixed-list'`. */
export type Layout = { readonly nullable: boolean } & (
  | { readonly kind: 'flat'; readonly flat: FlatType }
  | { readonly kind: 'list'; readonly flat: FlatType }
  | { readonly kind: 'fixed-list'; readonly flat: FlatType; readonly length: number }
  | { readonly kind: 'bits'; readonly length: number }
  | { readonly kind: 'utf8' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'binary16' }
  | { readonly kind: 'dictionary' }
)

const arrays = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const

export function bytesPerValue(flat: FlatType): number {
  return arrays[flat].BYTES_PER_ELEMENT
}

export function newArray(flat: FlatType, length: number): FlatArrays[FlatType] {
  return new arrays[flat](length)
}

interface ArrayConstructor<T> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
}

/** A view of `bytes` as `flat` values. Throws RangeError when they are not aligned or not a whole number of values. */
export function viewAs<T extends FlatType>(flat: T, bytes: Uint8Array): FlatArrays[T] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `arrays` maps T to the constructor of FlatArrays[T]
  const array = arrays[flat] as unknown as ArrayConstructor<FlatArrays[T]>
  return new array(bytes.buffer, bytes.byteOffset, bytes.byteLength / array.BYTES_PER_ELEMENT)
}

export function isFlatArray(flat: FlatType, value: unknown): value is FlatArrays[FlatType] {
  return value instanceof arrays[flat]
}

const TYPE_PATTERN = /^(?:list<([a-z0-9]+)>|([a-z0-9]+)(?:\[(\d+)\])?)(\?)?$/

/** Takes a column type apart. Throws INTERNAL for what is not one. */
export function parseColumnType(type: string): Layout {
  const [matched, listOf, name = '', length, question] = TYPE_PATTERN.exec(type) ?? []
  const nullable = question !== undefined
  if (matched !== undefined) {
    if (isFlatType(listOf)) return { kind: 'list', flat: listOf, nullable }
    if (isFlatType(name)) {
      if (length === undefined) return { kind: 'flat', flat: name, nullable }
      return { kind: 'fixed-list', flat: name, length: Number(length), nullable }
    }
    if (length !== undefined && name === 'bool') return { kind: 'bits', length: Number(length), nullable }
    if (length === undefined && isByteKind(name)) return { kind: name, nullable }
  }
  throw new MillraceError('INTERNAL', `unknown column type ${type}`, {
    got: type,
    fix: `Use one of ${Object.keys(arrays).join(', ')}, utf8, binary, binary16, dictionary, list<…>, or …[N].`,
  })
}

function isFlatType(name: string | undefined): name is FlatType {
  return name !== undefined && Object.hasOwn(arrays, name)
}

function isByteKind(name: string): name is 'utf8' | 'binary' | 'binary16' | 'dictionary' {
  return name === 'utf8' || name === 'binary' || name === 'binary16' || name === 'dictionary'
}
