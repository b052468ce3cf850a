import { defineBenchmark, idAt, item, textsAt } from './define-benchmark.ts'

/** Each turn of a conversation is looked for by itself: the first as the question, the others as further texts. */
export const mtBench = defineBenchmark({
  name: 'mt-bench',
  summary: 'MT-Bench: JSON lines with question_id, turns and, of some, reference answers.',
  revision: 1,
  items: (record) => {
    const [question = '', ...turns] = textsAt(record, 'turns', 'prompt')
    return item({
      id: idAt(record, 'question_id', 'prompt_id'),
      question,
      answers: [...turns, ...textsAt(record, 'reference')],
    })
  },
})
