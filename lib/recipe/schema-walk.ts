import { z } from 'zod'
import { entriesOf, listOf, type Path, valueAt } from './problem.ts'

/** The keys that the objects at `path` may have, in the schema's order. */
export function childKeys(schema: z.ZodType, path: Path): string[] {
  return schemasAt(schema, path)
    .flatMap(unwrapped)
    .flatMap((each) => entriesOf(part(each, 'shape')).map(([key]) => key))
}

/** The description of what belongs at `path`. */
export function describedAt(schema: z.ZodType, path: Path): string | undefined {
  const [found] = schemasAt(schema, path).flatMap((outer) =>
    [outer, ...unwrapped(outer)].map((each) => each.description).filter((text) => text !== undefined),
  )
  return found
}

function schemasAt(schema: z.ZodType, path: Path): z.ZodType[] {
  let found = [schema]
  for (const step of path) found = found.flatMap(unwrapped).flatMap((each) => child(each, step))
  return found
}

/** An object's key, any of a record's values or of an array's items. */
function child(schema: z.ZodType, step: string | number): z.ZodType[] {
  return [valueAt(part(schema, 'shape'), [step]), part(schema, 'valueType'), part(schema, 'element')].filter(
    isSchema,
  )
}

/**
 * The schemas that a wrapped one or a union stands for. A wrapper (default, optional, …) has an `innerType`; of a pipe,
 * `in` is the side that is written.
 */
function unwrapped(schema: z.ZodType): z.ZodType[] {
  const inside = [part(schema, 'innerType'), part(schema, 'in'), ...listOf(part(schema, 'options'))].filter(
    isSchema,
  )
  return inside.length === 0 ? [schema] : inside.flatMap(unwrapped)
}

/** A part of a schema's definition, where its kind has one of that name. */
function part(schema: z.ZodType, name: string): unknown {
  return name in schema.def ? Reflect.get(schema.def, name) : undefined
}

function isSchema(value: unknown): value is z.ZodType {
  return value instanceof z.ZodType
}
