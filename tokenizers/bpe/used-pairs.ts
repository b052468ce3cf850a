import { createMerger } from './merge.ts'
import { addPair, buildPairTable, emptyPairTable, findPair, type PairTable } from './pair-table.ts'

/** What of a vocabulary's merges is ever used. */
export interface UsedPairs {
  readonly pairs: PairTable
  /** Ids of tokens that merging their own symbols does not give: nothing merges into them, in any text. */
  readonly unreachable: ReadonlySet<number>
}

/** A token of two symbols or more. */
export interface MergedToken {
  readonly text: string
  readonly id: number
  readonly rank: number
}

/** The tokens that merging may give. */
export interface MergeVocabulary {
  /** Lower ranks first. */
  readonly merged: readonly MergedToken[]
  /** Id of each token by its text, those of one symbol too. */
  readonly idOf: ReadonlyMap<string, number>
  /** Writes the symbols that a text begins as, at most as many as it has UTF-16 units; returns how many. */
  readonly writeSymbols: (text: string, into: Int32Array) => number
}

/**
 * Of all ways to cut tokens into two, those by which merging ever makes them: at most one a token, where a token has three
 * or four ways, so that the table is a third as large, and nearer. Merging by these alone gives the same ids in every text:
 * where a token comes about, all merges within it were made in the order in which they are made in the token by itself, as
 * none of them went over its ends; so the last of them, which made it, is that of the token by itself.
 *
 *     "abc" of a b c, with tokens ab, bc and abc by rank:  ab + c is used;  a + bc never comes about, as ab is made first
 *
 * So tokens are merged by rank, each by the pairs used below its own rank. Two symbols are left of nearly every token: these
 * are its pair. Where more are left and no two neighbours are a token, nothing makes it. Where two are one, of its own rank
 * or a higher one, that token comes first: from there on all ways of every token are tried.
 */
export function findUsedPairs({ merged, idOf, writeSymbols }: MergeVocabulary): UsedPairs {
  const textOf: string[] = []
  for (const [text, id] of idOf) textOf[id] = text
  const pairs = emptyPairTable(merged.length)
  const merger = createMerger(pairs)
  const used: number[] = []
  const unreachable = new Set<number>()
  for (let first = 0, end = 0; first < merged.length; first = end) {
    const known = used.length
    for (; end < merged.length && merged[end]?.rank === merged[first]?.rank; end++) {
      const { text, id, rank } = merged[end] ?? NONE
      const length = merger.merge(writeSymbols(text, merger.reserve(text.length)))
      const symbols = merger.symbols()
      if (length === 2) used.push(symbols[0] ?? 0, symbols[1] ?? 0, id, rank)
      else if (hasNeighbours(symbols, length, textOf, idOf)) {
        return findAmongAll(
          { merged: merged.slice(first), idOf, writeSymbols },
          used.slice(0, known),
          unreachable,
        )
      } else unreachable.add(id)
    }
    for (let at = known; at < used.length; at += 4) addPair(pairs, used, at)
  }
  return { pairs, unreachable }
}

const NONE: MergedToken = { text: '', id: 0, rank: 0 }

/** Whether two neighbours of the symbols are a token. */
function hasNeighbours(
  symbols: Int32Array,
  length: number,
  textOf: readonly string[],
  idOf: ReadonlyMap<string, number>,
): boolean {
  for (let at = 1; at < length; at++) {
    if (idOf.has(`${textOf[symbols[at - 1] ?? 0]}${textOf[symbols[at] ?? 0]}`)) return true
  }
  return false
}

/** The used pairs of the tokens in `merged`, in whatever order these come about, after those that are known of others. */
function findAmongAll(
  { merged, idOf, writeSymbols }: MergeVocabulary,
  known: readonly number[],
  knownUnreachable: ReadonlySet<number>,
): UsedPairs {
  const used = [...known]
  const table = buildPairTable([...known, ...merged.flatMap((token) => waysOf(token, idOf))])
  const merger = createMerger(table)
  const unreachable = new Set(knownUnreachable)
  for (const { text, id } of merged) {
    const length = merger.merge(writeSymbols(text, merger.reserve(text.length)))
    if (length !== 1 || merger.symbols()[0] !== id) {
      unreachable.add(id)
      continue
    }
    const [left, right] = merger.lastPair()
    used.push(left, right, id, table[findPair(table, left, right) + 3] ?? 0)
  }
  return { pairs: buildPairTable(used), unreachable }
}

/** Every way to cut a token into two, as left, right, merged, rank. */
function waysOf({ text, id, rank }: MergedToken, idOf: ReadonlyMap<string, number>): number[] {
  const ways: number[] = []
  for (let cut = 1; cut < text.length; cut++) {
    const left = idOf.get(text.slice(0, cut))
    const right = left === undefined ? undefined : idOf.get(text.slice(cut))
    if (left !== undefined && right !== undefined) ways.push(left, right, id, rank)
  }
  return ways
}
