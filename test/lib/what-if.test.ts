/** Tags, recorded values of dropped documents, and limits that are decided again from them. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  build,
  loadRecipe,
  openBuild,
  readLedger,
  runFilters,
  verify,
  type WhatIf,
  whatIf,
} from '../../lib/index.ts'
import { openTable } from '../../lib/storage/arrow-table.ts'
import { prose, testRecipe } from '../build/corpus.ts'
import { temporaryFolder, writeRecipe } from '../build/support.ts'

let root: string
let input: string
beforeAll(async () => {
  root = await temporaryFolder()
  input = path.join(root, 'pages.jsonl')
  const texts = [
    ...Array.from({ length: 40 }, (_, at) => prose(`page-${at}`, 1 + (at % 12))),
    ...Array.from({ length: 6 }, (_, at) => `${prose(`page-${at}`, 5)} {"a": 1}.`),
    '# # # # # # # # the of',
  ]
  await writeFile(input, texts.map((text, at) => JSON.stringify({ id: `p${at}`, text })).join('\n'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

type Uses = readonly unknown[]

async function built(name: string, filters: Uses, source: object = {}): Promise<string> {
  const { tokenizer } = testRecipe()
  const recipe = {
    name,
    tokenizer,
    sources: {
      web: {
        files: ['pages.jsonl'],
        license: 'CC0-1.0',
        acquisition: 'public',
        maxRemoval: 1,
        maxEpochs: 1000,
        filters,
        ...source,
      },
    },
    stages: [{ name: 'base', tokens: 2048, mix: { web: 1 } }],
    phases: [{ sequenceLength: 256 }],
  }
  const out = path.join(root, name)
  await build(await loadRecipe(await writeRecipe(root, recipe, `${name}.yaml`)), { out, workers: 0 })
  return out
}

/** Fates that filters gave, from the ledger of a build; what later steps say of the kept ones is `kept`. */
async function fatesOf(out: string): Promise<Record<string, number>> {
  const { fates, records } = (await readLedger(out)).documents['web']!
  const dropped = Object.entries(fates).filter(
    ([fate]) => fate.startsWith('dropped/') && fate !== 'dropped/empty',
  )
  const gone = dropped.reduce((sum, [, count]) => sum + count, 0)
  return { ...Object.fromEntries(dropped), ...(records > gone && { kept: records - gone }) }
}

function after({ sources }: WhatIf, source = 'web'): Record<string, number> {
  return Object.fromEntries(
    sources[source]!.fates.flatMap(({ fate, after }) => (after === 0 ? [] : [[fate, after]])),
  )
}

const words = (minWords: number) => ({ 'gopher-quality': { minWords } })

