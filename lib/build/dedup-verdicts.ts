import path from 'node:path'
import { UID_WORDS, uidToHex } from '../documents/uid.ts'
import { readSlice } from './runs.ts'

/** Words of a verdict: part, document in the part, method, similarity (float bits), uid of the kept document. */
export const VERDICT_WIDTH = 4 + UID_WORDS

/** Why dedup took a document. */
export interface DuplicateVerdict {
  /** Place of the method among the recipe's. */
  readonly method: number
  readonly similarity: number
  /** Uid (hex) of the kept document that it duplicates. */
  readonly duplicateOf: string
}

/** The verdicts on one part's documents, by row in it; `document` narrows them to one. */
export function dedupVerdicts(
  folder: string,
  verdictRuns: readonly string[],
  part: number,
  document?: number,
): Map<number, DuplicateVerdict> {
  const from = [part, document ?? 0] as const
  const to = document === undefined ? ([part + 1, 0] as const) : ([part, document + 1] as const)
  const verdicts = new Map<number, DuplicateVerdict>()
  for (const run of verdictRuns) {
    const rows = readSlice(path.join(folder, run), VERDICT_WIDTH, from, to)
    const floats = new Float32Array(rows.buffer)
    const bytes = new Uint8Array(rows.buffer)
    for (let at = 0; at < rows.length; at += VERDICT_WIDTH) {
      verdicts.set(rows[at + 1] ?? 0, {
        method: rows[at + 2] ?? 0,
        similarity: floats[at + 3] ?? 0,
        duplicateOf: uidToHex(bytes, (at + VERDICT_WIDTH - UID_WORDS) * 4),
      })
    }
  }
  return verdicts
}
