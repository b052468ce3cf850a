/** Every benchmark in each shape in which it is published: an item that is planted in a document is found, by its id. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { benchmarkNames } from '../../../filters/decontaminate/benchmarks/index.ts'
import {
  createDecontaminator,
  decontaminateSettings,
  loadBenchmarks,
} from '../../../filters/decontaminate/index.ts'
import { someWords } from './support.ts'

const long =
  'Which of the two ladders leans on the old barn behind the mill, asks the miller of his youngest son?'
/** Too short to be looked for without its choices. */
const short = 'Which ladder leans on a barn?'
const choices = ['the long one of ash wood', 'the short one of pine wood']
const whole = [short, ...choices].join('\n')
const gap = long.replace('ladders', '_')

const listed = choices.map((text, at) => ({ text, label: 'AB'[at] }))
const labelled = { text: choices, label: ['1', '2'] }
const targets = Object.fromEntries(choices.map((choice, at) => [choice, 1 - at]))
const jsonl = (record: object): string => `${JSON.stringify({ ...record })}\n`
const fixture = (name: string): { path: string } => ({
  path: path.join(import.meta.dirname, 'fixtures', `${name}.parquet`),
})

type Shape = readonly [
  benchmark: string,
  shape: string,
  content: string | { path: string },
  planted: string,
  item: string,
]

