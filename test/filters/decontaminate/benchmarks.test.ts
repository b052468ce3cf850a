import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { benchmarkFor, benchmarks } from '../../../filters/decontaminate/benchmarks/index.ts'
import {
  benchmarkName,
  createDecontaminator,
  decontaminateSettings,
  loadBenchmarks,
} from '../../../filters/decontaminate/index.ts'

const arcChoices = { text: ['dry palms', 'wet palms'], label: ['1', '2'] }
const arcList = [
  { text: 'dry palms', label: 'A' },
  { text: 'wet palms', label: 'B' },
]
const options = { question: 'How many?', choices: ['none', 'one', 'two', 'three'] }

/** A record in each published shape, and what must be read from it. */
const SHAPES: [name: string, record: object, expected: object][] = [
  [
    'arc',
    { id: 'M_1', question: { stem: 'Which?', choices: arcList }, answerKey: 'B' },
    { id: 'M_1', question: 'Which?', choices: arcChoices.text, answers: ['wet palms'] },
  ],
  [
    'arc',
    { id: 'M_1', question: 'Which?', choices: arcChoices, answerKey: '2' },
    { question: 'Which?', choices: arcChoices.text, answers: ['wet palms'] },
  ],
  [
    'arc',
    { questionID: 'M_1', question: 'Which? (A) dry (B) wet', AnswerKey: 'B' },
    { id: 'M_1', question: 'Which? (A) dry (B) wet' },
  ],
  [
    'boolq',
    { question: 'is it', title: 'It', answer: true, passage: 'It is.' },
    { question: 'is it', passage: 'It is.', answers: [] },
  ],
  [
    'gsm8k',
    { question: 'How many?', answer: 'It is <<1+1=2>>2\n#### 2' },
    { question: 'How many?', answers: ['It is <<1+1=2>>2\n#### 2', 'It is 2\n#### 2'] },
  ],
  [
    'hellaswag',
    { ind: 24, ctx: 'A man', ctx_a: 'A', endings: ['sits.', 'runs.'], label: '1' },
    { id: '24', question: 'A man', choices: ['sits.', 'runs.'], answers: ['runs.'] },
  ],
  ['mmlu', { ...options, subject: 'math', answer: 2 }, { ...options, answers: ['two'] }],
  [
    'mmlu',
    { question: 'How many?', A: 'none', B: 'one', C: 'two', D: 'three', answer: 'C' },
    { ...options, answers: ['two'] },
  ],
  [
    'mt-bench',
    { question_id: 81, category: 'writing', turns: ['Write.', 'Again.'], reference: ['So.'] },
    { id: '81', question: 'Write.', answers: ['Again.', 'So.'] },
  ],
  [
    'openbookqa',
    { id: '7-980', question: { stem: 'The sun', choices: arcList }, answerKey: 'A' },
    { question: 'The sun', choices: arcChoices.text, answers: ['dry palms'] },
  ],
  [
    'openbookqa',
    {
      id: '7-980',
      question_stem: 'The sun',
      choices: { text: ['x', 'y'], label: ['A', 'B'] },
      answerKey: 'B',
    },
    { question: 'The sun', answers: ['y'] },
  ],
  [
    'piqa',
    { goal: 'Open it', sol1: 'Pull.', sol2: 'Push.' },
    { question: 'Open it', choices: ['Pull.', 'Push.'], answers: ['Pull.', 'Push.'] },
  ],
  ['piqa', { goal: 'Open it', sol1: 'Pull.', sol2: 'Push.', label: 1 }, { answers: ['Push.'] }],
  [
    'triviaqa',
    { question_id: 'tc_1', question: 'Who?', answer: { value: 'He', aliases: ['Him'] } },
    { id: 'tc_1', question: 'Who?', answers: ['He'] },
  ],
  [
    'truthfulqa',
    { Question: 'What?', 'Best Answer': 'Nothing', 'Correct Answers': 'a; b' },
    { question: 'What?', answers: ['Nothing'] },
  ],
  [
    'truthfulqa',
    { question: 'What?', best_answer: 'Nothing', correct_answers: ['a'] },
    { question: 'What?', answers: ['Nothing'] },
  ],
  [
    'truthfulqa',
    { question: 'What?', mc1_targets: { choices: ['x', 'y'], labels: [1, 0] } },
    { question: 'What?', choices: ['x', 'y'] },
  ],
  [
    'winogrande',
    { qID: '3-1', sentence: 'Ann saw Eve but _ slept.', option1: 'Ann', option2: 'Eve', answer: '2' },
    {
      id: '3-1',
      question: 'Ann saw Eve but _ slept.',
      answers: ['Ann saw Eve but Ann slept.', 'Ann saw Eve but Eve slept.'],
    },
  ],
]

