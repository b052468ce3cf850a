import { defineBenchmark, idAt, item, textAt } from './define-benchmark.ts'

/** The answer is yes or no, and nothing to look for. */
export const boolq = defineBenchmark({
  name: 'boolq',
  summary: 'BoolQ: JSON lines with question, title, answer and passage.',
  revision: 1,
  items: (record) =>
    item({
      id: idAt(record, 'id', 'idx'),
      question: textAt(record, 'question'),
      passage: textAt(record, 'passage'),
    }),
})
