import { ownPath } from '../../../lib/documents/own-path.ts'
import { defineBenchmark, item, textAt, textsAt } from './define-benchmark.ts'

/** Of the answers, the best one: the lists of right and wrong ones are short general statements. */
export const truthfulqa = defineBenchmark({
  name: 'truthfulqa',
  summary: 'TruthfulQA: the original CSV, or JSON or Parquet of its generation and multiple-choice sets.',
  revision: 2,
  items: (record) => {
    const best = textAt(record, 'Best Answer', 'best_answer')
    return item({
      question: textAt(record, 'Question', 'question'),
      choices: choicesOf(record),
      answers: best === '' ? [] : [best],
    })
  },
})

/** A list in the data set; in the original JSON file, the keys of an object whose values tell the right one. */
function choicesOf(record: object): string[] {
  const listed = textsAt(record, 'mc1_targets.choices')
  const targets = ownPath(record, 'mc1_targets')
  if (listed.length > 0 || typeof targets !== 'object' || targets === null) return listed
  return Object.keys(targets)
}
