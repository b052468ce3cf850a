import { chosen } from './choices.ts'
import { defineBenchmark, idAt, item, textAt, textsAt } from './define-benchmark.ts'

export const openbookqa = defineBenchmark({
  name: 'openbookqa',
  summary: 'OpenBookQA: JSON lines of Allen AI, or Parquet with question_stem and choices.',
  revision: 1,
  items: (record) => {
    const choices = textsAt(record, 'question.choices', 'choices.text')
    return item({
      id: idAt(record, 'id'),
      question: textAt(record, 'question.stem', 'question_stem'),
      choices,
      answers: chosen(record, choices, 'answerKey'),
    })
  },
})
