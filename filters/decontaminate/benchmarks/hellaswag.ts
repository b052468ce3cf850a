import { chosen } from './choices.ts'
import { defineBenchmark, idAt, item, textAt, textsAt } from './define-benchmark.ts'

export const hellaswag = defineBenchmark({
  name: 'hellaswag',
  summary: 'HellaSwag: JSON lines or Parquet with ctx and endings.',
  revision: 1,
  items: (record) => {
    const choices = textsAt(record, 'endings', 'ending_options')
    return item({
      id: idAt(record, 'ind'),
      question: textAt(record, 'ctx'),
      choices,
      answers: chosen(record, choices, 'label'),
    })
  },
})
