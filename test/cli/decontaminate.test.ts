import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decontaminate } from '../../lib/decontaminate.ts'
import { readChunks } from '../../lib/storage/input-file.ts'
import { jsonLines, millrace } from './run.ts'

const question =
  'A farmer has twelve hens, and each of them lays five eggs in a week; how many eggs does he sell in a year?'
const long = Array.from({ length: 80 }, (_, at) => `filler${at} text`).join(' ')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-decontaminate-'))
  const items = [
    { id: 'hens', question },
    { id: 'short', question: 'Why?' },
  ]
  await writeFile(path.join(folder, 'test.jsonl'), items.map((item) => JSON.stringify(item)).join('\n'))
  const records = [
    { id: 'a', meta: { text: 'nothing here' } },
    { id: 'b', meta: { text: `${long} ${question.toUpperCase()} ${long}` } },
    { id: 'c', other: 1 },
  ]
  await writeFile(path.join(folder, 'in.jsonl'), records.map((record) => JSON.stringify(record)).join('\n'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = (out: string, ...args: string[]) =>
  millrace(folder, [
    'decontaminate',
    'in.jsonl',
    '--field',
    'text=meta.text',
    '--out',
    out,
    '--json',
    ...args,
  ])

async function keptOf(out: string) {
  const chunks: Uint8Array[] = []
  for await (const chunk of readChunks(path.join(folder, out, 'kept-00000.jsonl.zst'))) {
    if (chunk instanceof Uint8Array) chunks.push(chunk)
  }
  return jsonLines(Buffer.concat(chunks).toString())
}

test('drops documents, and lists each place with both texts', async () => {
  const { code, stdout } = await run('dropped', '--benchmark', 'test.jsonl:hens')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    documents: 2,
    kept: 1,
    contaminated: 1,
    unreadable: 1,
    benchmarks: { hens: { items: 2, uncheckable: 1, found: 1, documents: 1 } },
  })
  expect(await keptOf('dropped')).toEqual([{ id: 'a', meta: { text: 'nothing here' } }])
  const [line, ...others] = jsonLines(await readFile(path.join(folder, 'dropped/contaminated.jsonl'), 'utf8'))
  expect(others).toEqual([])
  expect(line).toMatchObject({
    id: 'b',
    outcome: 'dropped',
    benchmark: 'hens',
    item: 'hens',
    part: 'question',
    rule: 'ngram',
    similarity: 1,
    text: question.toUpperCase().slice(0, -1),
    benchmarkText: question,
  })
  const uncheckable = jsonLines(await readFile(path.join(folder, 'dropped/uncheckable.jsonl'), 'utf8'))
  expect(uncheckable).toEqual([{ benchmark: 'hens', item: 'short' }])
  const [problem] = jsonLines(await readFile(path.join(folder, 'dropped/quarantine.jsonl'), 'utf8'))
  expect(problem).toMatchObject({ reason: 'missing-text' })
})

test('cuts spans out of the text, wherever the record has it', async () => {
  const { code } = await run('cut', '--benchmark', 'test.jsonl', '--action', 'cut', '--margin', '0')
  expect(code).toBe(0)
  expect((await keptOf('cut'))[1]).toEqual({ id: 'b', meta: { text: `${long}\n\n${long}` } })
})

test('lists of an earlier run go where this one has nothing to list', async () => {
  const out = path.join(folder, 'again')
  await mkdir(out)
  for (const name of ['quarantine.jsonl', 'uncheckable.jsonl', 'kept-00001.jsonl.zst', 'kept-12.txt'])
    await writeFile(path.join(out, name), '{}\n')
  const inputs = path.join(folder, 'again-in')
  await mkdir(inputs)
  await writeFile(path.join(inputs, 'items.jsonl'), `${JSON.stringify({ question })}\n`)
  await writeFile(path.join(inputs, 'good.jsonl'), `${JSON.stringify({ text: 'nothing here' })}\n`)
  const args = ['again-in/good.jsonl', '--out', 'again', '--benchmark', 'again-in/items.jsonl']
  const { code, stdout } = await millrace(folder, ['decontaminate', ...args])
  expect([code, stdout]).toEqual([0, expect.stringContaining('\nagain/kept-00000.jsonl.zst\n')])
  const left = ['contaminated.jsonl', 'kept-00000.jsonl.zst', 'kept-12.txt']
  expect((await readdir(out)).toSorted()).toEqual(left)
})

const within = (name: string): string => path.join(folder, name)

test('files may be patterns; a folder that is a file, and a record without the fields, are told', async () => {
  const benchmarks = [{ file: within('test.jsonl') }]
  const found = await decontaminate([within('i*.jsonl')], { out: within('all'), benchmarks })
  expect(found).toMatchObject({ documents: 0, unreadable: 3 })
  await expect(
    decontaminate([within('in.jsonl')], { out: within('in.jsonl'), benchmarks }),
  ).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    facts: { file: within('in.jsonl') },
  })
  const fields = [{ file: within('test.jsonl'), fields: { question: 'prompt' } }]
  await expect(
    decontaminate([within('in.jsonl')], { out: within('x'), benchmarks: fields }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('record at 0: there is nothing that the fields given lead to'),
    facts: { fix: expect.stringContaining('--benchmark-field question=KEY') },
  })
})

test('a wrong option is told with the way out', async () => {
  expect(await run('x', '--benchmark', 'test.jsonl', '--ngram', '3')).toMatchObject({ code: 2 })
  expect(await run('x', '--benchmark', 'test.jsonl', '--benchmark', 'test.jsonl')).toMatchObject({ code: 2 })
  expect(await run('x', '--benchmark', 'missing.jsonl')).toMatchObject({ code: 1 })
})
