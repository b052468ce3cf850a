import { type Use, useSchema } from '../../lib/recipe/use-schema.ts'
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

/** The methods of a recipe in the order in which they run, see `place`; those of one name stay in the recipe's order. */
export function inOrder(uses: readonly Use[]): Use[] {
  return uses.toSorted((a, b) => placeOf(a) - placeOf(b))
}

function placeOf({ name }: Use): number {
  return dedupMethods[name]?.place ?? 0
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
export function dedupPasses(uses: readonly Use[]): DedupPasses {
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

/** Schema of one entry of a recipe's `dedup`. */
export const dedupUse = useSchema({
  label: 'dedup method',
  registry: dedupMethods,
  example: '{minhash: {threshold: 0.8}}',
})
