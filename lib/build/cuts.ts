/** What dedup cut out of documents: a run a part, by document and place. */
import path from 'node:path'
import type { ByteSpan } from '../../filters/dedup/blocks.ts'
import { UID_WORDS, uidToHex } from '../documents/uid.ts'
import { openRun, readSlice } from './runs.ts'

/** Words of a row: document, start and end in bytes of its refined text, place of the method among the recipe's, uid. */
export const CUT_WIDTH = 4 + UID_WORDS

/** Where the cuts of a part are, and the verdicts on those of its documents that went for them. */
export interface PartCuts {
  /** Place of the part in the list of parts. */
  readonly part: number
  /** Relative to the build's folder: `PATH.cuts` and `PATH.verdicts`. */
  readonly path: string
}

/** A block that was cut out. */
export interface Cut {
  /** [start, end) in bytes of the refined text; cuts of several methods, and of sentences, may overlap. */
  readonly span: ByteSpan
  /** Place of the method among the recipe's. */
  readonly method: number
  /** Uid (hex) of the document that holds the block's first occurrence. */
  readonly keptIn: string
}

/** The cuts of a part by document, in order; `document` narrows them to one. None where there is no file. */
export function readCuts(
  folder: string,
  file: string | undefined,
  document?: number,
): ReadonlyMap<number, readonly Cut[]> {
  const cuts = new Map<number, Cut[]>()
  if (file === undefined) return cuts
  const rows = document === undefined ? allRows(folder, file) : rowsOf(folder, file, document)
  const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)
  for (let at = 0; at < rows.length; at += CUT_WIDTH) {
    const [of = 0, start = 0, end = 0, method = 0] = rows.subarray(at, at + 4)
    const cut = { span: [start, end] as const, method, keptIn: uidToHex(bytes, (at + 4) * 4) }
    const own = cuts.get(of)
    if (own === undefined) cuts.set(of, [cut])
    else own.push(cut)
  }
  return cuts
}

/** What `withoutCuts` takes. */
export function spansOf(cuts: readonly Cut[] = []): ByteSpan[] {
  return cuts.map(({ span }) => span)
}

function allRows(folder: string, file: string): Uint32Array {
  const run = openRun(path.join(folder, `${file}.cuts`), CUT_WIDTH)
  try {
    return run.read(0, run.rows)
  } finally {
    run.close()
  }
}

function rowsOf(folder: string, file: string, document: number): Uint32Array {
  return readSlice(path.join(folder, `${file}.cuts`), CUT_WIDTH, [document, 0], [document + 1, 0])
}

/** The verdict runs to look into for each part: those of all parts, and its own; and its cuts. */
export function partsOfDedup({
  verdicts,
  cuts,
}: {
  readonly verdicts: readonly string[]
  readonly cuts: readonly PartCuts[]
}): (part: number) => { readonly verdicts: readonly string[]; readonly cuts: string | undefined } {
  const byPart = new Map(cuts.map(({ part, path: file }) => [part, file]))
  return (part) => {
    const own = byPart.get(part)
    return { verdicts: own === undefined ? verdicts : [...verdicts, `${own}.verdicts`], cuts: own }
  }
}
