/** Decontamination within a build: fates, ledger, evidence, look-ups, what runs again, and that nothing is left in the tokens. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, loadRecipe, openBuild, readLedger, traceToken, verify, where } from '../../lib/index.ts'
import { jsonLines, type Parsed } from '../cli/run.ts'
import { prose, testRecipe, writeCorpus } from './corpus.ts'
import {
  buildWithCli,
  byStep,
  completedUnits,
  outputHashes,
  run,
  temporaryFolder,
  writeRecipe,
} from './support.ts'

/** `count` sentences of a text of the corpus, from sentence `from` on. */
function sentences(key: string, of: number, from: number, count: number): string {
  return prose(key, of)
    .split(/(?<=\.) /)
    .slice(from, from + count)
    .join(' ')
}

const items = [
  { id: 'page', question: sentences('page-31', 10 + (31 % 8), 3, 2).toUpperCase() },
  { id: 'book', question: sentences('book-8', 14, 4, 2) },
  { id: 'long', question: sentences('book-7', 60, 20, 2).replaceAll('people have', 'folks have') },
  { id: 'absent', question: prose('absent', 3) },
  { id: 'short', question: 'How many?' },
]

let root: string
let recipe: string
let out: string

const withBenchmark = (settings: object = {}): object => ({
  ...testRecipe(),
  decontaminate: { benchmarks: [{ file: 'bench.jsonl', as: 'test' }], ...settings },
})

const writeItems = (of: readonly object[], name = 'bench.jsonl'): Promise<void> =>
  writeFile(path.join(root, name), of.map((item) => `${JSON.stringify(item)}\n`).join(''))

async function built(name: string, value: object): Promise<string> {
  const file = await writeRecipe(root, value, `${name}.yaml`)
  await build(await loadRecipe(file), { out: path.join(root, name), workers: 0 })
  return path.join(root, name)
}

const linesOf = async (folder: string): Promise<Parsed[]> =>
  jsonLines(await readFile(path.join(folder, 'contaminated.jsonl'), 'utf8'))

beforeAll(async () => {
  root = await temporaryFolder()
  await writeCorpus(root)
  await writeItems(items)
  recipe = await writeRecipe(root, withBenchmark())
  out = path.join(root, 'out')
  await build(await loadRecipe(recipe), { out, workers: 0 })
})

afterAll(() => rm(root, { recursive: true, force: true }))

describe('dropped documents', () => {
  test('have their fate and their place in the ledger, which balances', async () => {
    const { documents, benchmarks } = await readLedger(out)
    expect(documents['web']?.fates).toMatchObject({ 'contaminated/test': 1 })
    expect(documents['books']?.fates).toMatchObject({ 'contaminated/test': 2 })
    expect(benchmarks).toEqual({
      test: { items: 5, uncheckable: 1, found: 3, documents: 3, tokens: expect.any(Number) },
    })
    expect((await verify(out)).findings).toEqual([])
  })

  test('are listed with both texts', async () => {
    const lines = await linesOf(out)
    expect(lines.map(({ source, item }) => `${source} ${item}`).toSorted()).toEqual([
      'books book',
      'books long',
      'web page',
    ])
    const page = lines.find(({ item }) => item === 'page')
    const question = items[0]?.question
    expect(page).toMatchObject({
      benchmark: 'test',
      outcome: 'dropped',
      rule: 'ngram',
      benchmarkText: question,
    })
    expect(`${page?.text}.`.toUpperCase()).toBe(question)
  })

  test('are found by where, with the evidence', async () => {
    const [line] = await linesOf(out)
    const trails = await where(await openBuild(out), { doc: line?.uid })
    expect(trails).toMatchObject([
      { fate: 'contaminated', placements: [], record: { contaminated: { outcome: 'dropped' } } },
    ])
    expect(trails[0]?.record.contaminated?.evidence[0]?.span).toEqual(line?.span)
  })

  test('verify tells of a benchmark that cannot be looked for, instead of that the build does not hold', async () => {
    const missing = await run('verify', out, '--benchmark', path.join(root, 'mistyped.jsonl:gsm8k'))
    expect(missing).toMatchObject({ code: 1, stdout: '' })
    expect(missing.stderr).toMatch(/cannot read .*mistyped\.jsonl: there is no such file\n.*Check the path/)
    const named = await run('verify', out, '--benchmark', 'bench.jsonl:GSM')
    expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining('"GSM" is not a name') })
    await writeItems([{ id: 'short', question: 'Why?' }], 'short.jsonl')
    const short = await run('verify', out, '--benchmark', path.join(root, 'short.jsonl'))
    expect(short.stdout).toContain('1 benchmark (1 item, 1 too short or too common to be looked for)')
  })

  test('are in no emitted token; items that nobody looked for are, and verify names the places', async () => {
    const benchmark = path.join(root, 'bench.jsonl')
    expect((await verify(out, { benchmarks: [{ file: benchmark, as: 'test' }] })).findings).toEqual([])
    await writeItems([{ id: 'left', question: sentences('book-14', 60, 10, 3) }], 'other.jsonl')
    const other = path.join(root, 'other.jsonl')
    const { code, stdout } = await run('verify', out, '--benchmark', `${other}:other`)
    expect(code).toBe(1)
    for (const format of ['megatron/\\d{5}\\.bin', 'packed/\\d{5}\\.\\w+']) {
      expect(stdout).toMatch(
        new RegExp(`${format}: document \\d+ \\([0-9a-f]{32}\\) has item left of other: "`),
      )
    }
  })
})

