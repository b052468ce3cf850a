import { MillraceError } from '../errors.ts'

/** Where a value is in a recipe: `['sources', 'web', 'files', 0]`. */
export type Path = readonly (string | number)[]

/** One thing wrong with a recipe, before its place in the file is looked up. */
export interface Problem {
  readonly path: Path
  /** Which of the two to point at. A missing value points at the key of what it is missing from. */
  readonly at: 'key' | 'value'
  /** Follows the key path: `is required`, `unknown key; did you mean "filters"?`. */
  readonly message: string
  readonly fix: string
  readonly got?: unknown
  readonly limit?: unknown
  /** UTF-16 code units into the string value, where the problem is inside it. */
  readonly offset?: number
}

/**
 * A path as people write it: `sources.web.files[0]`. Keys that are no plain names are quoted.
 *
 * @example keyPath(['stages', 0, 'mix', 'web.top']) // 'stages[0].mix["web.top"]'
 */
export function keyPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (!/^[\w-]+$/.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** What is wrong with settings that are not in a recipe, as one error. */
export function wrongSetting(problems: readonly Problem[]): MillraceError {
  const message = problems.map((each) => `${keyPath(each.path)}: ${each.message}`).join('; ')
  const [first] = problems
  return new MillraceError('USAGE', message, {
    ...(first !== undefined && { key: keyPath(first.path), got: first.got }),
    fix: first?.fix ?? 'Correct the settings.',
  })
}

/** The value at `path`, by own properties only; undefined where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value: unknown = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Reflect.get(value, step)
  }
  return value
}

/** The own entries of a plain object; none for anything else. */
export function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
