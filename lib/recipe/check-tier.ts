import { actionOf, type FilterDefinition, nameOf, TAG } from '../../filters/define-filter.ts'
import { filters } from '../../filters/index.ts'
import { parseTier } from '../../stages/tiers.ts'
import { MillraceError } from '../errors.ts'
import { nameOfUse } from './check-uses.ts'
import { type Path, type Problem, valueAt } from './problem.ts'
import { listNames, nearest } from './suggest.ts'

/** Recorded for every document, whatever filters a source has. */
const always = ['tokens', 'bytes']

/**
 * A tier's expression: its syntax, and that every value it reads is recorded, because a comparison with one that is not
 * would be false for every document.
 *
 * @param uses the source's filters, as the recipe has them
 */
export function checkTier(path: Path, expression: string, uses: readonly unknown[]): Problem[] {
  let values: readonly string[]
  try {
    ;({ values } = parseTier(String(path.at(-1)), expression))
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    const { column = 1, got, limit, fix } = error.facts
    const message = `is not an expression: at its column ${column}, expected ${String(limit)}, got ${String(got)}`
    return [{ path, at: 'value', offset: column - 1, message, got: expression.slice(0, 80), fix }]
  }
  const definitions = recorded(uses)
  return values.flatMap((name) => {
    const message = checkValue(name, definitions)
    if (message === undefined) return []
    const fix = `Use one of: ${listNames([...always, ...fullNames(definitions)])}; or add the filter that records it.`
    return [
      { path, at: 'value' as const, offset: Math.max(0, expression.indexOf(name)), message, got: name, fix },
    ]
  })
}

/**
 * The value by which duplicates are ranked: a number that one of the filters records. `tokens` is not known before dedup.
 *
 * @param uses the filters of all sources, as the recipe has them
 */
export function checkPreference(path: Path, name: string, uses: readonly unknown[]): Problem[] {
  const definitions = recorded(uses)
  const numbers = definitions.flatMap(({ name: filter, values }) =>
    Object.entries(values).flatMap(([value, type]) => (type === 'number' ? [`${filter}.${value}`] : [])),
  )
  const full = fullNames(definitions).filter((each) =>
    [each, each.slice(each.indexOf('.') + 1)].includes(name),
  )
  const [only] = full
  if (
    only !== undefined &&
    (full.length === 1 || full.includes(name)) &&
    numbers.includes(full.includes(name) ? name : only)
  )
    return []
  const message =
    full.length > 1
      ? `${JSON.stringify(name)} is recorded by several filters: ${full.join(', ')}`
      : `no filter of the sources records a number ${JSON.stringify(name)}`
  const fix = `Use one of: ${numbers.length === 0 ? 'none' : listNames(numbers)}; or add the filter that records it.`
  return [{ path, at: 'value', message, got: name, fix }]
}

/** A value is named `filter.value`, or `value` alone where only one of the source's filters records one of that name. */
function checkValue(name: string, definitions: readonly Recorded[]): string | undefined {
  const known = fullNames(definitions)
  if (always.includes(name) || known.includes(name)) return undefined
  const owners = known.filter((full) => full.slice(full.indexOf('.') + 1) === name)
  if (owners.length === 1) return undefined
  if (owners.length > 1) return `${JSON.stringify(name)} is recorded by several filters: ${owners.join(', ')}`
  const near = nearest(name, [...always, ...known, ...known.map((full) => full.slice(full.indexOf('.') + 1))])
  return `no filter of this source records ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean "${near}"?`}`
}

function fullNames(definitions: readonly Recorded[]): string[] {
  return definitions.flatMap(({ name, values }) => Object.keys(values).map((value) => `${name}.${value}`))
}

type Recorded = Pick<FilterDefinition, 'name' | 'values'>

/** What each filter records: its values, and `tag` where it tags. */
function recorded(uses: readonly unknown[]): Recorded[] {
  const byName = new Map<string, Recorded>()
  for (const use of uses) {
    const filter = nameOfUse(use) ?? ''
    const definition = Object.hasOwn(filters, filter) ? filters[filter] : undefined
    if (definition === undefined) continue
    const settings = valueAt(use, [filter])
    const name = nameOf(filter, settings)
    const tag = actionOf(settings) === 'tag' ? { [TAG]: 'string' as const } : {}
    byName.set(name, { name, values: { ...byName.get(name)?.values, ...definition.values, ...tag } })
  }
  return [...byName.values()]
}
