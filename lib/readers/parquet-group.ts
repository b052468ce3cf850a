/** Row groups of Parquet files: column chunks read whole, pages checked one by one, then decoded with hyparquet. */
import type { ColumnMetaData, DecodedArray, FileMetaData, RowGroup, SchemaTree } from 'hyparquet'
import type { InputAccess } from '../storage/stored-bytes.ts'
import { messageOf } from './excerpt.ts'
import { createCodecs, type ParquetCodecs } from './parquet-codecs.ts'
import { createPageChecker } from './parquet-pages.ts'
import { parquetParsers } from './parquet-values.ts'
import { MAX_GROUP_BYTES, type RowColumn, TableDamage, toJsonValue, wantedColumns } from './rows.ts'

/** Levels of nesting, and columns with their parents, that a schema may have. */
const MAX_SCHEMA_DEPTH = 64
const MAX_SCHEMA_ELEMENTS = 100_000

export interface ParquetDecoder {
  /** Throws TableDamage. `bytes` is the group's uncompressed size as the file states it. */
  read(group: RowGroup): Promise<{ columns: RowColumn[]; rows: number; bytes: number }>
  close(): void
}

type Library = Awaited<ReturnType<typeof loadLibrary>>

/** Throws TableDamage for a schema that makes no sense. */
export async function createParquetDecoder(
  file: InputAccess,
  metadata: FileMetaData,
  columns: ReadonlySet<string> | undefined,
): Promise<ParquetDecoder> {
  const library = await loadLibrary()
  if (metadata.schema.length > MAX_SCHEMA_ELEMENTS)
    throw new TableDamage('corrupt', `a schema of ${metadata.schema.length} elements`)
  const schema = library.parquetSchema(metadata)
  if (depthOf(schema) > MAX_SCHEMA_DEPTH)
    throw new TableDamage('corrupt', `a schema of more than ${MAX_SCHEMA_DEPTH} levels`)
  const names = schema.children.map(({ element }) => element.name)
  const wanted = wantedColumns(names, columns)
  const codecs = await createCodecs()
  return {
    close: () => codecs.close(),
    async read(group) {
      const rows = Number(group.num_rows)
      const chunks: { meta: ColumnMetaData; stored: Uint8Array }[] = []
      try {
        const bytes = checkedSize(group, wanted)
        for (const { meta_data: meta } of group.columns) {
          if (!isWanted(meta, wanted)) continue
          if (meta === undefined) throw new TableDamage('encrypted', 'a column is encrypted')
          chunks.push({ meta, stored: await readChunk(file, meta) })
        }
        return { columns: decodeGroup(library, codecs, schema, wanted, chunks, rows), rows, bytes }
      } catch (error) {
        if (error instanceof TableDamage) throw error
        // A failing disk is no damage of the content; the library throws plain errors only.
        if (error instanceof Error && 'code' in error && error.name === 'MillraceError') throw error
        throw new TableDamage('corrupt', messageOf(error))
      }
    },
  }
}

async function loadLibrary() {
  const [{ parquetSchema, flatten }, { parquetHeader, readPage }, { assembleNested }, { getTreePath }] =
    await Promise.all([
      import('hyparquet'),
      import('hyparquet/src/column.js'),
      import('hyparquet/src/assemble.js'),
      import('hyparquet/src/schema.js'),
    ])
  const [{ deltaBinaryUnpack }, { convert }] = await Promise.all([
    import('hyparquet/src/delta.js'),
    import('hyparquet/src/convert.js'),
  ])
  return {
    parquetSchema,
    flatten,
    parquetHeader,
    readPage,
    assembleNested,
    getTreePath,
    deltaBinaryUnpack,
    convert,
  }
}

function depthOf(tree: SchemaTree): number {
  let deepest = 0
  const queue = [tree]
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    deepest = Math.max(deepest, node.path.length)
    queue.push(...node.children)
  }
  return deepest
}

/** An encrypted column's name is not known. */
function isWanted(meta: ColumnMetaData | undefined, wanted: ReadonlySet<string>): boolean {
  return meta === undefined || wanted.has(meta.path_in_schema[0] ?? '')
}

