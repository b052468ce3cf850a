import { ownPath } from '../../../lib/documents/own-path.ts'
import { type BenchmarkDefinition, item, textAt, textsAt } from './define-benchmark.ts'
import * as registered from './registered.ts'

export type { BenchmarkDefinition, BenchmarkItem } from './define-benchmark.ts'

/** Ready mappings by name. */
export const benchmarks: Readonly<Record<string, BenchmarkDefinition>> = Object.assign(
  Object.create(null),
  Object.fromEntries(Object.values(registered).map((benchmark) => [benchmark.name, benchmark])),
)

export const benchmarkNames: readonly string[] = Object.keys(benchmarks).toSorted()

/** Where a record of a benchmark has its parts: keys, with dots for nested ones. */
export interface BenchmarkFields {
  readonly id?: string | undefined
  readonly question?: string | undefined
  readonly answer?: string | undefined
  readonly passage?: string | undefined
  readonly choices?: string | undefined
}

const USUAL_FIELDS: BenchmarkFields = {
  id: 'id',
  question: 'question',
  answer: 'answer',
  passage: 'passage',
  choices: 'choices',
}

/** The mapping for a benchmark: by `fields` where there are some, else the ready one of that name, else by the usual keys. */
export function benchmarkFor(name: string, fields: BenchmarkFields | undefined): BenchmarkDefinition {
  const known = fields === undefined ? benchmarks[name] : undefined
  return known ?? byFields(name, fields ?? USUAL_FIELDS)
}

function byFields(name: string, fields: BenchmarkFields): BenchmarkDefinition {
  return {
    name,
    summary: 'by its fields',
    revision: 2,
    items: (record) => {
      const text = (path: string | undefined): string => (path === undefined ? '' : textAt(record, path))
      const listed = (path: string | undefined): string[] => (path === undefined ? [] : textsAt(record, path))
      /** Of a list, each text: the turns of a conversation, or a column of a whole table. */
      const texts = (path: string | undefined): string[] => (text(path) === '' ? listed(path) : [text(path)])
      const [question = '', ...more] = texts(fields.question)
      const id = fields.id === undefined ? undefined : ownPath(record, fields.id)
      return item({
        id: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
        question,
        answers: [...texts(fields.answer), ...more],
        passage: text(fields.passage),
        choices: listed(fields.choices),
      })
    },
  }
}
