import { z } from 'zod'

/** Something of a registry that a recipe uses: its name and its settings, defaults filled in. */
export interface Use {
  readonly name: string
  readonly settings: unknown
}

/** What can be used: `label` names it (`a dedup method`), `example` shows a use with settings. */
export interface Usable {
  readonly label: string
  readonly registry: Readonly<Record<string, { readonly summary: string; readonly settings: z.ZodType }>>
  readonly example: string
}

/**
 * Schema of a use: a name (`exact`), or one name with settings (`{minhash: {threshold: 0.9}}`; null settings, as YAML
 * gives for `minhash:`, are the defaults).
 */
export function useSchema({ label, registry, example }: Usable): z.ZodType<Use> {
  const names = Object.keys(registry).toSorted()
  const article = /^[aeiou]/.test(label) ? 'An' : 'A'
  const described = z
    .unknown()
    // The JSON Schema is stated apart, because the parser below gives better messages than a union of objects would.
    .meta({
      description: `${article} ${label}: its name, or one name with its settings.`,
      get anyOf() {
        return [{ enum: names }, usesWithSettings(registry)]
      },
    })
  return described.transform((use, context): Use => {
    const [name, settings] = nameAndSettings(use) ?? []
    const definition = name !== undefined && Object.hasOwn(registry, name) ? registry[name] : undefined
    if (name === undefined || definition === undefined) {
      const what =
        name === undefined
          ? `${article} ${label} is a name, or one name with its settings, e.g. ${example}.`
          : `There is no ${label} "${name}".`
      const message = `${what} Use one of: ${names.join(', ')}.`
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

/** `x` → [x]; `{x: s}` → [x, s]; anything else, or more keys than one → undefined. */
function nameAndSettings(use: unknown): [name: string, settings?: unknown] | undefined {
  if (typeof use === 'string') return [use]
  if (typeof use !== 'object' || use === null || Array.isArray(use)) return undefined
  const [first, ...others] = Object.entries(use)
  return others.length === 0 ? first : undefined
}

function usesWithSettings(registry: Usable['registry']): object {
  const properties: Record<string, unknown> = {}
  for (const [name, { settings, summary }] of Object.entries(registry)) {
    const { $schema: _, ...schema } = z.toJSONSchema(settings, { io: 'input' })
    properties[name] = { description: summary, ...schema }
  }
  return { type: 'object', properties, additionalProperties: false, minProperties: 1, maxProperties: 1 }
}
