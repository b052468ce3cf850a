/**
 * What is checked of a Parquet page before it is decoded. The decoder trusts counts and run lengths that a page states; a
 * changed bit in one of them would have it write without end, so that they are held against what can be there.
 */
import { crc32 } from 'node:zlib'
import type { ColumnMetaData, CompressionCodec, Compressors, PageHeader, SchemaTree } from 'hyparquet'
import type { ParquetCodecs } from './parquet-codecs.ts'
import { createColumnGuard, TableDamage } from './rows.ts'

export interface PageChecker {
  /** Values of the data pages so far. */
  readonly values: number
  /** Decompresses a page and checks it; gives what hands the decoder the decompressed bytes. Throws for damage. */
  check(header: PageHeader, stored: Uint8Array): Compressors
}

interface CheckedColumn {
  readonly meta: ColumnMetaData
  readonly schemaPath: readonly SchemaTree[]
  readonly codecs: ParquetCodecs
  readonly unpack: (reader: { view: DataView; offset: number }, count: number, output: Int32Array) => void
}

interface Levels {
  /** Bits of a level; 0 where there are none. */
  readonly repetition: number
  readonly definition: number
}

export function createPageChecker({ meta, schemaPath, codecs, unpack }: CheckedColumn): PageChecker {
  const levels = levelsOf(schemaPath)
  const expected = Number(meta.num_values)
  const grow = createColumnGuard()
  let values = 0
  let dictionary = false

  const checkValues = (
    version: 1 | 2,
    page: Uint8Array,
    from: number,
    count: number,
    encoding: string,
  ): void => {
    if (encoding.endsWith('_DICTIONARY')) {
      if (!dictionary) throw corrupt('a page uses a dictionary, and there is none')
      const width = page[from] ?? 0
      if (width > 32) throw corrupt(`dictionary indices of ${width} bits`)
      // Indices of no bits: a version 1 page is decoded without looking at its runs.
      if (width > 0 || version === 2) checkRuns(page, from + 1, page.length, width, count)
    } else if (encoding === 'RLE') {
      // Booleans; version 1 pages state the length first.
      checkRuns(page, from + 4, page.length, 1, count)
    } else if (encoding === 'DELTA_BYTE_ARRAY') grow(0, prefixedBytes(page, from, count, unpack), 0)
    else if (encoding === 'BYTE_STREAM_SPLIT') {
      const width = schemaPath.at(-1)?.element.type_length ?? 0
      if (width * count > page.length) throw corrupt(`${count} values of ${width} bytes in ${page.length}`)
    }
  }

  const checkData = (page: Uint8Array, count: number, encoding: string): void => {
    let at = 0
    for (const width of [levels.repetition, levels.definition]) {
      if (width === 0) continue
      const length = new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(at, true)
      checkRuns(page, at + 4, at + 4 + length, width, count)
      at += 4 + length
    }
    // Nulls have no value: as many as there are, at most.
    checkValues(1, page, at, levels.definition > 0 ? 0 : count, encoding)
    if (levels.definition > 0) checkValuesBehindLevels(page, at, count, encoding)
  }

  /** With nulls among them, the number of values is not known without the levels: bounded runs are enough. */
  const checkValuesBehindLevels = (page: Uint8Array, from: number, count: number, encoding: string): void => {
    if (encoding.endsWith('_DICTIONARY') && (page[from] ?? 0) > 0)
      boundRuns(page, from + 1, page.length, page[from] ?? 0, count)
    else if (encoding === 'RLE') boundRuns(page, from + 4, page.length, 1, count)
    else if (encoding === 'DELTA_BYTE_ARRAY' && from < page.length)
      grow(0, prefixedBytes(page, from, undefined, unpack, count), 0)
  }

  return {
    get values() {
      return values
    },
    check(header, stored) {
      const { uncompressed_page_size: size, compressed_page_size: length } = header
      if (!(size >= 0 && length >= 0 && stored.length === length))
        throw corrupt(`a page of ${length} bytes, where ${stored.length} are left`)
      if (header.crc !== undefined && crc32(stored) !== header.crc >>> 0)
        throw corrupt('a page whose checksum does not match')
      const count = countOf(header)
      if (header.type === 'DICTIONARY_PAGE') dictionary = true
      else values += count
      if (!(count >= 0) || values > expected) throw corrupt(`${values} values in a column of ${expected}`)
      grow(length, size, Math.max(count, values))
      const v2 = header.data_page_header_v2
      if (header.type === 'DATA_PAGE_V2' && v2 !== undefined) {
        const { repetition_levels_byte_length: repeated, definition_levels_byte_length: defined } = v2
        if (!(repeated >= 0 && defined >= 0 && repeated + defined <= length && v2.num_nulls >= 0))
          throw corrupt('levels longer than their page')
        if (levels.repetition > 0) checkRuns(stored, 0, repeated, levels.repetition, count)
        if (levels.definition > 0) checkRuns(stored, repeated, repeated + defined, levels.definition, count)
        const rest = stored.subarray(repeated + defined)
        const codec = v2.is_compressed === false ? 'UNCOMPRESSED' : meta.codec
        const page = codecs.decompress(codec, rest, size - repeated - defined)
        const present = count - v2.num_nulls
        if (present < 0) throw corrupt(`${v2.num_nulls} nulls among ${count} values`)
        if (v2.encoding === 'RLE') checkRuns(page, 4, page.length, 1, present)
        else checkValues(2, page, 0, present, v2.encoding)
        return handing(meta.codec, page)
      }
      const page = codecs.decompress(meta.codec, stored, size)
      if (header.type === 'DATA_PAGE') checkData(page, count, header.data_page_header?.encoding ?? '')
      return handing(meta.codec, page)
    },
  }
}

