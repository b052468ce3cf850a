/** The value of an object's own key, never an inherited one: `__proto__` and `constructor` are names like any other. */
export function ownValue(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.getOwnPropertyDescriptor(value, key)?.value
}

/**
 * The value at a path of keys with dots between them. A key that holds the dots itself goes first.
 *
 * @example ownPath({ meta: { url: 'u' } }, 'meta.url') // 'u'
 * @example ownPath({ 'meta.url': 'u' }, 'meta.url') // 'u'
 */
export function ownPath(value: unknown, path: string): unknown {
  const direct = ownValue(value, path)
  if (direct !== undefined || !path.includes('.')) return direct
  let at = value
  for (const key of path.split('.')) at = ownValue(at, key)
  return at
}

/** A copy of the value with another one at the path; see {@link ownPath}. */
export function withOwnPath(value: unknown, path: string, other: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = Object.assign(Object.create(null), value)
  if (Object.hasOwn(value, path)) return Object.assign(copy, { [path]: other })
  const [key = '', ...rest] = path.split('.')
  return Object.assign(copy, { [key]: withOwnPath(copy[key], rest.join('.'), other) })
}

/** What a value is, in words for people. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