/** `L_1` and the like are the records' own ids; `0` is the first record without one. */
const SHAPES: readonly Shape[] = [
  [
    'arc',
    'original.jsonl',
    jsonl({ id: 'L_1', question: { stem: short, choices: listed }, answerKey: 'B' }),
    whole,
    'L_1',
  ],
  [
    'arc',
    'original.csv',
    'questionID,originalQuestionID,totalPossiblePoint,AnswerKey,isMultipleChoiceQuestion,includesDiagram,examName,schoolGrade,year,question,subject,category\n' +
      `L_1,1,1,B,1,0,Exam,4,2010,"${short} (A) ${choices[0]} (B) ${choices[1]}",,Test\n`,
    `${short} (A) ${choices[0]} (B) ${choices[1]}`,
    'L_1',
  ],
  [
    'arc',
    'numbers.jsonl',
    jsonl({ id: 'L_1', question: short, choices: labelled, answerKey: '2' }),
    whole,
    'L_1',
  ],
  ['arc', 'arc.parquet', fixture('arc'), whole, 'L_1'],
  [
    'boolq',
    'original.jsonl',
    jsonl({ question: long, title: 'Ladder', answer: true, passage: 'It leans.' }),
    long,
    '0',
  ],
  [
    'boolq',
    'superglue.jsonl',
    jsonl({ question: long, passage: 'It leans.', idx: 5, label: true }),
    long,
    '5',
  ],
  ['boolq', 'boolq.parquet', fixture('boolq'), long, '0'],
  ['gsm8k', 'original.jsonl', jsonl({ question: long, answer: 'It is <<1+1=2>>2\n#### 2' }), long, '0'],
  ['gsm8k', 'gsm8k.parquet', fixture('gsm8k'), long, '0'],
  [
    'hellaswag',
    'original.jsonl',
    jsonl({
      ind: 7,
      activity_label: 'x',
      ctx_a: short,
      ctx_b: '',
      ctx: short,
      split: 'val',
      label: 1,
      endings: choices,
    }),
    whole,
    '7',
  ],
  ['hellaswag', 'hellaswag.parquet', fixture('hellaswag'), whole, '7'],
  [
    'mmlu',
    'ladders_test.csv',
    `"${short}",${choices.join()},none,both,B\n"${gap}",a,b,c,d,A\n`,
    `${whole}\nnone\nboth`,
    '0',
  ],
  [
    'mmlu',
    'columns.jsonl',
    jsonl({ input: short, A: choices[0], B: choices[1], C: 'none', D: 'both', target: 'B' }),
    `${whole}\nnone\nboth`,
    '0',
  ],
  ['mmlu', 'mmlu.parquet', fixture('mmlu'), whole, '0'],
  ['mmlu', 'train.parquet', fixture('mmlu-train'), whole, '0'],
  [
    'mt-bench',
    'question.jsonl',
    jsonl({ question_id: 81, category: 'writing', turns: ['Begin.', long] }),
    long,
    '81',
  ],
  ['mt-bench', 'prompts.parquet', fixture('mt-bench'), long, '7'],
  [
    'openbookqa',
    'original.jsonl',
    jsonl({ id: '7-1', question: { stem: short, choices: listed }, answerKey: 'B' }),
    whole,
    '7-1',
  ],
  ['openbookqa', 'openbookqa.parquet', fixture('openbookqa'), whole, '7-1'],
  ['piqa', 'original.jsonl', jsonl({ goal: short, sol1: choices[0], sol2: choices[1] }), whole, '0'],
  ['piqa', 'piqa.parquet', fixture('piqa'), whole, '0'],
  [
    'triviaqa',
    'original.json',
    JSON.stringify({
      Data: [
        {
          Answer: { Aliases: ['x'], Type: 'FreeForm', Value: 'x' },
          EntityPages: [],
          Question: long,
          QuestionId: 'tc_1',
        },
      ],
      Domain: 'Web',
      VerifiedEval: false,
      Version: 1,
    }),
    long,
    'tc_1',
  ],
  ['triviaqa', 'triviaqa.parquet', fixture('triviaqa'), long, 'tc_1'],
  [
    'truthfulqa',
    'TruthfulQA.csv',
    `Type,Category,Question,Best Answer,Best Incorrect Answer,Correct Answers,Incorrect Answers,Source\nx,y,${short},"${long}",n,a; b,c; d,z\n`,
    long,
    '0',
  ],
  [
    'truthfulqa',
    'mc_task.json',
    JSON.stringify([{ question: short, mc1_targets: targets, mc2_targets: targets }]),
    whole,
    '0',
  ],
  ['truthfulqa', 'generation.parquet', fixture('truthfulqa-generation'), long, '0'],
  ['truthfulqa', 'multiple-choice.parquet', fixture('truthfulqa-multiple-choice'), whole, '0'],
  [
    'winogrande',
    'original.jsonl',
    jsonl({ qID: '3-1', sentence: gap, option1: 'ladders', option2: 'barns', answer: '1' }),
    long,
    '3-1',
  ],
  ['winogrande', 'winogrande.parquet', fixture('winogrande'), long, '0'],
  // Shapes of no benchmark of its own.
  ['gsm8k', 'data.json', JSON.stringify({ version: 1, data: [{ question: long, answer: '2' }] }), long, '0'],
  [
    'arc',
    'rows.json',
    JSON.stringify({
      features: [{ feature_idx: 0, name: 'question', type: {} }],
      rows: [
        {
          row_idx: 0,
          row: { id: 'L_1', question: short, choices: labelled, answerKey: '2' },
          truncated_cells: [],
        },
      ],
      num_rows_total: 1,
      num_rows_per_page: 100,
      partial: false,
    }),
    whole,
    'L_1',
  ],
  [
    'squad',
    'dev.json',
    JSON.stringify({
      version: '2.0',
      data: [
        {
          title: 'Ladder',
          paragraphs: [
            {
              context: 'It leans.',
              qas: [{ id: 'q1', question: long, answers: [{ text: 'x', answer_start: 0 }] }],
            },
          ],
        },
      ],
    }),
    long,
    'q1',
  ],
  ['turns', 'lists.jsonl', jsonl({ id: 'a', question: ['Begin.', long] }), long, 'a'],
]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-published-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(SHAPES)('%s as %s', async (as, name, content, planted, item) => {
  const file = typeof content === 'string' ? path.join(folder, `${as}-${name}`) : content.path
  if (typeof content === 'string') await writeFile(file, content)
  const settings = decontaminateSettings.parse({ benchmarks: [{ file, as }], action: 'report' })
  const { index } = await loadBenchmarks(settings, folder)
  expect(index.benchmarks).toMatchObject([
    { name: as, items: name === 'ladders_test.csv' ? 2 : 1, uncheckable: 0 },
  ])
  const find = createDecontaminator(index, settings)
  const host = someWords(100).join(' ')
  expect(find(Buffer.from(host))).toBeUndefined()
  const found = find(Buffer.from(`${host} ${planted.toUpperCase()} ${host}`))
  expect(found?.evidence).toEqual(
    expect.arrayContaining([expect.objectContaining({ benchmark: as, item, similarity: 1 })]),
  )
})

test('every mapping is there, as Parquet and in its original shape', () => {
  for (const name of benchmarkNames) {
    const shapes = SHAPES.filter(([benchmark]) => benchmark === name).map(([, shape]) => path.extname(shape))
    expect([name, shapes.includes('.parquet'), shapes.length > 1]).toEqual([name, true, true])
  }
})
