import { chosen } from './choices.ts'
import { defineBenchmark, idAt, item, textAt } from './define-benchmark.ts'

/** The labels are in a file of their own: without one, both solutions are looked for. */
export const piqa = defineBenchmark({
  name: 'piqa',
  summary: 'PIQA: JSON lines or Parquet with goal, sol1 and sol2.',
  revision: 1,
  items: (record) => {
    const choices = [textAt(record, 'sol1'), textAt(record, 'sol2')]
    const right = chosen(record, choices, 'label')
    return item({
      id: idAt(record, 'id'),
      question: textAt(record, 'goal'),
      choices,
      answers: right.length > 0 ? right : choices,
    })
  },
})
