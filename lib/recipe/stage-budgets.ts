import type { z } from 'zod'
import { listOf, type Problem, valueAt } from './problem.ts'
import { parseQuantity } from './quantity.ts'
import type { recipeSchema, Stage } from './schema.ts'
import { summary } from './unknown-name.ts'

/** The stages of a valid recipe with their budgets in tokens: `steps` times `batchTokens` where steps are given. */
export function stagesInTokens({ stages, batchTokens = 0 }: z.output<typeof recipeSchema>): Stage[] {
  return stages.map(({ steps = 0, tokens = steps * batchTokens, ...stage }) => ({ ...stage, tokens }))
}

/** The budget in tokens of a stage as written; undefined where it has none, or none that can be read. */
export function budgetOf(recipe: unknown, stage: unknown): number | undefined {
  const steps = valueAt(stage, ['steps'])
  if (steps === undefined) return parseQuantity(valueAt(stage, ['tokens'])).value
  const batch = parseQuantity(valueAt(recipe, ['batchTokens'])).value
  const tokens = typeof steps === 'number' && batch !== undefined ? steps * batch : undefined
  return tokens !== undefined && Number.isSafeInteger(tokens) ? tokens : undefined
}

/** Each stage has a budget, in tokens or in steps. */
export function checkBudgetOf(recipe: unknown, index: number): Problem[] {
  const path = ['stages', index]
  const stage = listOf(valueAt(recipe, ['stages']))[index]
  const [tokens, steps] = [valueAt(stage, ['tokens']), valueAt(stage, ['steps'])]
  if (tokens === undefined && steps === undefined) {
    return [{ path, at: 'value', message: 'has no budget', fix: 'Give it `tokens: 1B`, or `steps`.' }]
  }
  if (tokens !== undefined && steps !== undefined) {
    const message = 'has a budget already, in tokens'
    return [
      { path: [...path, 'steps'], at: 'key', message, got: summary(steps), fix: 'Keep one of the two.' },
    ]
  }
  if (steps === undefined || budgetOf(recipe, stage) !== undefined || typeof steps !== 'number') return []
  const message = 'steps are counted in batches, and the recipe has no valid `batchTokens`'
  const fix = 'Give the recipe `batchTokens`, or the stage `tokens`.'
  return [{ path: [...path, 'steps'], at: 'value', message, got: summary(steps), fix }]
}
