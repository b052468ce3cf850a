import { leftAt } from '../../stages/edge.ts'
import type { Schedule } from '../../stages/schedule.ts'
import type { Counts, PoolTotals } from '../ledger.ts'
import type { Recipe } from '../recipe/schema.ts'
import { aroundIn, openPool } from './pool-reader.ts'
import { type Pool, poolDocuments, poolTokens } from './pools.ts'

/** Totals of every pool, with the place where the run ends in it. */
export function poolTotals(
  folder: string,
  recipe: Recipe,
  pools: readonly Pool[],
  schedule: Schedule,
  width: 2 | 4,
): Counts['pools'] {
  const readers = pools.map((pool) => openPool(folder, pool, recipe, width))
  const names = pools.map(({ name }) => name)
  const { shardTokens } = recipe.output
  const left = leftAt(schedule, names, schedule.segments.length, shardTokens, aroundIn(readers))
  for (const reader of readers) reader.close()
  const totals: Record<string, PoolTotals> = {}
  for (const pool of pools) {
    const { source, plain, heldOut, base } = pool
    const start = base?.start ?? 0
    const documents = poolDocuments(pool)
    totals[pool.name] = {
      source,
      plain,
      documents,
      tokens: poolTokens(pool),
      heldOut,
      start,
      cursor: start + (left.get(pool.name) ?? 0),
    }
  }
  return totals
}

/** BOS and EOS that each document carries. */
export function specialsPerDocument(
  recipe: Recipe,
  tokenizer: { readonly bos: number | undefined; readonly eos: number | undefined },
): number {
  const { bos, eos } = recipe.output.documents
  return (bos && tokenizer.bos !== undefined ? 1 : 0) + (eos && tokenizer.eos !== undefined ? 1 : 0)
}
