import { defineBenchmark, idAt, item, textAt } from './define-benchmark.ts'

/** Answers have calculator annotations (`<<16-3-4=9>>`), which copies often leave out: looked for with and without. */
export const gsm8k = defineBenchmark({
  name: 'gsm8k',
  summary: 'GSM8K: JSON lines or Parquet with question and answer.',
  revision: 1,
  items: (record) => {
    const answer = textAt(record, 'answer')
    const plain = answer.replace(/<<[^<>]*>>/g, '')
    return item({
      id: idAt(record, 'id'),
      question: textAt(record, 'question'),
      answers: plain === answer ? [answer] : [answer, plain],
    })
  },
})
