import { defineBenchmark, idAt, item, textAt } from './define-benchmark.ts'

/** The original files are one object whose `Data` lists the records; the pages of evidence are not looked for. */
export const triviaqa = defineBenchmark({
  name: 'triviaqa',
  summary: 'TriviaQA: the original JSON files, or JSON lines or Parquet with question and answer.',
  revision: 1,
  items: (record) => {
    const answer = textAt(record, 'Answer.Value', 'answer.value', 'answer')
    return item({
      id: idAt(record, 'QuestionId', 'question_id'),
      question: textAt(record, 'Question', 'question'),
      answers: answer === '' ? [] : [answer],
    })
  },
})
