import { createTokenizer, loadTokenizer } from '../tokenizers/index.ts'
import { mayRefuse, requireFormats } from './build/check-formats.ts'
import { estimatePools, type PoolEstimate, requireConceivable } from './build/plan.ts'
import { survey } from './build/survey.ts'
import type { LoadedRecipe } from './recipe/load.ts'

export interface Plan {
  readonly name: string
  /** Tokens of the run. */
  readonly tokens: number
  readonly pools: readonly PoolEstimate[]
}

/**
 * What the recipe would build, judged by declared sizes and file sizes; reads a few blocks of each file. Throws
 * PLAN_INFEASIBLE where even the largest possible pools could not fill the schedule, RECIPE_INVALID where an output format
 * cannot hold the shards.
 */
export async function plan(loaded: LoadedRecipe): Promise<Plan> {
  const pools = estimatePools(loaded.recipe, await survey(loaded))
  requireConceivable(loaded.recipe, pools)
  if (mayRefuse(loaded.recipe)) {
    const tokenizer = createTokenizer(await loadTokenizer(loaded.recipe.tokenizer, loaded.directory))
    requireFormats(loaded.recipe, tokenizer.vocabularySize)
  }
  return {
    name: loaded.recipe.name,
    tokens: loaded.recipe.stages.reduce((sum, { tokens }) => sum + tokens, 0),
    pools,
  }
}