describe('a build', { timeout: 60_000 }, () => {
  const others = ['fineweb-quality', { 'c4-quality': { minSentences: 3, terminalPunctuation: false } }]

  test('with tighter limits decides what a build with them decides', async () => {
    const first = await built('first', [words(30), ...others])
    for (const [minWords, minSentences] of [
      [60, 3],
      [30, 6],
      [90, 5],
    ] as const) {
      const same = await built(`w${minWords}-${minSentences}`, [
        words(minWords),
        'fineweb-quality',
        { 'c4-quality': { minSentences, terminalPunctuation: false } },
      ])
      const changes = [`gopher-quality.minWords=${minWords}`, `c4-quality.minSentences=${minSentences}`]
      const found = await whatIf([first], { whatIf: changes })
      expect(after(found)).toEqual(await fatesOf(same))
      expect(
        Object.fromEntries(
          found.sources['web']!.fates.flatMap(({ fate, before }) => (before > 0 ? [[fate, before]] : [])),
        ),
      ).toEqual(await fatesOf(first))
    }
  })

  test('names the documents nearest to a limit, on both sides', async () => {
    const found = await whatIf([path.join(root, 'first')], {
      whatIf: ['gopher-quality.minWords=60'],
      nearest: 3,
    })
    const [limit] = found.limits
    expect(limit).toMatchObject({ setting: 'gopher-quality.minWords', value: 'words', before: 30, after: 60 })
    const { values } = await recordsOf(path.join(root, 'first'))
    const ordered = (passes: boolean): number[] =>
      values
        .map((row) => Number(row['gopher-quality.words']))
        .filter((value) => value >= 60 === passes)
        .toSorted((a, b) => Math.abs(a - 60) - Math.abs(b - 60))
        .slice(0, 3)
    expect(limit!.passing.map(({ value }) => value)).toEqual(ordered(true))
    expect(limit!.failing.map(({ value }) => value)).toEqual(ordered(false))
    expect(limit!.failing[0]).toMatchObject({ uid: expect.stringMatching(/^[0-9a-f]{32}$/), source: 'web' })
  })

  test('a looser limit is refused by name, with how many documents it cannot tell', async () => {
    const rows = (await recordsOf(path.join(root, 'first'))).values
    const count = rows.filter(
      (row) =>
        row['filter'] === 'gopher-quality' &&
        Number(row['gopher-quality.words']) >= 10 &&
        row['reason'] === 'gopher_short_doc',
    ).length
    expect(count).toBeGreaterThan(0)
    await expect(
      whatIf([path.join(root, 'first')], { whatIf: ['gopher-quality.minWords=10'] }),
    ).rejects.toMatchObject({
      code: 'USAGE',
      facts: { key: 'gopher-quality.minWords', got: count },
    })
    const edited = whatIf([path.join(root, 'first')], { whatIf: ['c4-quality.minSentences=2'] })
    await expect(edited).rejects.toMatchObject({ facts: { key: 'c4-quality.minSentences' } })
  })

  test('with `record: all` decides looser limits too', async () => {
    const filters = [words(60), 'fineweb-quality', { 'gopher-repetition': {} }]
    const all = await built('all', filters, { record: 'all' })
    const looser = await built('looser', [words(20), ...filters.slice(1)])
    expect(after(await whatIf([all], { whatIf: ['gopher-quality.minWords=20'] }))).toEqual(
      await fatesOf(looser),
    )
    const { values } = await recordsOf(all)
    for (const row of values) expect(row['gopher-repetition.duplicateLines']).toBeTypeOf('number')
    expect((await verify(all)).findings).toEqual([])
  })

  test('with `record: first` looks at no filter after the one that drops', async () => {
    const { values } = await recordsOf(path.join(root, 'first'))
    const dropped = values.filter((row) => row['filter'] === 'gopher-quality')
    expect(dropped.length).toBeGreaterThan(3)
    for (const row of dropped) expect(row['fineweb-quality.shortLines']).toBeNull()
  })

  test('`action: tag` keeps what the filter would drop, says why, counts it, and tiers can ask for it', async () => {
    const dropping = await fatesOf(await built('dropping', [words(60)]))
    const tagging = await built('tagging', [{ 'gopher-quality': { minWords: 60, action: 'tag' } }], {
      tiers: { short: 'gopher-quality.tag == "gopher_short_doc"' },
    })
    const { tags, fates } = (await readLedger(tagging)).documents['web']!
    expect(tags['gopher-quality/gopher_short_doc']).toBe(dropping['dropped/gopher-quality/gopher_short_doc'])
    expect(Object.keys(fates).filter((fate) => fate.startsWith('dropped/gopher'))).toEqual([])
    expect((await readLedger(tagging)).pools['web.short']!.documents).toBeGreaterThan(0)
    expect((await verify(tagging)).findings).toEqual([])
    const { sources } = await whatIf([tagging], { whatIf: ['gopher-quality.minWords=20'] })
    const short = sources['web']!.tags.find(({ tag }) => tag === 'gopher-quality/gopher_short_doc')!
    expect(short.before).toBe(tags['gopher-quality/gopher_short_doc'])
    expect(short.after).toBeLessThan(short.before)
  })
})

describe('the output of filter', () => {
  test.each([20, 60, 0, null])('decides gopher-quality.minWords=%s as filter does', async (minWords) => {
    const options = { filters: 'gopher-quality,pii,length', set: ['gopher-quality.minWords=40'] }
    const file = await judged(options.set)
    const found = await whatIf([file], { ...options, whatIf: [`gopher-quality.minWords=${minWords}`] })
    const same = await whatIf([await judged([`gopher-quality.minWords=${minWords}`])], {
      ...options,
      set: [`gopher-quality.minWords=${minWords}`],
      whatIf: [`gopher-quality.minWords=${minWords}`],
    })
    expect(after(found, file)).toEqual(after(same, file))
  })

  test.each([
    [['gopher-quality.stopWords=[]'], {}, 'gopher-quality.stopWords is no limit'],
    [['language.minScore=0.9'], {}, 'were not judged by language'],
    [['gopher-quality.minWords=-1'], {}, 'gopher-quality.minWords'],
    [['gopher-quality.minWords'], {}, 'is not a setting'],
    [
      ['gopher-quality.minWords=70'],
      { set: ['gopher-quality.minWords=60'] },
      'judged with another gopher-quality.minWords',
    ],
  ])('%j is refused', async (changes, options, message) => {
    const set = ['gopher-quality.minWords=40']
    const file = await judged(set)
    const run = whatIf([file], { filters: 'gopher-quality,pii,length', set, ...options, whatIf: changes })
    await expect(run).rejects.toThrow(message)
  })
})

async function recordsOf(out: string): Promise<{ values: Record<string, unknown>[] }> {
  const { manifest } = await openBuild(out)
  const values: Record<string, unknown>[] = []
  for (const part of manifest.parts) {
    const table = await openTable(path.join(out, `${part.path}.records.arrow`))
    for (let row = 0; row < table.rows; row++) values.push(await table.rowAt(row))
    await table.close()
  }
  return { values }
}

/** A run of filter over the pages. */
async function judged(set: readonly string[]): Promise<string> {
  const file = path.join(root, 'judged.jsonl')
  let lines = ''
  for await (const some of runFilters([input], { filters: 'gopher-quality,pii,length', set })) lines += some
  await writeFile(file, lines)
  return file
}
