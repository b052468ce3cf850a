import { entriesOf, listOf, type Problem, valueAt } from './problem.ts'
import { listNames } from './suggest.ts'

/** Sources of `against` are in the recipe, and are the first to be kept: else the copy in another source would be. */
export function checkScopes(raw: unknown): Problem[] {
  const sources = entriesOf(valueAt(raw, ['sources']))
  return listOf(valueAt(raw, ['dedup'])).flatMap((use, index) =>
    entriesOf(use).flatMap(([method, settings]) => {
      const path = ['dedup', index, method, 'scope', 'against']
      const against = listOf(valueAt(settings, ['scope', 'against']))
      const others = sources.filter(([name]) => !against.includes(name))
      const highest = others.toSorted((a, b) => priorityOf(b) - priorityOf(a))[0]
      return against.flatMap((name, at): Problem[] => {
        const own = sources.find(([each]) => each === name)
        if (own === undefined) {
          const message = 'is not a source of the recipe'
          const fix = `Use one of: ${listNames(sources.map(([each]) => each))}.`
          return [{ path: [...path, at], at: 'value', message, got: name, fix }]
        }
        if (highest === undefined || priorityOf(own) > priorityOf(highest)) return []
        const message = `has the priority ${priorityOf(own)}, and ${highest[0]} has ${priorityOf(highest)}: its copies would not be the ones that stay`
        const fix = `Set sources.${own[0]}.priority: ${priorityOf(highest) + 1}.`
        return [{ path: [...path, at], at: 'value', message, got: name, fix }]
      })
    }),
  )
}

function priorityOf([, settings]: [string, unknown]): number {
  return Number(valueAt(settings, ['priority']) ?? 0)
}
