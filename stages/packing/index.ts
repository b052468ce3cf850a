import { MillraceError } from '../../lib/errors.ts'
import type { PackingDefinition } from '../define-packing.ts'
import * as registered from './registered.ts'

/** The built-in packings by their name in recipes. */
export const packings: ReadonlyMap<string, PackingDefinition> = new Map(
  Object.values(registered).map((packing) => [packing.name, packing]),
)

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