test.each(SHAPES)('%s %#', (name, record, expected) => {
  expect(benchmarkFor(name, undefined).items(record, 0)).toMatchObject([expected])
})

test('every mapping has a shape here, and gives nothing for what it does not know', () => {
  expect(new Set(SHAPES.map(([name]) => name))).toEqual(new Set(Object.keys(benchmarks)))
  for (const { items } of Object.values(benchmarks)) {
    expect(items({}, 1)).toEqual([])
    expect(items({ question: null, choices: 7, Data: 'x' }, 1)).toEqual([])
  }
})

test('fields map any shape, also under a known name', () => {
  const { items } = benchmarkFor('gsm8k', {
    id: 'meta.n',
    question: 'prompt',
    answer: 'targets',
    choices: 'of',
  })
  expect(items({ meta: { n: 3 }, prompt: 'How?', targets: ['So', 'Thus'], of: [{ text: 'x' }] }, 0)).toEqual([
    { id: '3', question: 'How?', answers: ['So', 'Thus'], passage: '', choices: ['x'] },
  ])
})

test('names come from `as`, or from the file', () => {
  expect(benchmarkName({ file: 'a/GSM8K Test.jsonl.gz' })).toBe('gsm8k-test')
  expect(benchmarkName({ file: 'x.csv', as: 'mine' })).toBe('mine')
})

describe('files', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-benchmarks-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const load = async (name: string, content: string, use: object = {}) => {
    await writeFile(path.join(folder, name), content)
    return loadBenchmarks(decontaminateSettings.parse({ benchmarks: [{ file: name, ...use }] }), folder)
  }
  const question = 'How many ducks are in the pond behind the house of my uncle and aunt'

  test('MMLU’s CSV files have no header: the first line is an item too', async () => {
    const lines = `${question} one,9,2,ten,4,A\n"${question}, two",1,2,3,4,B\n`
    const { index } = await load('mmlu_test.csv', lines, { as: 'mmlu' })
    expect(index.benchmarks).toMatchObject([{ name: 'mmlu', items: 2, uncheckable: 0 }])
    const find = createDecontaminator(index, { action: 'report', margin: 0 })
    // Each question is a text of its own, though the first line has numbers for names.
    for (const [item, end] of ['one', 'two'].entries()) {
      expect(find(Buffer.from(`${question} ${end}`))?.evidence).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ item: String(item), part: 'question', similarity: 1 }),
        ]),
      )
    }
  })

  test('TriviaQA’s original files are one object, and each of its records is an item', async () => {
    const Data = [
      { Question: question, QuestionId: 'a', Answer: { Value: 'He' } },
      { Question: 'Where?', QuestionId: 'b', Answer: {} },
    ]
    const { index } = await load('wikipedia-dev.json', JSON.stringify({ Data, Version: 1 }), {
      as: 'triviaqa',
    })
    expect(index.benchmarks).toMatchObject([{ name: 'triviaqa', items: 2, uncheckable: 1 }])
  })

  test('JSON lines and JSON give the same index; the hash is of the file', async () => {
    const items = [{ question }, { question: 'Why?' }]
    const a = await load('a.jsonl', items.map((item) => JSON.stringify(item)).join('\n'))
    const b = await load('b.json', JSON.stringify(items))
    expect(a.index.seedHashes).toEqual(b.index.seedHashes)
    expect(a.index.benchmarks).toMatchObject([{ name: 'a', items: 2, uncheckable: 1 }])
    expect(a.hashes).not.toEqual(b.hashes)
  })

  test.each([
    ['an unreadable record', `{"question": "${question}"}\n{"question": \n`, /invalid-json/],
    ['a record without parts', `{"prompt": "${question}"}\n`, /no text under question, answer or passage/],
    ['a list without records', '{"data": []}\n', /no text under question, answer or passage/],
    ['no record', '', /no record/],
  ])('%s is an error that names the file', async (_, content, message) => {
    await expect(load('bad.jsonl', content)).rejects.toMatchObject({
      code: 'INPUT_DAMAGED',
      message: expect.stringMatching(message),
    })
  })

  test('what a record has instead of the parts is told', async () => {
    const content = `{"version": 2, "data": [{"prompt": "${question}"}], "of": {}}`
    await expect(load('odd.json', content, { as: 'gsm8k' })).rejects.toMatchObject({
      message: expect.stringContaining('there is nothing that mapping gsm8k knows'),
      facts: {
        fix: expect.stringMatching(/keys are version \(a number\), data \(a list\), of \(an object\)\.$/),
      },
    })
  })
})
