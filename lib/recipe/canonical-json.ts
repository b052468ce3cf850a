import { createHash } from 'node:crypto'

/** Deeper values are refused; a cycle ends here too. */
const maxDepth = 200

/**
 * JSON with sorted keys (by UTF-16 code units) and no white space: equal values give equal text, whatever the order in which
 * their keys were written. Takes what JSON can say exactly: null, booleans, finite numbers, strings, arrays and plain
 * objects. Throws TypeError naming the place of anything else (undefined, NaN, functions, bigints, dates, maps, typed
 * arrays), because two different values must never get one key.
 *
 * @example canonicalJson({b: 1, a: [true, null]}) // '{"a":[true,null],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', 0)
}

/** SHA-256 (hex) of the canonical JSON of `value`. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function write(value: unknown, place: string, depth: number): string {
  if (depth > maxDepth)
    throw new TypeError(`${place.slice(0, 80)}… is nested deeper than ${maxDepth} levels, or in a cycle`)
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) {
    // By index: `map` would skip the holes of a sparse array.
    return `[${Array.from(value, (item, index) => write(item, `${place}[${index}]`, depth + 1)).join(',')}]`
  }
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .toSorted()
      .map((key) => `${JSON.stringify(key)}:${write(value[key], `${place}.${key}`, depth + 1)}`)
    return `{${members.join(',')}}`
  }
  throw new TypeError(`${place} cannot be written as JSON: ${describe(value)}`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `an instance of ${value.constructor.name}`
  return typeof value === 'number' || value === undefined ? String(value) : `a ${typeof value}`
}
