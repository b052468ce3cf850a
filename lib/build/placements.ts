/** The placements of a shard: which document each of its tokens came from. */
import type { Packing } from '../../stages/define-packing.ts'
import { UID_BYTES, UID_WORDS } from '../documents/uid.ts'
import { createTableWriter } from '../storage/arrow-table.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { writeRun } from './runs.ts'

/** Columns of `placements/N.documents.arrow`: the shard's documents in order. `pool` indexes the metadata's `pools`. */
export const DOCUMENT_COLUMNS = {
  uid: 'binary16',
  tokens: 'uint32',
  pool: 'uint16',
  epoch: 'uint16',
} as const

/**
 * Columns of `placements/N.pieces.arrow`, for sequence formats: piece by piece in order of place, the sequence, the row of
 * its document, and the token of it that the piece begins with. Lengths follow from the sequences' own boundaries.
 */
export const PIECE_COLUMNS = { sequence: 'uint32', document: 'uint32', documentStart: 'uint32' } as const

/** Words of a row of `placements/N.index`: the uid's first two words, row of the document. */
export const PLACEMENT_WIDTH = 3

/** A shard's documents in order, as columns. */
export interface PlacedDocuments {
  readonly count: number
  readonly lengths: Uint32Array
  /** `count * 4` words. */
  readonly uids: Uint32Array
  readonly epochs: Uint16Array
}

/** Writes the files that begin with `base`. `order`: each document's place among the pools named; no `packing`: no pieces. */
export async function writePlacements(
  base: string,
  pools: readonly string[],
  order: Uint32Array,
  documents: PlacedDocuments,
  packing: Packing | undefined,
): Promise<WrittenFile[]> {
  return [
    await writeDocumentTable(`${base}.documents.arrow`, pools, order, documents),
    await writeRun(`${base}.index`, indexRows(documents), PLACEMENT_WIDTH),
    ...(packing === undefined ? [] : [await writePieces(`${base}.pieces.arrow`, packing)]),
  ]
}

const TABLE_BATCH = 65_536

async function writeDocumentTable(
  file: string,
  pools: readonly string[],
  order: Uint32Array,
  documents: PlacedDocuments,
): Promise<WrittenFile> {
  const writer = await createTableWriter(file, DOCUMENT_COLUMNS, {
    metadata: { pools: JSON.stringify(pools) },
  })
  const uid = new Uint8Array(documents.uids.buffer)
  try {
    for (let start = 0; start < documents.count; start += TABLE_BATCH) {
      const end = Math.min(documents.count, start + TABLE_BATCH)
      await writer.append({
        rows: end - start,
        columns: {
          uid: uid.subarray(start * UID_BYTES, end * UID_BYTES),
          tokens: documents.lengths.subarray(start, end),
          pool: Uint16Array.from(order.subarray(start, end)),
          epoch: documents.epochs.subarray(start, end),
        },
      })
    }
    return await writer.close()
  } finally {
    await writer.abort()
  }
}

async function writePieces(file: string, packing: Packing): Promise<WrittenFile> {
  const writer = await createTableWriter(file, PIECE_COLUMNS)
  try {
    for (let start = 0; start < packing.pieces; start += TABLE_BATCH) {
      const end = Math.min(packing.pieces, start + TABLE_BATCH)
      await writer.append({
        rows: end - start,
        columns: {
          sequence: packing.sequence.subarray(start, end),
          document: packing.document.subarray(start, end),
          documentStart: packing.documentStart.subarray(start, end),
        },
      })
    }
    return await writer.close()
  } finally {
    await writer.abort()
  }
}

function indexRows({ count, uids }: PlacedDocuments): Uint32Array {
  const rows = new Uint32Array(count * PLACEMENT_WIDTH)
  for (let document = 0; document < count; document++) {
    rows[document * PLACEMENT_WIDTH] = uids[document * UID_WORDS] ?? 0
    rows[document * PLACEMENT_WIDTH + 1] = uids[document * UID_WORDS + 1] ?? 0
    rows[document * PLACEMENT_WIDTH + 2] = document
  }
  return rows
}
