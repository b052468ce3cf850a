import { MillraceError } from '../../lib/errors.ts'
import type { Use } from '../../lib/recipe/use-schema.ts'
import type { Packing, PackingDefinition, PackingRequest } from '../define-packing.ts'
import * as registered from './registered.ts'

// Each definition is typed by its own settings; here only what all share is known. `pack` only ever gets what the
// packing's own schema gave, which is why the widening is safe.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const definitions = Object.values(registered) as unknown as readonly PackingDefinition[]

/** The built-in packings by their name in recipes. */
export const packings: ReadonlyMap<string, PackingDefinition> = new Map(
  definitions.map((packing) => [packing.name, packing]),
)

/** Lays documents out as a recipe's phase says. */
export function pack({ name, settings }: Use, request: PackingRequest): Packing {
  return packingByName(name).pack(request, settings)
}

/** The packing called `name`. Throws RECIPE_INVALID, listing the names, where there is none. */
export function packingByName(name: string): PackingDefinition {
  const packing = packings.get(name)
  if (packing !== undefined) return packing
  const names = [...packings.keys()].join(', ')
  throw new MillraceError('RECIPE_INVALID', `there is no packing ${name}`, {
    got: name,
    fix: `Use one of: ${names}.`,
  })
}
