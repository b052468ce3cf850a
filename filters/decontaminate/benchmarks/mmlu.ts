import { ownPath } from '../../../lib/documents/own-path.ts'
import { chosen } from './choices.ts'
import { type BenchmarkItem, defineBenchmark, item, textAt, textsAt } from './define-benchmark.ts'

/** The CSV files have no header: the reader takes their first line for one, so its names are an item too. */
export const mmlu = defineBenchmark({
  name: 'mmlu',
  summary:
    'MMLU: the original CSV files (without a header), or JSON lines or Parquet with question and choices.',
  revision: 1,
  items: (record, number) => {
    const question = textAt(record, 'question', 'input')
    if (question === '') {
      const values = Object.values(record)
      if (!values.every((value) => typeof value === 'string')) return []
      return [...(number === 0 ? fromLine(Object.keys(record)) : []), ...fromLine(values)]
    }
    const letters = ['A', 'B', 'C', 'D'].map((letter) => textAt(record, letter))
    const listed = textsAt(record, 'choices')
    const choices = listed.length > 0 ? listed : letters.filter((choice) => choice !== '')
    const key = ownPath(record, 'answer') === undefined ? 'target' : 'answer'
    return item({ question, choices, answers: chosen(record, choices, key) })
  },
})

/** question, A, B, C, D, letter of the answer */
function fromLine(line: readonly string[]): BenchmarkItem[] {
  if (line.length !== 6) return []
  const [question = '', ...rest] = line
  const choices = rest.slice(0, 4)
  return item({ question, choices, answers: chosen({ answer: rest[4] }, choices, 'answer') })
}
