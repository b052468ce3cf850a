/** Readers of MDS and LitData shards, written from the formats' descriptions alone. */
import { readFile } from 'node:fs/promises'
import type { Sequence } from '../../../lib/formats/define-format.ts'

interface MdsConfig {
  version: number
  format: string
  column_names: string[]
  column_encodings: string[]
  column_sizes: (number | null)[]
}

/** An array of an MDS sample: `ndarray:TYPE`, which has its shape before its values, or `ndarray:TYPE:SHAPE`. */
function mdsArray(bytes: Buffer, encoding: string): number[] {
  const [kind, type, shape] = encoding.split(':')
  if (kind !== 'ndarray') throw new Error(encoding)
  let at = 0
  let count = Number(shape)
  if (shape === undefined) {
    const dimensions = bytes[0]! >> 2
    const size = 1 << (bytes[0]! & 3)
    if (dimensions !== 1) throw new Error('dimensions')
    count = bytes.readUIntLE(1, size)
    at = 1 + size
  }
  const size = type === 'uint8' ? 1 : type === 'uint16' ? 2 : 4
  if (bytes.length !== at + size * count) throw new Error('size of an array')
  return Array.from({ length: count }, (_, i) => bytes.readUIntLE(at + size * i, size))
}

/** u32 samples | u32 offsets | configuration | samples: u32 sizes of columns without a fixed one | columns by name. */
export async function readMds(base: string): Promise<Sequence[]> {
  const bytes = await readFile(`${base}.mds`)
  const samples = bytes.readUInt32LE(0)
  const offsets = Array.from({ length: samples + 1 }, (_, i) => bytes.readUInt32LE(4 + 4 * i))
  const config: MdsConfig = JSON.parse(bytes.toString('utf8', 8 + 4 * samples, offsets[0]))
  if (config.version !== 2 || config.format !== 'mds' || offsets.at(-1) !== bytes.length)
    throw new Error('head')
  if (config.column_names.join() !== config.column_names.toSorted().join())
    throw new Error('order of columns')
  return Array.from({ length: samples }, (_, i) => {
    let at = offsets[i]!
    const sizes = config.column_sizes.map((size) => {
      if (size !== null) return size
      at += 4
      return bytes.readUInt32LE(at - 4)
    })
    const columns: Record<string, number[]> = {}
    for (const [c, name] of config.column_names.entries()) {
      columns[name] = mdsArray(bytes.subarray(at, at + sizes[c]!), config.column_encodings[c]!)
      at += sizes[c]!
    }
    if (at !== offsets[i + 1]) throw new Error('size of a sample')
    return {
      tokens: Uint32Array.from(columns['tokens']!),
      pieceLengths: columns['document_lengths']!,
      learned: columns['loss_mask'] && Uint8Array.from(columns['loss_mask']),
    }
  })
}

/** u32 items | u32 offsets | items; and the ends of pieces: u64 each, then the bytes of a token and a checksum. */
export async function readLitdata(
  base: string,
  { vocabularySize }: { vocabularySize: number },
): Promise<Sequence[]> {
  const bytes = await readFile(`${base}.litdata.bin`)
  const side = await readFile(`${base}.litdata.ends`)
  const size = vocabularySize <= 65_536 ? 2 : 4
  const items = bytes.readUInt32LE(0)
  const offsets = Array.from({ length: items + 1 }, (_, i) => bytes.readUInt32LE(4 + 4 * i))
  if (offsets[0] !== 8 + 4 * items || offsets.at(-1) !== bytes.length) throw new Error('head')
  if (side.readUInt32LE(side.length - 8) !== size) throw new Error('bytes of a token')
  const ends = Array.from({ length: (side.length - 8) / 8 }, (_, i) => Number(side.readBigUInt64LE(8 * i)))
  return Array.from({ length: items }, (_, i) => {
    const count = (offsets[i + 1]! - offsets[i]!) / size
    const own = ends.filter((end) => end > i * count && end <= (i + 1) * count)
    return {
      tokens: Uint32Array.from({ length: count }, (_, t) => bytes.readUIntLE(offsets[i]! + size * t, size)),
      pieceLengths: own.map((end, piece) => end - (own[piece - 1] ?? i * count)),
    }
  })
}
