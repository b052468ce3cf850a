import { createMerger } from './merge.ts'
import { buildPairTable, findPair, type PairTable } from './pair-table.ts'

/** What of a vocabulary's merges is ever used. */
export interface UsedPairs {
  readonly pairs: PairTable
  /** Ids of tokens that merging their own symbols does not give: nothing merges into them, in any text. */
  readonly unreachable: ReadonlySet<number>
}

/**
 * Of all ways to cut tokens into two, those by which merging ever makes them: at most one a token, where a token has three
 * or four ways, so that the table is a third as large, and nearer. Merging by these alone gives the same ids in every text:
 * where a token comes about, all merges within it were made in the order in which they are made in the token by itself, as
 * none of them went over its ends; so the last of them, which made it, is that of the token by itself.
 *
 *     "abc" of a b c, with tokens ab, bc and abc by rank:  ab + c is used;  a + bc never comes about, as ab is made first
 *
 * @param all left, right, merged and rank of every way, one after another
 * @param tokens id, and the symbols that its text begins as
 */
export function findUsedPairs(
  all: readonly number[],
  tokens: Iterable<readonly [id: number, symbols: ArrayLike<number>]>,
): UsedPairs {
  const table = buildPairTable(all)
  const merger = createMerger(table)
  const used: number[] = []
  const unreachable = new Set<number>()
  for (const [id, symbols] of tokens) {
    merger.reserve(symbols.length).set(symbols)
    if (merger.merge(symbols.length) !== 1 || merger.symbols()[0] !== id) {
      unreachable.add(id)
    } else if (symbols.length > 1) {
      const [left, right] = merger.lastPair()
      used.push(left, right, id, table[findPair(table, left, right) + 3] ?? 0)
    }
  }
  return { pairs: buildPairTable(used), unreachable }
}
