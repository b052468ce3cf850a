import { defineBenchmark, item, textAt, textsAt } from './define-benchmark.ts'

/** Of the answers, the best one: the lists of right and wrong ones are short general statements. */
export const truthfulqa = defineBenchmark({
  name: 'truthfulqa',
  summary: 'TruthfulQA: the original CSV, or JSON or Parquet of its generation and multiple-choice sets.',
  revision: 1,
  items: (record) => {
    const best = textAt(record, 'Best Answer', 'best_answer')
    return item({
      question: textAt(record, 'Question', 'question'),
      choices: textsAt(record, 'mc1_targets.choices'),
      answers: best === '' ? [] : [best],
    })
  },
})
