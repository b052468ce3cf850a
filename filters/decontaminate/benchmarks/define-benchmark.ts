import { ownPath } from '../../../lib/documents/own-path.ts'

/** One item of a benchmark. Parts that it does not have are empty. */
export interface BenchmarkItem {
  /** The item's own id; its number in the file where there is none. */
  readonly id: string | undefined
  readonly question: string
  readonly answers: readonly string[]
  /** The text that the question is about. */
  readonly passage: string
  readonly choices: readonly string[]
}

export interface BenchmarkDefinition {
  /** Name in recipes, kebab-case. */
  readonly name: string
  /** Which published files it reads. */
  readonly summary: string
  /** Raised when the same record would give other items than before. */
  readonly revision: number
  /** The items of record `number` (from 0); none where the record is not of a shape that it knows. Never throws. */
  readonly items: (record: object, number: number) => BenchmarkItem[]
}

/** Declares a benchmark's mapping; add one line to `registered.ts`. */
export function defineBenchmark(definition: BenchmarkDefinition): BenchmarkDefinition {
  return definition
}

/** An item of some parts; none where it has nothing to look for. */
export function item(parts: Partial<BenchmarkItem>): BenchmarkItem[] {
  const { id, question = '', answers = [], passage = '', choices = [] } = parts
  const some = question !== '' || passage !== '' || answers.some((answer) => answer !== '')
  return some ? [{ id, question, answers, passage, choices }] : []
}

/** The text at the first of some paths that has one; '' where none has. Numbers count as text. */
export function textAt(record: unknown, ...paths: string[]): string {
  for (const path of paths) {
    const value = ownPath(record, path)
    if (typeof value === 'string') return value
    if (typeof value === 'number') return String(value)
  }
  return ''
}

/** The texts in the list at the first of some paths that has one: of texts, or of objects with `text`. */
export function textsAt(record: unknown, ...paths: string[]): string[] {
  for (const path of paths) {
    const value = ownPath(record, path)
    if (!Array.isArray(value)) continue
    return value.map((entry: unknown) => (typeof entry === 'string' ? entry : textAt(entry, 'text')))
  }
  return []
}

/** The id at the first of some paths. */
export function idAt(record: unknown, ...paths: string[]): string | undefined {
  return textAt(record, ...paths) || undefined
}
