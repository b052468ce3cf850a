/** How errors of recipes name values and unknown names; apart from the schema, which look-ups do without. */
import type { Path, Problem } from './problem.ts'
import { listNames, nearest } from './suggest.ts'

/** `unknown filter "languag"; did you mean "language"?`, with the list of those there are. */
export function unknownName(
  path: Path,
  at: 'key' | 'value',
  kind: string,
  got: string,
  known: readonly string[],
): Problem {
  const near = nearest(got, known)
  return {
    path,
    at,
    message: `unknown ${kind} ${quote(got)}${near === undefined ? '' : `; did you mean "${near}"?`}`,
    got,
    fix: `Use one of: ${listNames(known)}.`,
  }
}

export function quote(value: unknown): string {
  const short = summary(value)
  return typeof short === 'string' && typeof value === 'string' ? JSON.stringify(short) : String(short)
}

/** A value short enough for an error: long text is cut, and of a collection only its kind is told. */
export function summary(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 80 ? `${value.slice(0, 80)}…` : value
  return typeof value === 'object' && value !== null ? kindOf(value) : value
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (Number.isNaN(value)) return 'NaN'
  return article(typeof value)
}

const articles: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  object: 'a map of keys',
  record: 'a map of keys',
  string: 'text',
  undefined: 'nothing',
}

export function article(type: string): string {
  return articles[type] ?? `a ${type}`
}
