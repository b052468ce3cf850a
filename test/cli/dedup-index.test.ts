/** `millrace dedup --index`: what earlier runs kept goes from later ones, whatever the split, and nothing is built again. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DedupOptions, type DedupSummary, dedup } from '../../lib/dedup.ts'
import { readChunks } from '../../lib/storage/input-file.ts'
import { prose } from '../build/corpus.ts'
import { jaccard } from '../filters/dedup/reference.ts'
import { jsonLines, millrace } from './run.ts'

let folder: string
const page = (at: number) => ({
  id: `p${at}`,
  url: `https://example.org/${at}`,
  text: prose(`page-${at}`, 12),
})
const first = Array.from({ length: 40 }, (_, at) => page(at))
/** Pages 30 to 39 again under other ids and urls, near copies of 20 to 29, new ones, and one of these twice. */
const second = [
  ...Array.from({ length: 10 }, (_, at) => ({
    ...page(30 + at),
    id: `copy-${30 + at}`,
    url: `https://copy.org/${at}`,
  })),
  ...Array.from({ length: 10 }, (_, at) => ({
    id: `near-${20 + at}`,
    text: `${page(20 + at).text} Copied for the record.`,
  })),
  ...Array.from({ length: 20 }, (_, at) => page(100 + at)),
  { id: 'twice', text: page(100).text },
]

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-index-'))
  const write = (name: string, records: readonly object[]): Promise<void> =>
    writeFile(path.join(folder, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  await write('first.jsonl', first)
  await write('second.jsonl', second)
  await write('second-a.jsonl', second.filter((_, at) => at % 3 === 0).toReversed())
  await write(
    'second-b.jsonl',
    second.filter((_, at) => at % 3 !== 0),
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Result {
  readonly counts: DedupSummary
  readonly kept: string[]
  readonly duplicates: Map<string, string>
}

const methods = ['exact', { minhash: { threshold: 0.7 } }]

async function deduped(out: string, files: string[], options: Partial<DedupOptions>): Promise<Result> {
  const within = (name: string): string => path.join(folder, name)
  const counts = await dedup(files.map(within), {
    methods,
    ...options,
    ...(options.index !== undefined && { index: within(options.index) }),
    ...(options.against !== undefined && { against: options.against.map(within) }),
    out: within(out),
    workers: 0,
  })
  const kept: string[] = []
  for (const name of (await readdir(path.join(folder, out))).toSorted()) {
    if (!name.startsWith('kept-')) continue
    const chunks: Uint8Array[] = []
    for await (const chunk of readChunks(path.join(folder, out, name)))
      if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    kept.push(...jsonLines(Buffer.concat(chunks).toString()).map(({ id }) => id))
  }
  const lines = jsonLines(await readFile(path.join(folder, out, 'duplicates.jsonl'), 'utf8'))
  return {
    counts,
    kept: kept.toSorted(),
    duplicates: new Map(lines.map(({ id, duplicateOf }) => [id, duplicateOf])),
  }
}

test('what an earlier run kept goes, by the ids of that run; a run that is repeated gives the same', async () => {
  const index = { index: 'seen' }
  expect((await deduped('one', ['first.jsonl'], index)).counts).toMatchObject({ kept: 40, duplicates: 0 })
  const two = await deduped('two', ['second.jsonl'], index)
  expect(two.counts).toMatchObject({ documents: 41, kept: 20, duplicates: 21 })
  for (let at = 20; at < 40; at++)
    expect(two.duplicates.get(`${at < 30 ? 'near' : 'copy'}-${at}`)).toBe(`p${at}`)

  const written = await readFile(path.join(folder, 'seen/index.json'), 'utf8')
  const files = await readdir(path.join(folder, 'seen'))
  expect(await deduped('two', ['second-b.jsonl', 'second-a.jsonl'], index)).toMatchObject({
    kept: two.kept,
    duplicates: two.duplicates,
  })
  expect((await deduped('one', ['first.jsonl'], index)).counts).toMatchObject({ kept: 40 })
  expect(await readFile(path.join(folder, 'seen/index.json'), 'utf8')).toBe(written)
  expect(await readdir(path.join(folder, 'seen'))).toEqual(files)

  // All of it at once keeps as much, and an index that is only compared with stays as it is.
  const both = await deduped('both', ['first.jsonl', 'second.jsonl'], {})
  expect(both.counts).toMatchObject({ kept: 60 })
  const against = await deduped('against', ['second-a.jsonl'], { against: ['seen'] })
  expect(against.counts).toMatchObject({ kept: 0 })
  expect(await readFile(path.join(folder, 'seen/index.json'), 'utf8')).toBe(written)
  // By one of the methods that it has, too.
  const exact = await deduped('exact', ['second.jsonl'], { against: ['seen'], methods: ['exact'] })
  expect(exact.counts).toMatchObject({ kept: 10 })
})

test('urls', async () => {
  const index = { index: 'urls', methods: ['url'] }
  await deduped('one', ['first.jsonl'], index)
  expect((await deduped('two', ['second.jsonl', 'first.jsonl'], index)).counts).toMatchObject({ kept: 41 })
})

test('an index keeps n-grams where they are compared, and is refused where it has none', async () => {
  const verified = { minhash: { threshold: 0.7, verify: 'jaccard' } }
  const index = { index: 'grams', methods: ['exact', verified] }
  await deduped('one', ['first.jsonl'], index)
  const two = await deduped('two', ['second.jsonl'], index)
  expect(two.counts).toMatchObject({ kept: 20, duplicates: 21 })
  // By one of its methods alone, which has another place among them; and by its signatures.
  for (const methods of [[verified], [{ minhash: { threshold: 0.7 } }]]) {
    const against = await deduped('against', ['second.jsonl'], { against: ['grams'], methods })
    expect(against.counts).toMatchObject({ kept: 0 })
  }
  await deduped('alone', ['second.jsonl'], { against: ['grams'], methods: [verified] })
  const lines = jsonLines(await readFile(path.join(folder, 'two/duplicates.jsonl'), 'utf8'))
  const near = lines.find(({ id }) => id === 'near-21')
  expect(near?.similarity).toBeCloseTo(jaccard(second[11]?.text ?? '', page(21).text), 6)

  await deduped('one', ['first.jsonl'], { index: 'signatures', methods: [{ minhash: { threshold: 0.7 } }] })
  const refused = deduped('x', ['second.jsonl'], { against: ['signatures'], methods: [verified] })
  await expect(refused).rejects.toThrow('--against: has sketches alone')
  const added = deduped('x', ['second.jsonl'], { index: 'signatures', methods: [verified] })
  await expect(added).rejects.toThrow('was made with another `verify` of minhash')
})

test('an index of other methods, or with methods that cut text, is refused', async () => {
  await deduped('one', ['first.jsonl'], { index: 'other', methods: ['exact'] })
  const failing = deduped('out', ['first.jsonl'], { index: 'other', methods: ['minhash'] })
  await expect(failing).rejects.toThrow('was made without minhash, by exact')
  await deduped('one', ['first.jsonl'], { index: 'loose', methods: [{ minhash: { threshold: 0.7 } }] })
  const stricter = deduped('out', ['first.jsonl'], { index: 'loose', methods: ['minhash'] })
  await expect(stricter).rejects.toThrow('was made with other settings of minhash: threshold 0.7, here 0.8')
  const args = ['dedup', 'first.jsonl', '--out', 'out', '--index', 'other', '--method', 'lines']
  const cutting = await millrace(folder, args)
  expect([cutting.code, cutting.stderr]).toEqual([2, expect.stringContaining('lines cut text')])
})
