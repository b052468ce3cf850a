import { damaged, openRandomAccess } from './random-access.ts'

/*
 * NumPy's .npy (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): 0x93 "NUMPY", two bytes of version, the
 * header's length as u16 (version 1) or u32, the header as a Python dictionary, then the items in C order:
 *
 *   {'descr': '<i4', 'fortran_order': False, 'shape': (10, 2), }
 */

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')

/** Readers of an item, by type. Of 64-bit integers, those that a number holds exactly. */
const ITEMS: Readonly<
  Record<string, { readonly bytes: number; readonly at: (view: DataView, at: number) => number }>
> = {
  '|u1': { bytes: 1, at: (view, at) => view.getUint8(at) },
  '<i2': { bytes: 2, at: (view, at) => view.getInt16(at, true) },
  '<i4': { bytes: 4, at: (view, at) => view.getInt32(at, true) },
  '<u4': { bytes: 4, at: (view, at) => view.getUint32(at, true) },
  '<i8': { bytes: 8, at: (view, at) => Number(view.getBigInt64(at, true)) },
  '<u8': { bytes: 8, at: (view, at) => Number(view.getBigUint64(at, true)) },
}

/** An array of integers in a file, of one dimension or two; read in parts. Whoever opens it closes it. */
export interface NpyArray {
  /** Entries; of two dimensions, rows. */
  readonly length: number
  /** The items of entries [start, start + count), end to end. Throws RangeError outside the array. */
  read(start: number, count: number): Promise<number[]>
  close(): Promise<void>
}

/** Opens an array of integers. Throws INPUT_MISSING, and OUTPUT_DAMAGED for a file that is none, or of another size. */
export async function openNpy(path: string): Promise<NpyArray> {
  const file = await openRandomAccess(path)
  try {
    const head = Buffer.from(await file.read(0, Math.min(file.size, 12)))
    if (head.length < 12 || !head.subarray(0, 6).equals(MAGIC)) throw damaged(path, 'is no .npy file')
    const [start, size] = head[6] === 1 ? [10, head.readUInt16LE(8)] : [12, head.readUInt32LE(8)]
    const header = Buffer.from(await file.read(start, Math.min(size, file.size - start))).toString('latin1')
    const item = ITEMS[/'descr': *'([^']*)'/.exec(header)?.[1] ?? '']
    const shape = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1]?.match(/\d+/g)?.map(Number) ?? []
    const [length = 0, width = 1] = shape
    const first = start + size
    if (item === undefined || /'fortran_order': *True/.test(header) || shape.length < 1 || shape.length > 2)
      throw damaged(path, `is no array of integers in rows: ${header.trim()}`)
    if (file.size !== first + length * width * item.bytes)
      throw damaged(path, `is ${file.size} bytes long, for ${length} × ${width} items of ${item.bytes}`)
    return {
      length,
      async read(from, count) {
        if (!(from >= 0 && count >= 0 && from + count <= length))
          throw new RangeError(`entries [${from}, ${from + count}) of ${length} in ${path}`)
        const bytes = await file.read(first + from * width * item.bytes, count * width * item.bytes)
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        return Array.from({ length: count * width }, (_, at) => item.at(view, at * item.bytes))
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}
