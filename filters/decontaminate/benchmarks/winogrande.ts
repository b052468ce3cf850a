import { defineBenchmark, idAt, item, textAt } from './define-benchmark.ts'

/** A sentence with a gap (`_`). Looked for with the gap, and filled with either option, as copies have it. */
export const winogrande = defineBenchmark({
  name: 'winogrande',
  summary: 'WinoGrande: JSON lines or Parquet with sentence, option1 and option2.',
  revision: 1,
  items: (record) => {
    const sentence = textAt(record, 'sentence')
    const choices = [textAt(record, 'option1'), textAt(record, 'option2')]
    return item({
      id: idAt(record, 'qID'),
      question: sentence,
      answers: choices.map((choice) => sentence.replace('_', () => choice)),
    })
  },
})
