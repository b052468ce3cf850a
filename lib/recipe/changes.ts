/** What two recipes differ in, setting by setting. */
import { canonicalJson } from './canonical-json.ts'
import { type Path, valueAt } from './problem.ts'

export interface Change {
  readonly path: Path
  /** Absent where the setting, or the item of a list, is only in the other. */
  readonly before?: unknown
  readonly after?: unknown
}

/** The smallest settings that differ, in the order of the keys of `after`, then what only `before` has. */
export function changesBetween(before: unknown, after: unknown, path: Path = []): Change[] {
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    if (before === after || canonicalJson(before ?? null) === canonicalJson(after ?? null)) return []
    return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }]
  }
  const keys = new Set([...Object.keys(after), ...Object.keys(before)])
  return [...keys].flatMap((key) =>
    changesBetween(valueAt(before, [key]), valueAt(after, [key]), [
      ...path,
      Array.isArray(after) ? Number(key) : key,
    ]),
  )
}

/** `root` with `change` taken back. */
export function takenBack<T>(root: T, { path, before }: Change): T {
  const copy = structuredClone(root)
  const parent: unknown = valueAt(copy, path.slice(0, -1))
  const key = path.at(-1)
  if (!isTree(parent) || key === undefined) return copy
  if (before !== undefined) Reflect.set(parent, key, before)
  else if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else Reflect.deleteProperty(parent, key)
  return copy
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
