import type { z } from 'zod'
import { entriesOf, keyPath, type Path, type Problem, valueAt } from './problem.ts'
import { childKeys, describedAt } from './schema-walk.ts'
import { listNames, nearest } from './suggest.ts'
import { article, kindOf, quote, summary } from './unknown-name.ts'

type ZodIssue = z.core.$ZodIssue

/**
 * Says what a schema found wrong with `input` in the recipe's own words, one problem for each key.
 *
 * @param base where `input` is in the recipe
 */
export function schemaProblems(
  schema: z.ZodType,
  input: unknown,
  issues: readonly ZodIssue[],
  base: Path,
): Problem[] {
  return issues.flatMap((issue) => problemsOf(schema, input, issue, base))
}

function problemsOf(schema: z.ZodType, input: unknown, issue: ZodIssue, base: Path): Problem[] {
  const local = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  const path = [...base, ...local]
  if (issue.code === 'unrecognized_keys') {
    const known = childKeys(schema, local)
    const given = entriesOf(valueAt(input, local)).map(([key]) => key)
    return issue.keys.map((key) => unknownKey(path, key, known, given))
  }
  const got = valueAt(input, local)
  const narrowed = issue.code === 'invalid_union' ? closestBranch(issue, got) : undefined
  if (narrowed !== undefined) {
    return narrowed.flatMap((inner) =>
      problemsOf(schema, input, { ...inner, path: [...local, ...inner.path] }, base),
    )
  }

  const description = describedAt(schema, local)
  const last = local.at(-1) ?? base.at(-1)
  const subject = typeof last === 'string' ? `\`${last}\`` : 'this'
  const help = path.length === 0 || description === undefined ? ': see `millrace init`.' : `: ${description}`
  if (got === undefined) {
    return [{ path, at: 'value', message: 'is required', fix: `Add ${subject}${help}` }]
  }
  const limit = limitOf(issue)
  return [
    {
      path,
      at: 'value',
      message: messageOf(issue, got),
      fix:
        issue.code === 'invalid_value'
          ? `Use one of: ${listNames(issue.values.map(String))}.`
          : `Correct ${subject}${help}`,
      got: summary(got),
      ...(limit === undefined ? {} : { limit }),
    },
  ]
}

/** `unknown key; did you mean "filters"?`, with the list of those there are. A key that is not `given` yet is likelier. */
function unknownKey(
  container: Path,
  key: string,
  known: readonly string[],
  given: readonly string[],
): Problem {
  const near = nearest(key, [...known.filter((each) => !given.includes(each)), ...known])
  return {
    path: [...container, key],
    at: 'key',
    message: near === undefined ? 'unknown key' : `unknown key; did you mean "${near}"?`,
    got: key,
    fix:
      known.length === 0
        ? `Remove it: ${keyPath(container) || 'this'} has no keys.`
        : `${near === undefined ? 'Remove it, or use one of' : 'The keys here are'}: ${listNames(known)}.`,
  }
}

/**
 * Of a union's branches, the one that was meant: one that got past the value's own type, or for a text the one that
 * lists names. Undefined when there is none, and the union speaks for itself.
 */
function closestBranch(issue: z.core.$ZodIssueInvalidUnion, got: unknown): readonly ZodIssue[] | undefined {
  const inside = issue.errors.filter(
    ([first]) => first?.code === 'unrecognized_keys' || (first?.path.length ?? 0) > 0,
  )
  if (inside.length > 0) return inside.reduce((best, branch) => (branch.length < best.length ? branch : best))
  if (typeof got !== 'string') return undefined
  return issue.errors.find(([first]) => first?.code === 'invalid_value' && first.values.length > 1)
}

function messageOf(issue: ZodIssue, got: unknown): string {
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}, not ${kindOf(got)}`
  if (issue.code === 'invalid_value') {
    const near = typeof got === 'string' ? nearest(got, issue.values.map(String)) : undefined
    return `unknown choice ${quote(got)}${near === undefined ? '' : `; did you mean "${near}"?`}`
  }
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') return `cannot be ${kindOf(got)}`
  const hasLength = typeof got === 'string' || Array.isArray(got)
  if (issue.code === 'too_small') {
    if (hasLength) return `must not be ${issue.minimum === 1 ? 'empty' : `shorter than ${issue.minimum}`}`
    return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`
  }
  if (issue.code === 'too_big') {
    if (hasLength) return `must not be longer than ${issue.maximum}`
    return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`
  }
  return issue.message
}

function limitOf(issue: ZodIssue): number | undefined {
  if (issue.code === 'too_small') return Number(issue.minimum)
  return issue.code === 'too_big' ? Number(issue.maximum) : undefined
}
