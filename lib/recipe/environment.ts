import type { Path, Problem } from './problem.ts'

/** Deeper objects are refused, which also ends cycles. */
const maxDepth = 64

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * A copy of a recipe's raw value with `${VAR}` and `${VAR:-default}` in its strings replaced from the environment.
 * As in a shell, an empty variable takes the default, and `$${` stands for `${` itself. What the environment gives is
 * text only: it is never expanded again. Properties that are undefined are left out.
 */
export function expandEnvironment(
  raw: unknown,
  environment: Environment,
): { value: unknown; problems: Problem[] } {
  const problems: Problem[] = []

  const expand = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return expandText(value, path, environment, problems)
    if (typeof value !== 'object' || value === null) return value
    if (path.length > maxDepth) {
      problems.push({
        path: path.slice(0, 8),
        at: 'value',
        message: `is nested deeper than ${maxDepth} levels`,
        fix: 'A recipe needs fewer than ten levels: check what was put here.',
      })
      return null
    }
    if (Array.isArray(value)) return Array.from(value, (item, index) => expand(item, [...path, index]))
    if (!isPlainObject(value)) return value
    const members: [string, unknown][] = []
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue
      // A schema cannot see this key in an object, so it is refused here.
      if (key === '__proto__')
        problems.push({ path: [...path, key], at: 'key', message: 'unknown key', fix: 'Remove it.' })
      else members.push([key, expand(member, [...path, key])])
    }
    return Object.fromEntries(members)
  }

  const value = expand(raw, [])
  return { value, problems }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function expandText(text: string, path: Path, environment: Environment, problems: Problem[]): string {
  if (!text.includes('${')) return text
  const parts: string[] = []
  let done = 0
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', done)) {
    if (at > done && text[at - 1] === '$') {
      parts.push(text.slice(done, at), '{')
      done = at + 2
      continue
    }
    const end = text.indexOf('}', at)
    const inner = end === -1 ? '' : text.slice(at + 2, end)
    const match = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner)
    parts.push(text.slice(done, at))
    if (match === null) {
      problems.push({
        path,
        at: 'value',
        offset: at,
        message: 'has a ${ that names no variable',
        got: text.slice(at, at + 40),
        fix: 'Write ${NAME} or ${NAME:-default}, or $${ for the characters themselves.',
      })
      return text
    }
    const [, name = '', fallback] = match
    const given = Object.hasOwn(environment, name) ? environment[name] : undefined
    const chosen = fallback === undefined ? given : given || fallback
    if (chosen === undefined) {
      problems.push({
        path,
        at: 'value',
        offset: at,
        message: `the environment variable ${name} is not set`,
        fix: `Set ${name}, or give a default: \${${name}:-…}.`,
      })
    }
    parts.push(chosen ?? '')
    done = end + 1
  }
  parts.push(text.slice(done))
  return parts.join('')
}