/** Stored or decoded bytes of the columns that are read, and of all of them as the file states it. */
function checkedSize(group: RowGroup, wanted: ReadonlySet<string>): number {
  const rows = Number(group.num_rows)
  if (!Number.isSafeInteger(rows) || rows < 0) throw new TableDamage('corrupt', `${rows} rows`)
  if (group.columns.length === 0 && rows > 0)
    throw new TableDamage('corrupt', `${rows} rows without a column`)
  let total = 0
  let decoded = 0
  let stored = 0
  for (const { meta_data: meta } of group.columns) {
    const sizes = [meta?.total_uncompressed_size ?? 0n, meta?.total_compressed_size ?? 0n].map(Number)
    if (sizes.some((size) => !(size >= 0))) throw new TableDamage('corrupt', 'a column of a negative size')
    total += sizes[0] ?? 0
    if (!isWanted(meta, wanted)) continue
    decoded += sizes[0] ?? 0
    stored += sizes[1] ?? 0
  }
  if (Math.max(decoded, stored) > MAX_GROUP_BYTES) {
    const most = Math.max(decoded, stored)
    throw new TableDamage(
      'row-group-too-large',
      `a row group of ${most} bytes; the limit is ${MAX_GROUP_BYTES}`,
    )
  }
  return total
}

async function readChunk(file: InputAccess, meta: ColumnMetaData): Promise<Uint8Array> {
  const data = Number(meta.data_page_offset)
  const dictionary = Number(meta.dictionary_page_offset ?? 0)
  const start = dictionary > 0 && dictionary < data ? dictionary : data
  const length = Number(meta.total_compressed_size)
  if (!(start >= 4 && length >= 0 && start + length <= file.size)) {
    throw new TableDamage('corrupt', `a column at bytes ${start} to ${start + length} of ${file.size}`)
  }
  const stored = await file.read(start, length)
  if (stored.length < length) throw new TableDamage('truncated', 'the file ends within the row group')
  return stored
}

interface StoredChunk {
  readonly meta: ColumnMetaData
  readonly stored: Uint8Array
}

function decodeGroup(
  library: Library,
  codecs: ParquetCodecs,
  schema: SchemaTree,
  wanted: ReadonlySet<string>,
  chunks: readonly StoredChunk[],
  rows: number,
): RowColumn[] {
  const leaves = new Map<string, DecodedArray>()
  for (const chunk of chunks) {
    const key = chunk.meta.path_in_schema.join('.')
    const values = decodeChunk(library, codecs, schema, chunk)
    if (values.length !== rows)
      throw new TableDamage('corrupt', `column ${key} has ${values.length} rows of ${rows}`)
    leaves.set(key, values)
  }
  return schema.children.map((child) => {
    const { name } = child.element
    if (!wanted.has(name)) return { name, value: () => undefined }
    if (child.children.length > 0) library.assembleNested(leaves, child, parquetParsers)
    const values = leaves.get(name)
    if (values?.length !== rows) throw new TableDamage('corrupt', `column ${name} has no values`)
    const hole = child.children.length === 0 && Array.isArray(values) ? values.indexOf(undefined) : -1
    if (hole >= 0) throw new TableDamage('corrupt', `column ${name} has no value in row ${hole}`)
    // A repeated column that is no list by its annotation: no values are an empty list, there are no nulls.
    const empty = child.element.repetition_type === 'REPEATED' ? [] : null
    return { name, value: (row: number) => toJsonValue(values[row] ?? empty) }
  })
}

function decodeChunk(
  library: Library,
  codecs: ParquetCodecs,
  schema: SchemaTree,
  { meta, stored }: StoredChunk,
): DecodedArray {
  const schemaPath = library.getTreePath(schema, meta.path_in_schema)
  const element = schemaPath.at(-1)?.element
  if (element === undefined || element.type !== meta.type)
    throw new TableDamage('corrupt', `column ${meta.path_in_schema.join('.')} is of two types`)
  const checker = createPageChecker({ meta, schemaPath, codecs, unpack: library.deltaBinaryUnpack })
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
  const reader = { view, offset: 0 }
  const pages: DecodedArray[] = []
  let dictionary: DecodedArray | undefined
  let last: DecodedArray | undefined
  // Some writers pad a chunk with a byte.
  while (reader.offset < stored.length - 1 && checker.values < Number(meta.num_values)) {
    const header = library.parquetHeader(reader)
    const compressors = checker.check(
      header,
      stored.subarray(reader.offset, reader.offset + header.compressed_page_size),
    )
    const column = {
      pathInSchema: meta.path_in_schema,
      element,
      schemaPath,
      type: meta.type,
      codec: meta.codec,
    }
    const decoder = { ...column, compressors, parsers: parquetParsers, utf8: true }
    if (header.type === 'DICTIONARY_PAGE') {
      const { data: plain } = library.readPage(reader, header, decoder, undefined, undefined, 0)
      if (plain !== undefined) dictionary = library.convert(plain, decoder)
      continue
    }
    const { data } = library.readPage(reader, header, decoder, dictionary, last, 0)
    if (data === undefined || data === last || data.length === 0) continue
    pages.push(data)
    last = data
  }
  return library.flatten(pages)
}
