import type { PairTable } from '../bpe/pair-table.ts'
import { toSharedInt32 } from '../bpe/shared-memory.ts'

/**
 * What each unused piece gives in its place: the ids at [starts[id], starts[id + 1]) of `ids`.
 *
 * An unused piece takes part in merging as any other, and only at the end falls back into the two pieces that it was
 * merged of, and each of these, if it is unused too, into its own. That is always the same pair (see `findUsedPairs`). An
 * unused piece of one character gives what a character without a piece does.
 */
export interface UnusedParts {
  readonly starts: Int32Array
  readonly ids: Int32Array
}

/**
 * Undefined where no piece is unused.
 *
 * @param pairs of `findUsedPairs`: at most one for each id
 * @param withoutPiece what the one character of an unused piece gives
 */
export function findUnusedParts(
  unused: ReadonlySet<number>,
  pairs: PairTable,
  vocabularySize: number,
  withoutPiece: (id: number) => readonly number[],
): UnusedParts | undefined {
  if (unused.size === 0) return undefined
  const pairOf = new Map<number, readonly [left: number, right: number]>()
  for (let at = 0; at < pairs.length; at += 4) {
    const merged = pairs[at + 2] ?? -1
    if ((pairs[at] ?? -1) >= 0 && unused.has(merged)) pairOf.set(merged, [pairs[at] ?? 0, pairs[at + 1] ?? 0])
  }
  const starts = [0]
  const ids: number[] = []
  for (let id = 0; id < vocabularySize; id++) {
    if (unused.has(id)) {
      // A stack and not recursion: a piece may be a thousand merges deep.
      const stack = [id]
      for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
        const pair = pairOf.get(part)
        if (pair !== undefined) stack.push(pair[1], pair[0])
        else if (unused.has(part)) ids.push(...withoutPiece(part))
        else ids.push(part)
      }
    }
    starts.push(ids.length)
  }
  return { starts: toSharedInt32(starts), ids: toSharedInt32(ids) }
}

/** The ids with the parts of each unused piece in its place. */
export function replaceUnused(given: Int32Array, { starts, ids }: UnusedParts): Int32Array {
  const partsOf = (id: number): number => (starts[id + 1] ?? 0) - (starts[id] ?? 0)
  let length = 0
  for (const id of given) length += partsOf(id) || 1
  const replaced = new Int32Array(length)
  let count = 0
  for (const id of given) {
    const parts = partsOf(id)
    if (parts === 0) replaced[count++] = id
    const from = starts[id] ?? 0
    for (let i = from; i < from + parts; i++) replaced[count++] = ids[i] ?? 0
  }
  return replaced
}
