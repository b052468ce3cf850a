/** `millrace dedup`: what is wrong is told by its own options, not by the recipe that they make. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DedupOptions, dedup } from '../../lib/dedup.ts'
import { millrace } from '../cli/run.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-dedup-'))
  await writeFile(path.join(folder, 'in.jsonl'), '{"text": "one two three"}\n')
  await writeFile(path.join(folder, 'empty.jsonl'), '')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const cases: [problem: string, file: string, out: string, options: Partial<DedupOptions>, facts: object][] = [
  [
    'an empty file',
    'empty.jsonl',
    'x',
    {},
    { code: 'INPUT_DAMAGED', message: /no record in .*empty\.jsonl$/ },
  ],
  ['no file', 'none.jsonl', 'x', {}, { code: 'INPUT_MISSING', message: /none\.jsonl" is not there/ }],
  [
    'a file as folder',
    'in.jsonl',
    'in.jsonl',
    {},
    { code: 'OUTPUT_UNWRITABLE', message: /in\.jsonl: a file is in the place of the folder/ },
  ],
  [
    'a setting',
    'in.jsonl',
    'x',
    { methods: [{ minhash: { threshold: 2 } }] },
    { code: 'USAGE', message: /^minhash\.threshold: must be at most 1$/ },
  ],
  [
    'a method',
    'in.jsonl',
    'x',
    { methods: ['foo'] },
    { code: 'USAGE', message: /^--method: unknown dedup method "foo"/ },
  ],
  [
    'a folder that is no corpus',
    'in.jsonl',
    'x',
    { against: ['.'] },
    { code: 'USAGE', message: /^--against: .* is neither a finished build nor a dedup index$/ },
  ],
]

test.each(cases)(
  '%s',
  async (_, file, out, options, { code, message }: { code?: string; message?: RegExp }) => {
    const found = dedup([path.join(folder, file)], { ...options, out: path.join(folder, out), workers: 0 })
    await expect(found).rejects.toMatchObject({ code, message: expect.stringMatching(message ?? '') })
    // Nor is a folder left that was not there.
    expect((await readdir(folder)).toSorted()).toEqual(['empty.jsonl', 'in.jsonl'])
  },
)

test('an empty file is told as it was given, standard input too', async () => {
  const { code, stderr } = await millrace(folder, ['dedup', '-', '--out', 'x'])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^millrace: there is no record in -\n/)])
})

test('files are told below --out as it was given', async () => {
  const { code, stdout } = await millrace(folder, ['dedup', 'in.jsonl', '--out', 'given', '--workers', '1'])
  expect([code, stdout.split('\n').slice(1, 3)]).toEqual([
    0,
    ['given/kept-00000.jsonl.zst', 'given/duplicates.jsonl'],
  ])
})

test('--explain is of minhash alone', async () => {
  const found = await millrace(folder, ['dedup', 'in.jsonl', '--explain', '--method', 'lines'])
  expect([found.code, found.stderr]).toEqual([
    2,
    expect.stringContaining('--explain is of minhash, not of lines'),
  ])
})

test('--explain A B: two documents of the files, or two files', async () => {
  await writeFile(
    path.join(folder, 'pair.jsonl'),
    '{"id":"a","text":"x y"}\n{"id":"b","text":"x y"}\n{"text":"z"}\n',
  )
  await writeFile(path.join(folder, 'one.txt'), 'x y')
  const asked = [
    ['pair.jsonl', '--explain', 'a', 'b'],
    ['pair.jsonl', '--explain', '--id', 'a', '--id', 'b'],
    ['--explain', 'pair.jsonl', '--id', 'a', '--id', 'b'],
    ['--explain', 'in.jsonl', 'one.txt'],
  ]
  for (const args of asked) {
    const { code, stdout } = await millrace(folder, ['dedup', ...args, '--json'])
    const jaccard = args.includes('one.txt') ? 0 : 1
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { jaccard, isDuplicate: jaccard === 1 }])
  }
  const none = await millrace(folder, ['dedup', '--explain', 'a', 'b'])
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no file to read')])
})

const chat = (content: string): string =>
  `${JSON.stringify({
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: `${content} too` },
    ],
  })}\n`

test('conversations, as templates with control tokens lay them out, against an index of n-grams', async () => {
  await writeFile(path.join(folder, 'chats.jsonl'), chat('one two') + chat('three') + chat('one two'))
  const options = {
    template: 'mistral-instruct',
    methods: [{ minhash: { verify: 'jaccard' } }],
    index: path.join(folder, 'chats'),
    workers: 0,
  }
  const chats = path.join(folder, 'chats.jsonl')
  const first = await dedup([chats], { ...options, out: path.join(folder, 'first') })
  expect(first).toMatchObject({ documents: 3, kept: 2, duplicates: 1 })
  await writeFile(path.join(folder, 'more.jsonl'), chat('three') + chat('four'))
  const more = path.join(folder, 'more.jsonl')
  expect(await dedup([more], { ...options, out: path.join(folder, 'second') })).toMatchObject({
    kept: 1,
    duplicates: 1,
  })
})
