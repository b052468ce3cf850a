import type { FilterDefinition, FilterFunction, Recording, Rule } from './define-filter.ts'
import * as registered from './registered.ts'

/** Filters by their name in recipes. */
export type FilterRegistry = Readonly<Record<string, FilterDefinition>>

/** The built-in filters by name, e.g. `filters['gopher-quality']`. */
export const filters: FilterRegistry = byName(Object.values(registered))

const registry: Record<string, FilterDefinition> = filters

/** Adds a filter under its name, for `own-filters.ts`; built-in names are never given again. */
export function registerFilter(definition: FilterDefinition): void {
  registry[definition.name] = definition
}

/** Any definition, whatever its settings and tables. */
export interface AnyFilter
  extends Omit<FilterDefinition, 'unicode' | 'dependsOn' | 'edits' | 'load' | 'reads' | 'rules' | 'create'> {
  readonly unicode: boolean | ((settings: never) => boolean)
  readonly dependsOn?: (settings: never) => unknown
  readonly edits?: 'spans' | 'text' | ((settings: never) => 'spans' | undefined)
  readonly load?: (settings: never) => Promise<unknown>
  readonly reads?: (settings: never, tables: never) => Readonly<Record<string, 'number' | 'string'>>
  readonly rules?: (settings: never) => readonly Rule[]
  readonly create: (settings: never, tables: never, recording?: Recording) => FilterFunction
}

export function byName(definitions: readonly AnyFilter[]): FilterRegistry {
  // No prototype: a recipe that names a filter `constructor` must not find one.
  const registry: Record<string, FilterDefinition> = Object.create(null)
  for (const definition of definitions) {
    // Each is typed by its own settings and tables; here only what all share is known. The runner hands a filter's
    // `create` what its own schema and its own `load` gave, which is why the widening is safe.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    registry[definition.name] = definition as FilterDefinition
  }
  return registry
}
