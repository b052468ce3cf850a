import { readFile } from 'node:fs/promises'
import type { Sequence } from '../../../lib/formats/define-format.ts'

/**
 * Reads an IndexedDataset by its description alone: header, i32 lengths, i64 byte pointers, i64 document indices.
 * A document is the sequences [index[d], index[d + 1]).
 */
export async function readMegatron(base: string): Promise<Sequence[]> {
  const index = await readFile(`${base}.idx`)
  const bin = await readFile(`${base}.bin`)
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength)
  if (index.toString('latin1', 0, 9) !== 'MMIDIDX\0\0' || view.getBigUint64(9, true) !== 1n)
    throw new Error('header')
  const size = { 4: 4, 8: 2 }[view.getUint8(17)]
  if (size === undefined) throw new Error('dtype')
  const sequences = Number(view.getBigUint64(18, true))
  const indices = Number(view.getBigUint64(26, true))
  const tokens = new DataView(bin.buffer, bin.byteOffset, bin.byteLength)
  const documents: Sequence[] = []
  for (let d = 0; d + 1 < indices; d++) {
    const ids: number[] = []
    const indexAt = 34 + 12 * sequences + 8 * d
    for (let s = view.getBigInt64(indexAt, true); s < view.getBigInt64(indexAt + 8, true); s++) {
      const length = view.getInt32(34 + 4 * Number(s), true)
      const pointer = Number(view.getBigInt64(34 + 4 * sequences + 8 * Number(s), true))
      for (let i = 0; i < length; i++) {
        ids.push(
          size === 2 ? tokens.getUint16(pointer + 2 * i, true) : tokens.getInt32(pointer + 4 * i, true),
        )
      }
    }
    documents.push({ tokens: Uint32Array.from(ids), pieceLengths: [ids.length] })
  }
  return documents
}
