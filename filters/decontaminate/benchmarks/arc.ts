import { chosen } from './choices.ts'
import { defineBenchmark, idAt, item, textAt, textsAt } from './define-benchmark.ts'

/** Allen AI's files have the choices in `question`, the `ai2_arc` data set beside it, and the CSV files in the question's text. */
export const arc = defineBenchmark({
  name: 'arc',
  summary: 'ARC (easy and challenge): JSON lines or CSV of Allen AI, or the data set ai2_arc.',
  revision: 1,
  items: (record) => {
    const choices = textsAt(record, 'question.choices', 'choices.text', 'choices')
    return item({
      id: idAt(record, 'id', 'questionID'),
      question: textAt(record, 'question.stem', 'question'),
      choices,
      answers: chosen(record, choices, 'answerKey'),
    })
  },
})
