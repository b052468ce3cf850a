import { z } from 'zod'
import { checkFilter, filters } from '../filters/index.ts'
import { MillraceError } from './errors.ts'
import { nearest } from './recipe/suggest.ts'

/** A filter as `millrace filters NAME` shows it. */
export interface FilterDescription {
  readonly name: string
  readonly summary: string
  readonly revision: number
  readonly settings: readonly {
    readonly name: string
    readonly default: unknown
    readonly description: string
  }[]
  readonly reasons: readonly string[]
  readonly values: Readonly<Record<string, 'number' | 'string'>>
}

/** Names and summaries of the registered filters, by name. */
export function listFilters(): { name: string; summary: string }[] {
  return Object.values(filters)
    .map(({ name, summary }) => ({ name, summary }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** A filter and what is wrong with it: nothing, for one that keeps the contract. */
export interface CheckedFilter {
  readonly name: string
  readonly problems: readonly string[]
}

/** Checks registered filters, as `checkFilter` does. */
export async function checkFilters(names: readonly string[]): Promise<CheckedFilter[]> {
  const definitions = names.flatMap((name) => filters[name] ?? [])
  return Promise.all(
    definitions.map(async (definition) => ({
      name: definition.name,
      problems: await checkFilter(definition),
    })),
  )
}

/** A registered filter's settings with defaults, reasons and recorded values. Throws USAGE for a name there is not. */
export function describeFilter(name: string): FilterDescription {
  const definition = filters[name]
  if (definition === undefined) {
    const names = Object.keys(filters).toSorted()
    const near = nearest(name, names)
    throw new MillraceError('USAGE', `there is no filter ${JSON.stringify(name)}`, {
      got: name,
      fix: `${near === undefined ? '' : `Did you mean ${near}? `}Filters: ${names.join(', ')}.`,
    })
  }
  const { summary, revision, settings, reasons, values } = definition
  const { properties = {} } = z.toJSONSchema(settings, { io: 'input' })
  return {
    name,
    summary,
    revision,
    settings: Object.entries(properties).map(([key, setting]) => {
      const { default: fallback, description = '' } = typeof setting === 'object' ? setting : {}
      return { name: key, default: fallback, description }
    }),
    reasons,
    values,
  }
}
