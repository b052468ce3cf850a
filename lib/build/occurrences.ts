/**
 * Blocks that the corpus has more than once: their rows, and which occurrences of one are beyond the limit.
 *
 * Occurrences are ranked as documents are in the walk of dedup: by the source's priority, the recorded value that the recipe
 * prefers, keyed hash of the uid; those of one document by place. Records with one uid are copies of each other in every
 * field: their occurrences at one place count as one, so that all copies are left with the same text.
 */
import { HASH_WORDS } from '../../filters/dedup/blocks.ts'
import type { BlockMethod } from '../../filters/dedup/define-dedup.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { type Key64, keyedHash } from '../kernels/keyed-hash.ts'
import type { Recipe } from '../recipe/schema.ts'
import { priorityPlace } from './dedup-resolve.ts'

/** Words of a row: key (2), check, uid, part, document in it, place of the first block in the document, preference (2). */
export const BLOCK_WIDTH = HASH_WORDS + UID_WORDS + 5
export const UID_AT = HASH_WORDS
export const PART_AT = UID_AT + UID_WORDS
export const DOCUMENT_AT = PART_AT + 1
export const PLACE_AT = PART_AT + 2
export const PREFERENCE_AT = PART_AT + 3

/** Whoever has the row at `row` (a word index) of the rows that are judged. */
export interface Occurrence {
  readonly row: number
  readonly source: string
  /** What ranks it, and last what tells it from others: lower first. */
  readonly rank: readonly number[]
}

export type Judge = (
  rows: Uint32Array,
  visit: (occurrence: Occurrence, first: Occurrence, isBeyond: boolean) => void,
) => void

/**
 * Goes through rows that are sorted by key. Of each block that occurs more often than the method's limit, `visit` gets every
 * occurrence in order, with the first one; blocks that do not are passed over.
 */
export function createJudge(
  recipe: Recipe,
  { limit, scope }: BlockMethod,
  sourceOf: (part: number) => string,
): Judge {
  const hash = keyedHash(recipe.seed, 'dedup')
  const order: Key64 = { high: 0, low: 0 }
  const priorities = new Map(
    Object.keys(recipe.sources).map((source) => [source, priorityPlace(recipe, source)]),
  )
  const occurrenceAt = (rows: Uint32Array, row: number): Occurrence => {
    const source = sourceOf(rows[row + PART_AT] ?? 0)
    hash(rows, row + UID_AT, order)
    const rank = [
      priorities.get(source) ?? 0,
      ...rows.subarray(row + PREFERENCE_AT, row + PREFERENCE_AT + 2),
      order.high,
      order.low,
      ...rows.subarray(row + UID_AT, row + UID_AT + UID_WORDS),
      rows[row + PLACE_AT] ?? 0,
    ]
    return { row, source, rank }
  }

  const judge = (
    all: readonly Occurrence[],
    visit: (occurrence: Occurrence, first: Occurrence, isBeyond: boolean) => void,
  ): void => {
    const ranked = all.toSorted((a, b) => compareRanks(a.rank, b.rank))
    const [first] = ranked
    if (first === undefined || countDistinct(ranked) <= limit) return
    let seen = 0
    for (const [at, occurrence] of ranked.entries()) {
      if (at === 0 || compareRanks(occurrence.rank, ranked[at - 1]?.rank ?? []) !== 0) seen++
      visit(occurrence, first, seen > limit)
    }
  }

  return (rows, visit) => {
    for (let start = 0; start < rows.length; ) {
      let end = start + BLOCK_WIDTH
      while (end < rows.length && rows[end] === rows[start] && rows[end + 1] === rows[start + 1])
        end += BLOCK_WIDTH
      if (end - start > limit * BLOCK_WIDTH) {
        const groups = new Map<string, Occurrence[]>()
        for (let row = start; row < end; row += BLOCK_WIDTH) {
          const occurrence = occurrenceAt(rows, row)
          const group = `${rows[row + 2]} ${scope === 'within' ? occurrence.source : ''}`
          const own = groups.get(group)
          if (own === undefined) groups.set(group, [occurrence])
          else own.push(occurrence)
        }
        for (const group of groups.values()) judge(group, visit)
      }
      start = end
    }
  }
}

function countDistinct(ranked: readonly Occurrence[]): number {
  return ranked.filter(({ rank }, at) => at === 0 || compareRanks(rank, ranked[at - 1]?.rank ?? []) !== 0)
    .length
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [at, value] of a.entries()) {
    const difference = value - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
