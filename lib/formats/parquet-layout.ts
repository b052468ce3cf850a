/*
 * The parts of Apache Parquet (github.com/apache/parquet-format) that packed sequences need: a table whose columns are
 * required lists of required INT32, each column of a row group in one data page.
 *
 *   "PAR1" | pages | footer: FileMetaData | u32 bytes of the footer | "PAR1"
 *   page: PageHeader | zstd of (u32 size, repetition levels | u32 size, definition levels | i32 values)
 *
 * Headers are Thrift structs in its compact protocol: a field is a byte `(step of the field's id << 4) | type` and a value;
 * integers are zigzag varints.
 */

export const MAGIC = Buffer.from('PAR1')

const TYPES = { i32: 5, i64: 6, string: 8, list: 9, struct: 12 } as const

type Field =
  | readonly [id: number, kind: 'i32' | 'i64', value: number]
  | readonly [id: number, kind: 'string', value: string]
  | readonly [id: number, kind: 'struct', value: Buffer]
  | readonly [id: number, kind: 'list', of: keyof typeof TYPES, items: readonly Buffer[]]

/** Seven bits a byte, lowest first. */
export function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return bytes
}

function zigzag(value: number): Buffer {
  return Buffer.from(varint(value < 0 ? -2 * value - 1 : 2 * value))
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from(varint(bytes.length)), bytes])
}

/** Fields by ascending id. */
function struct(fields: readonly Field[]): Buffer {
  const parts: Buffer[] = []
  let previous = 0
  for (const field of fields) {
    const [id, kind] = field
    parts.push(Buffer.of(((id - previous) << 4) | TYPES[kind]))
    previous = id
    if (field[1] === 'list') parts.push(list(field[2], field[3]))
    else if (field[1] === 'struct') parts.push(field[2])
    else parts.push(field[1] === 'string' ? text(field[2]) : zigzag(field[2]))
  }
  return Buffer.concat([...parts, Buffer.of(0)])
}

function list(of: keyof typeof TYPES, items: readonly Buffer[]): Buffer {
  const head =
    items.length < 15 ? [(items.length << 4) | TYPES[of]] : [0xf0 | TYPES[of], ...varint(items.length)]
  return Buffer.concat([Buffer.from(head), ...items])
}

/** A column of a row group: its page lies at [offset, offset + bytes). */
export interface ColumnChunk {
  readonly offset: number
  readonly bytes: number
  /** The same with the page decompressed. */
  readonly uncompressedBytes: number
  /** Values, and rows whose list is empty. */
  readonly values: number
}

export interface RowGroup {
  readonly rows: number
  readonly columns: readonly ColumnChunk[]
}

const CODES = { int32: 1, zstd: 6, plain: 0, rle: 3, required: 0, repeated: 2, listType: 3 } as const

/** The footer of a table; a pure function, so that a reader can compare. */
export function encodeFooter(
  columns: readonly string[],
  groups: readonly RowGroup[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0)
  return struct([
    [1, 'i32', 1],
    [2, 'list', 'struct', schemaOf(columns)],
    [3, 'i64', rows],
    [4, 'list', 'struct', groups.map((group) => encodeGroup(columns, group))],
    [
      5,
      'list',
      'struct',
      Object.entries(metadata).map(([key, value]) =>
        struct([
          [1, 'string', key],
          [2, 'string', value],
        ]),
      ),
    ],
    [6, 'string', 'millrace'],
  ])
}

/** What every footer of these columns begins with. */
export function footerHead(columns: readonly string[]): Buffer {
  const head = struct([
    [1, 'i32', 1],
    [2, 'list', 'struct', schemaOf(columns)],
  ])
  return head.subarray(0, -1) // without the end of the struct
}

/** A root, and three elements a column: the list, its repeated group, the element. */
function schemaOf(columns: readonly string[]): Buffer[] {
  const root = struct([
    [4, 'string', 'schema'],
    [5, 'i32', columns.length],
  ])
  return [
    root,
    ...columns.flatMap((name) => [
      struct([
        [3, 'i32', CODES.required],
        [4, 'string', name],
        [5, 'i32', 1],
        [6, 'i32', CODES.listType],
      ]),
      struct([
        [3, 'i32', CODES.repeated],
        [4, 'string', 'list'],
        [5, 'i32', 1],
      ]),
      struct([
        [1, 'i32', CODES.int32],
        [3, 'i32', CODES.required],
        [4, 'string', 'element'],
      ]),
    ]),
  ]
}

function encodeGroup(names: readonly string[], { rows, columns }: RowGroup): Buffer {
  const chunks = columns.map(({ offset, bytes, uncompressedBytes, values }, column) => {
    const path = [names[column] ?? '', 'list', 'element'].map(text)
    const metadata = struct([
      [1, 'i32', CODES.int32],
      [2, 'list', 'i32', [zigzag(CODES.plain), zigzag(CODES.rle)]],
      [3, 'list', 'string', path],
      [4, 'i32', CODES.zstd],
      [5, 'i64', values],
      [6, 'i64', uncompressedBytes],
      [7, 'i64', bytes],
      [9, 'i64', offset],
    ])
    return struct([
      [2, 'i64', offset],
      [3, 'struct', metadata],
    ])
  })
  return struct([
    [1, 'list', 'struct', chunks],
    [2, 'i64', columns.reduce((sum, column) => sum + column.uncompressedBytes, 0)],
    [3, 'i64', rows],
  ])
}

/** @param crc of the compressed page, CRC-32 as an unsigned number. */
export function encodePageHeader(
  values: number,
  uncompressed: number,
  compressed: number,
  crc: number,
): Buffer {
  const data = struct([
    [1, 'i32', values],
    [2, 'i32', CODES.plain],
    [3, 'i32', CODES.rle],
    [4, 'i32', CODES.rle],
  ])
  return struct([
    [1, 'i32', 0],
    [2, 'i32', uncompressed],
    [3, 'i32', compressed],
    [4, 'i32', crc | 0],
    [5, 'struct', data],
  ])
}