describe('cut and report', () => {
  test('cut leaves the rest of the document, without the item, and its tokens are traced', async () => {
    const folder = await built('cut', withBenchmark({ action: 'cut', margin: 10 }))
    const { documents, benchmarks } = await readLedger(folder)
    expect(documents['books']).toMatchObject({ edits: { decontaminate: 2 } })
    expect(documents['books']?.fates['contaminated/test']).toBeUndefined()
    expect(benchmarks['test']?.tokens).toBeGreaterThan(20)
    const file = path.join(root, 'bench.jsonl')
    expect((await verify(folder, { benchmarks: [{ file, as: 'test' }] })).findings).toEqual([])
    const opened = await openBuild(folder)
    const [line] = await linesOf(folder)
    const [trail] = await where(opened, { doc: line?.uid })
    const place = trail?.placements.find(({ segment }) => segment !== null) ?? trail?.placements[0]
    expect(place).toBeDefined()
    const shard = `${place?.folder}/megatron/${place?.shard}.bin`
    const counts = opened.manifest.shards.find(({ folder: own }) => own === place?.folder)?.formats[
      'megatron'
    ]
    const positions = Array.from({ length: counts?.tokens ?? 0 }, (_, at) => at).filter(
      (at) => at % 397 === 0,
    )
    for (const position of positions) {
      expect((await traceToken(opened, shard, position)).reproduced).toBe(true)
    }
  })

  test('report keeps everything, lists it, and verify finds it', async () => {
    const folder = await built('report', withBenchmark({ action: 'report' }))
    expect(await linesOf(folder)).toHaveLength(3)
    expect((await readLedger(folder)).benchmarks).toMatchObject({
      test: { found: 3, documents: 3, tokens: 0 },
    })
  })
})

test('another benchmark runs tokenize again, and nothing before it', async () => {
  const folder = path.join(root, 'changed')
  await cp(out, folder, { recursive: true })
  await writeItems([...items, { id: 'new', question: sentences('book-9', 14, 2, 2) }])
  await build(await loadRecipe(recipe), { out: folder, workers: 0 })
  const [, second = []] = await completedUnits(folder)
  const steps = byStep(second)
  expect([steps['refine'], steps['match'], steps['resolve']]).toEqual([undefined, undefined, undefined])
  expect(steps['tokenize']).toBeGreaterThan(0)
  expect((await readLedger(folder)).benchmarks).toMatchObject({ test: { items: 6, found: 4 } })
  await writeItems(items)
})

test('the same bytes with workers and from other files', async () => {
  await writeCorpus(root, { files: ['c.jsonl.gz'], shuffle: 'x' })
  await buildWithCli(recipe, path.join(root, 'gathered'), 2)
  expect(await outputHashes(path.join(root, 'gathered'))).toEqual(await outputHashes(out))
  await writeCorpus(root)
})

test('a benchmark that is not there, and two of one name, are told with the recipe', async () => {
  const bad = { benchmarks: [{ file: 'bench.jsonl' }, { file: 'bench.jsonl' }, { file: 'missing.jsonl' }] }
  const file = await writeRecipe(root, { ...testRecipe(), decontaminate: bad }, 'bad.yaml')
  await expect(loadRecipe(file)).rejects.toMatchObject({
    issues: [{ key: 'decontaminate.benchmarks[1].file' }, { key: 'decontaminate.benchmarks[2].file' }],
  })
})
