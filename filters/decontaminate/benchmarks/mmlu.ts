import { ownPath } from '../../../lib/documents/own-path.ts'
import { chosen } from './choices.ts'
import { type BenchmarkItem, defineBenchmark, item, textAt, textsAt } from './define-benchmark.ts'

/** The CSV files have no header: the reader takes their first line for one, so its names are an item too. */
export const mmlu = defineBenchmark({
  name: 'mmlu',
  summary:
    'MMLU: the original CSV files (without a header), or JSON lines or Parquet with question and choices.',
  revision: 2,
  items: (record, number) => {
    const question = textAt(record, 'question', 'input')
    if (question === '') {
      const columns = inOrder(Object.entries(record))
      const [names, values] = [0, 1].map((side) => columns.map((column) => column[side]))
      return [...(number === 0 ? fromLine(names) : []), ...fromLine(values)]
    }
    const letters = ['A', 'B', 'C', 'D'].map((letter) => textAt(record, letter))
    const listed = textsAt(record, 'choices')
    const choices = listed.length > 0 ? listed : letters.filter((choice) => choice !== '')
    const key = ownPath(record, 'answer') === undefined ? 'target' : 'answer'
    return item({ question, choices, answers: chosen(record, choices, key) })
  },
})

/**
 * The columns of a table without a header, by the texts of its first line. An object has names that are numbers first, whatever
 * their place: the question and the answer's letter are none, so that those are choices.
 */
function inOrder(columns: [string, unknown][]): [string, unknown][] {
  const [question = ['', ''], ...rest] = columns.filter((column) => !isNumber(column))
  return [question, ...columns.filter(isNumber), ...rest]
}

function isNumber([name]: [string, unknown]): boolean {
  return /^\d+$/.test(name)
}

/** question, A, B, C, D, letter of the answer. */
function fromLine(line: readonly unknown[] = []): BenchmarkItem[] {
  const texts = line.filter((value) => typeof value === 'string')
  if (texts.length !== 6) return []
  const [question = '', ...rest] = texts
  const choices = rest.slice(0, 4)
  return item({ question, choices, answers: chosen({ answer: rest[4] }, choices, 'answer') })
}
