import { z } from 'zod'
import type { BlockMethod, DedupDefinition, DedupMethod } from './define-dedup.ts'
import * as registered from './registered.ts'

/** The registered dedup methods, and the schema of their use in a recipe. */

export {
  type BlockMethod,
  type DedupDefinition,
  type DedupMethod,
  defineBlockDedup,
  defineDedup,
} from './define-dedup.ts'
export * from './registered.ts'

/** Dedup methods by their name in recipes. */
export type DedupRegistry = Readonly<Record<string, DedupDefinition>>

// Each definition is typed by its own settings; here only what all share is known. `create` only ever gets what the
// method's own schema gave, which is why the widening is safe.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const definitions = Object.values(registered) as unknown as readonly DedupDefinition[]

/** The built-in dedup methods by name, e.g. `dedupMethods['minhash']`; without a prototype, so that no other name is found. */
export const dedupMethods: DedupRegistry = byName(definitions)

function byName(list: readonly DedupDefinition[]): DedupRegistry {
  const registry: Record<string, DedupDefinition> = Object.create(null)
  for (const definition of list) registry[definition.name] = definition
  return registry
}

/** A dedup method that a recipe uses: its name and its settings, defaults filled in. */
export interface DedupUse {
  readonly name: string
  readonly settings: unknown
}

/** The methods of a recipe in the order in which they run, see `place`; those of one name stay in the recipe's order. */
export function inOrder(uses: readonly DedupUse[]): DedupUse[] {
  const placeOf = ({ name }: DedupUse): number => dedupMethods[name]?.place ?? 0
  return uses.toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** Some of a recipe's methods; `first` is the place of the first one among all of the recipe's. */
export interface MethodsOf<Method> {
  readonly first: number
  readonly names: readonly string[]
  readonly methods: readonly Method[]
}

/**
 * A recipe's methods as they run. Those that drop documents are one pass; where there are some that cut blocks, these are
 * a pass between the methods of lower places and those of higher ones, which see what it left.
 */
export interface DedupPasses {
  readonly before: MethodsOf<DedupMethod>
  readonly blocks: MethodsOf<BlockMethod>
  readonly after: MethodsOf<DedupMethod>
}

/** `uses` as `inOrder` gives them. */
export function dedupPasses(uses: readonly DedupUse[]): DedupPasses {
  const definitions = uses.map(({ name }) => {
    const definition = dedupMethods[name]
    if (definition === undefined) throw new RangeError(`dedup method ${name} is not registered`)
    return definition
  })
  const cutting = definitions.findIndex(({ compares }) => compares === 'blocks')
  const start = cutting === -1 ? uses.length : cutting
  const end = definitions.findLastIndex(({ compares }) => compares === 'blocks') + 1 || uses.length
  const pass = <Method>(
    from: number,
    to: number,
    create: (definition: DedupDefinition, settings: unknown) => Method[],
  ): MethodsOf<Method> => ({
    first: from,
    names: uses.slice(from, to).map(({ name }) => name),
    methods: definitions.slice(from, to).flatMap((each, at) => create(each, uses[from + at]?.settings)),
  })
  return {
    before: pass(0, start, droppingOf),
    blocks: pass(start, end, cuttingOf),
    after: pass(end, uses.length, droppingOf),
  }
}

function droppingOf(definition: DedupDefinition, settings: unknown): DedupMethod[] {
  return definition.compares === 'documents' ? [definition.create(settings)] : []
}

function cuttingOf(definition: DedupDefinition, settings: unknown): BlockMethod[] {
  return definition.compares === 'blocks' ? [definition.create(settings)] : []
}

const names = Object.keys(dedupMethods).toSorted()

/**
 * Schema of one entry of a recipe's `dedup`: a name (`exact`), or one name with settings (`{minhash: {threshold: 0.9}}`;
 * null settings, as YAML gives for `minhash:`, are the defaults).
 */
export const dedupUse: z.ZodType<DedupUse> = z
  .unknown()
  // The JSON Schema is stated apart, because the parser below gives better messages than a union of objects would.
  .meta({
    description: 'A dedup method: its name, or one name with its settings.',
    anyOf: [{ enum: names }, usesWithSettings()],
  })
  .transform((use, context): DedupUse => {
    const [name, settings] = nameAndSettings(use) ?? []
    const definition = name === undefined ? undefined : dedupMethods[name]
    if (name === undefined || definition === undefined) {
      const message =
        name === undefined
          ? 'A dedup method is a name, or one name with its settings, e.g. {minhash: {threshold: 0.8}}.'
          : `There is no dedup method "${name}".`
      context.issues.push({ code: 'custom', input: use, message: `${message} Methods: ${names.join(', ')}.` })
      return z.NEVER
    }
    const parsed = definition.settings.safeParse(settings ?? {})
    if (parsed.success) return { name, settings: parsed.data }
    for (const issue of parsed.error.issues) {
      context.issues.push({ code: 'custom', input: use, message: issue.message, path: [name, ...issue.path] })
    }
    return z.NEVER
  })

/** `x` → [x]; `{x: s}` → [x, s]; anything else, or more keys than one → undefined. */
function nameAndSettings(use: unknown): [name: string, settings?: unknown] | undefined {
  if (typeof use === 'string') return [use]
  if (typeof use !== 'object' || use === null || Array.isArray(use)) return undefined
  const [first, ...others] = Object.entries(use)
  return others.length === 0 ? first : undefined
}

function usesWithSettings(): object {
  const properties: Record<string, unknown> = {}
  for (const [name, { settings, summary }] of Object.entries(dedupMethods)) {
    const { $schema: _, ...schema } = z.toJSONSchema(settings, { io: 'input' })
    properties[name] = { description: summary, ...schema }
  }
  return { type: 'object', properties, additionalProperties: false, minProperties: 1, maxProperties: 1 }
}
