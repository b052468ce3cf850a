import { z } from 'zod'
import { type FilterRegistry, filters } from './registry.ts'

/**
 * Entry point `millrace/filters`: the registered filters, the schema of their use in a recipe, and what a new filter
 * is written with.
 */

export { type Document, defineView } from '../lib/documents/document.ts'
export { checkFilter } from './check-filter.ts'
export { type DedupDefinition, type DedupMethod, defineBlockDedup, defineDedup } from './dedup/index.ts'
export {
  actionOf,
  defineFilter,
  drop,
  type EarlierValues,
  type FilterDefinition,
  type FilterFunction,
  keep,
  keepEdited,
  type Recording,
  type Rule,
  TAG,
  type Value,
  type Verdict,
} from './define-filter.ts'
export { type FilterKit, registerFilters } from './own-filters.ts'
export * from './registered.ts'
export { type AnyFilter, byName, type FilterRegistry, filters } from './registry.ts'

/** A filter that a recipe uses: its name and its settings, defaults filled in. */
export interface FilterUse {
  readonly name: string
  readonly settings: unknown
}

/**
 * Schema of one entry of a recipe's `filters`: a name (`language`), or one name with settings
 * (`{gopher-quality: {minWords: 50}}`; null settings, as YAML gives for `gopher-quality:`, are the defaults).
 */
export function filterUseOf(registry: FilterRegistry): z.ZodType<FilterUse> {
  const names = Object.keys(registry).toSorted()
  // The JSON Schema is stated apart, because the parser below gives better messages than a union of objects would.
  const described = z.unknown().meta({
    description: 'A filter: its name, or one name with its settings.',
    // Made where the JSON Schema is asked for: most recipes are only parsed.
    get anyOf() {
      return [{ enum: names }, usesWithSettings(registry)]
    },
  })
  return described.transform((use, context): FilterUse => {
    const [name, settings, extra] = parts(use)
    const definition = name === undefined ? undefined : registry[name]
    const options = Object.keys(registry).toSorted().join(', ')
    if (name === undefined || extra || definition === undefined) {
      const message =
        name === undefined || extra
          ? `A filter is a name, or one name with its settings, e.g. {${names[0] ?? 'name'}: {}}. Filters: ${options}.`
          : `There is no filter "${name}". Filters: ${options}.`
      context.issues.push({ code: 'custom', input: use, message })
      return z.NEVER
    }
    const parsed = definition.settings.safeParse(settings ?? {})
    if (parsed.success) return { name, settings: parsed.data }
    for (const issue of parsed.error.issues) {
      context.issues.push({ code: 'custom', input: use, message: issue.message, path: [name, ...issue.path] })
    }
    return z.NEVER
  })
}

/** Whether a filter at these settings depends on the runtime's Unicode tables. */
export function usesUnicode({ name, settings }: FilterUse): boolean {
  const unicode = filters[name]?.unicode ?? false
  return typeof unicode === 'function' ? unicode(settings) : unicode
}

/** {@link filterUseOf} over the built-in filters. */
export const filterUse: z.ZodType<FilterUse> = filterUseOf(filters)

/** `x` → [x]; `{x: s}` → [x, s]; more keys than one set the third; anything else gives no name. */
function parts(use: unknown): [name?: string, settings?: unknown, extra?: boolean] {
  if (typeof use === 'string') return [use]
  if (typeof use !== 'object' || use === null || Array.isArray(use)) return []
  const [first, second] = Object.entries(use)
  return first === undefined ? [] : [first[0], first[1], second !== undefined]
}

function usesWithSettings(registry: FilterRegistry): object {
  const properties: Record<string, unknown> = {}
  for (const [name, { settings, summary }] of Object.entries(registry)) {
    const { $schema: _, ...schema } = z.toJSONSchema(settings, { io: 'input' })
    properties[name] = { description: summary, ...schema }
  }
  return { type: 'object', properties, additionalProperties: false, minProperties: 1, maxProperties: 1 }
}