function handing(codec: CompressionCodec, page: Uint8Array): Compressors {
  return { [codec]: () => page }
}

function countOf({
  type,
  data_page_header,
  data_page_header_v2,
  dictionary_page_header,
}: PageHeader): number {
  if (type === 'DATA_PAGE') return data_page_header?.num_values ?? -1
  if (type === 'DATA_PAGE_V2') return data_page_header_v2?.num_values ?? -1
  return type === 'DICTIONARY_PAGE' ? (dictionary_page_header?.num_values ?? -1) : -1
}

function levelsOf(schemaPath: readonly SchemaTree[]): Levels {
  let repetition = 0
  let definition = 0
  for (const { element } of schemaPath.slice(1)) {
    if (element.repetition_type === 'REPEATED') repetition++
    if (element.repetition_type !== 'REQUIRED') definition++
  }
  return { repetition: bitWidth(repetition), definition: bitWidth(definition) }
}

function bitWidth(value: number): number {
  return 32 - Math.clz32(value)
}

/** Runs of the hybrid of run lengths and packed bits in [from, end) that come to `count` values, and to not many more. */
function checkRuns(bytes: Uint8Array, from: number, end: number, width: number, count: number): void {
  if (walkRuns(bytes, from, end, width, count) < count) throw corrupt(`runs that end before ${count} values`)
}

/** The same where fewer than `count` values may be meant. */
function boundRuns(bytes: Uint8Array, from: number, end: number, width: number, count: number): void {
  walkRuns(bytes, from, end, width, count)
}

/** Bit-packed runs are padded to groups of 8; writers pad whole blocks of 504 values. */
const PADDING = 512

function walkRuns(bytes: Uint8Array, from: number, end: number, width: number, count: number): number {
  let at = from
  let seen = 0
  if (end > bytes.length) throw corrupt('runs longer than their page')
  while (seen < count && at < end) {
    let header = 0
    let shift = 0
    for (let byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes[at++] ?? 0
      if (shift > 28) throw corrupt('a run with a header of more than 5 bytes')
      header += (byte & 0x7f) * 2 ** shift
    }
    if (header >= 2 ** 31) throw corrupt('a run of more than 2^30 values')
    const packed = (header & 1) === 1
    const values = packed ? (header >>> 1) * 8 : header >>> 1
    if (values > count - seen + (packed ? PADDING : 0))
      throw corrupt(`a run of ${values} values where ${count - seen} are left`)
    at += packed ? (header >>> 1) * width : (width + 7) >> 3
    seen += values
  }
  return seen
}

/**
 * Bytes of values that each repeat a part of the one before. `count` undefined: as many as the page states, at most
 * `limit`.
 */
function prefixedBytes(
  page: Uint8Array,
  from: number,
  count: number | undefined,
  unpack: CheckedColumn['unpack'],
  limit = Infinity,
): number {
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: from }
  const stated = count ?? statedCount(page, from)
  if (stated > limit) throw corrupt(`${stated} values where ${limit} are left`)
  if (stated === 0) return 0
  const prefixes = new Int32Array(stated)
  const suffixes = new Int32Array(stated)
  unpack(reader, stated, prefixes)
  unpack(reader, stated, suffixes)
  let bytes = 0
  let previous = 0
  for (const [index, prefix] of prefixes.entries()) {
    const suffix = suffixes[index] ?? 0
    if (prefix < 0 || prefix > previous || suffix < 0 || suffix > page.length)
      throw corrupt('a value that repeats more than there is')
    previous = prefix + suffix
    bytes += previous
  }
  return bytes
}

/** The third number of a block of deltas: its values. */
function statedCount(page: Uint8Array, from: number): number {
  let at = from
  let value = 0
  for (let number = 0; number < 3; number++) {
    value = 0
    for (let shift = 0, byte = 0x80; byte & 0x80 && shift < 35; shift += 7) {
      byte = page[at++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
    }
  }
  return value
}

function corrupt(message: string): TableDamage {
  return new TableDamage('corrupt', message)
}
