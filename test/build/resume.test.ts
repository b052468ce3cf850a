/** A resume cannot lie: whatever stopped or changed a build, the end is what one uninterrupted run gives. */
import { cp, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lockFolder } from '../../lib/build/lock.ts'
import { type BuildEvent, build, loadRecipe } from '../../lib/index.ts'
import { type TestRecipe, testRecipe, writeCorpus } from './corpus.ts'
import {
  buildWithCli,
  byStep,
  completedUnits,
  filesUnder,
  outputHashes,
  type Running,
  run,
  start,
  temporariesIn,
  temporaryFolder,
  writeRecipe,
} from './support.ts'

let root: string
let recipe: string
let base: string
let expected: Record<string, string>
let units: number

beforeAll(async () => {
  root = await temporaryFolder()
  await writeCorpus(root)
  recipe = await writeRecipe(root, testRecipe())
  base = path.join(root, 'base')
  units = (await build(await loadRecipe(recipe), { out: base, workers: 0 })).ran
  expected = await outputHashes(base)
})

afterAll(() => rm(root, { recursive: true, force: true }))

describe('a killed build', () => {
  test('goes on with another number of workers, again and again, to the same bytes', async () => {
    const out = path.join(root, 'killed')
    const codes: (number | null)[] = []
    for (const [at, lines] of [1, 12, 22].entries()) {
      const running = start(['build', recipe, '--out', out, '--workers', String([2, 1, 4][at])])
      await until(async () => (await completedUnits(out)).flat().length >= lines, running)
      running.kill('SIGKILL')
      codes.push((await running.done).code)
    }
    expect(codes[0]).toBeNull()
    const before = (await completedUnits(out)).flat().length
    const { ran, reused } = await buildWithCli(recipe, out, 2)
    expect(reused).toBeGreaterThanOrEqual(before - 1) // the last record may have been torn
    expect(ran + reused).toBe(units)
    expect(await outputHashes(out)).toEqual(expected)
    expect(await temporariesIn(out)).toEqual([])
  })

  test('goes on after kills at any moment', async () => {
    const out = path.join(root, 'moments')
    for (const milliseconds of [430, 620, 980]) {
      const running = start(['build', recipe, '--out', out, '--workers', '2'])
      await Promise.race([delay(milliseconds), running.done])
      running.kill('SIGKILL')
      await running.done
    }
    await buildWithCli(recipe, out, 1)
    expect(await outputHashes(out)).toEqual(expected)
    expect(await temporariesIn(out)).toEqual([])
  })

  test('removes what it had half written', async () => {
    const out = await copyOf('half')
    const names = [
      'shards/00-base-256/packed/00000.arrow.tmp-4711-1-9',
      'work/pools/web-0000.tokens.tmp-4711-2-3',
    ]
    for (const name of names) await writeFile(path.join(out, name), 'half')
    await rebuild(out)
    expect(await temporariesIn(out)).toEqual([])
    expect(await outputHashes(out)).toEqual(expected)
  })

  test.each([0, 5, 13, 26])('runs again what has no whole record: %i lines and a torn one', async (lines) => {
    const out = await copyOf(`torn-${lines}`)
    const journal = await journalOf(out)
    const all = (await readFile(journal, 'utf8')).split('\n')
    const torn = all[lines] ?? ''
    await writeFile(journal, [...all.slice(0, lines), torn.slice(0, torn.length / 2)].join('\n'))
    expect(await rebuild(out)).toMatchObject({ ran: units - lines, reused: lines })
    expect(await outputHashes(out)).toEqual(expected)
  })

  test('does not believe an altered record', async () => {
    const out = await copyOf('altered')
    const journal = await journalOf(out)
    const text = await readFile(journal, 'utf8')
    await writeFile(journal, text.replace(/"documents":\d/, '"documents":7'))
    expect(await rebuild(out)).toMatchObject({ ran: 1 })
    expect(await outputHashes(out)).toEqual(expected)
  })
})

describe('an interrupted build', () => {
  test.each([0, 2])('with %i workers exits with 130, says how to go on, and goes on', async (workers) => {
    const out = path.join(root, `interrupted-${workers}`)
    const running = start(['build', recipe, '--out', out, '--workers', String(workers)])
    await until(async () => (await completedUnits(out)).flat().length > 0, running)
    running.kill('SIGINT')
    const { code, stderr } = await running.done
    expect(code).toBe(130)
    expect(stderr).toContain(`To go on:\n  millrace build ${recipe} --out ${out}\n`)
    expect(await filesUnder(out)).not.toContain('manifest.json')
    expect(await filesUnder(out)).not.toContain('build.lock')
    const { reused } = await buildWithCli(recipe, out, 1)
    expect(reused).toBeGreaterThan(0)
    expect(await outputHashes(out)).toEqual(expected)
    expect(await temporariesIn(out)).toEqual([])
  })
})

describe('damaged outputs', () => {
  const damages: Readonly<Record<string, [file: string, step: string]>> = {
    'a shard': ['shards/02-refine-1024/packed/00001.arrow', 'emit'],
    'a pool': ['work/pools/books-0000.tokens', 'shuffle'],
    'dedup verdicts': ['work/dedup/verdicts-00000', 'resolve'],
    'validation data': ['holdout/chat/megatron/00000.bin', 'holdout'],
  }
  test.each(Object.entries(damages))(
    '%s is made anew, alone, where it is gone',
    async (name, [file, step]) => {
      const out = await copyOf(`deleted-${name}`)
      await rm(path.join(out, file))
      await rebuild(out)
      expect(await newUnits(out)).toEqual({ [step]: 1 })
      expect(await outputHashes(out)).toEqual(expected)
    },
  )

  test.each(Object.entries(damages))(
    '%s is made anew, alone, where it was cut',
    async (name, [file, step]) => {
      const out = await copyOf(`cut-${name}`)
      await truncate(path.join(out, file), (await stat(path.join(out, file))).size - 1)
      await rebuild(out)
      expect(await newUnits(out)).toEqual({ [step]: 1 })
      expect(await outputHashes(out)).toEqual(expected)
    },
  )

  test('the reports of a finished build are made anew, and nothing else', async () => {
    const out = await copyOf('reports')
    for (const file of ['ledger.json', 'schedule.json', 'manifest.json']) await rm(path.join(out, file))
    expect(await rebuild(out)).toMatchObject({ ran: 0, reused: units })
    expect(await outputHashes(out)).toEqual(expected)
  })
})

describe('changed settings re-run exactly what depends on them', () => {
  const afterDedup = { tokenize: 3, emit: 11, index: 1 }
  const changes: Readonly<
    Record<string, [change: (recipe: TestRecipe) => void, ran: Record<string, number>]>
  > = {
    nothing: [() => undefined, {}],
    'maxEpochs of a source': [(to) => (to.sources.books.maxEpochs = 3), {}],
    batchTokens: [(to) => (to.batchTokens = 1024), {}],
    'the mix of the last stage': [(to) => (to.stages[2]!.mix['books'] = 30), { emit: 3, index: 1 }],
    'a filter of one source, which drops nothing more': [
      (to) => (to.sources.books.filters = ['language', { 'gopher-quality': { minWords: 45 } }]),
      { refine: 1 },
    ],
    'a filter of one source, which drops more': [
      (to) => (to.sources.books.filters = ['language', { 'gopher-quality': { minWords: 300 } }]),
      { refine: 1, match: 1, components: 1, gather: 3, resolve: 1, ...afterDedup, shuffle: 2, holdout: 2 },
    ],
    'the tiers of a source': [
      (to) => (to.sources.web.tiers.long = 'tokens >= 300'),
      { tokenize: 1, shuffle: 2, emit: 11, holdout: 1, index: 1 },
    ],
    'the priority of a source': [
      (to) => (to.sources.books.priority = -1),
      { gather: 3, resolve: 1, ...afterDedup, shuffle: 3, holdout: 2 },
    ],
    'the value that duplicates are ranked by': [
      (to) => Object.assign(to, { prefer: 'gopher-quality.words' }),
      { gather: 3, resolve: 1, ...afterDedup, shuffle: 2, holdout: 1 },
    ],
    'the holdout': [(to) => (to.holdout.tokens = 1000), { emit: 11, holdout: 3, index: 1 }],
    'the formats': [(to) => (to.output.formats = ['packed']), { emit: 11, holdout: 3 }],
    'the seed': [(to) => (to.seed = 18), { gather: 3, resolve: 1, ...afterDedup, shuffle: 4, holdout: 3 }],
  }
  test.each(Object.entries(changes))('%s', async (name, [change, ran]) => {
    const out = await copyOf(`changed-${name}`)
    const file = await changed(name, change)
    await build(await loadRecipe(file), { out, workers: 0 })
    expect(await newUnits(out)).toEqual(ran)
    const afresh = path.join(root, `afresh-${name}`)
    await build(await loadRecipe(file), { out: afresh, workers: 0 })
    expect(await outputHashes(out)).toEqual(await outputHashes(afresh))
  })

  test('a stage appended at the end leaves every earlier shard, and one taken away leaves none of its own', async () => {
    const out = await copyOf('appended')
    const file = await changed('appended', (to) =>
      to.stages.push({ name: 'more', tokens: 3000, mix: { books: 1 } }),
    )
    await build(await loadRecipe(file), { out, workers: 0 })
    expect(await newUnits(out)).toEqual({ emit: 1, index: 1 })
    const longer = await outputHashes(out)
    expect(longer).toMatchObject(shardsOf(expected))
    expect(Object.keys(longer)).toContain('shards/04-more-1024/megatron/00000.bin')
    expect(await rebuild(out)).toMatchObject({ ran: 1 })
    expect(await outputHashes(out)).toEqual(expected)
  })

  test('a shorter stage removes the shards that are no more', async () => {
    const out = await copyOf('shorter')
    const file = await changed('shorter', (to) => (to.stages[2]!.tokens = 4000))
    await build(await loadRecipe(file), { out, workers: 0 })
    const shards = Object.keys(shardsOf(await outputHashes(out)))
    expect(shards.length).toBeLessThan(Object.keys(shardsOf(expected)).length)
    expect((await filesUnder(out)).filter((name) => name.startsWith('shards/'))).toEqual(shards)
  })

  test('an input with other content is read again', async () => {
    const folder = path.join(root, 'input')
    await writeCorpus(folder)
    const file = await writeRecipe(folder, testRecipe())
    const out = path.join(folder, 'out')
    await build(await loadRecipe(file), { out, workers: 0 })
    const chat = path.join(folder, 'chat', 'a.jsonl')
    await writeFile(chat, (await readFile(chat, 'utf8')).replace('The', 'Yon'))
    await build(await loadRecipe(file), { out, workers: 0 })
    expect(await newUnits(out, 1)).toMatchObject({ refine: 1, shuffle: 1 })
    expect(await outputHashes(out)).not.toEqual(expected)
  })
})

describe('going back to earlier settings', () => {
  test('believes no earlier record of a unit whose files were being written anew', async () => {
    const out = await copyOf('back')
    const other = await loadRecipe(await changed('back', (to) => (to.seed = 18)))
    const interruption = new AbortController()
    const onEvent = (event: BuildEvent): void => {
      if (event.kind === 'step' && event.step === 'emit') interruption.abort(new Error('interrupted'))
    }
    const interrupted = build(other, { out, workers: 0, signal: interruption.signal, onEvent })
    await expect(interrupted).rejects.toThrow('interrupted')
    // As if killed when the pools were there and before that was recorded; the files' sizes are those of seed 17.
    const journal = await journalOf(out, 1)
    const lines = (await readFile(journal, 'utf8')).split('\n')
    const first = lines.findIndex((line) => line.includes('{"id":"shuffle/') && !line.includes('"key":""'))
    await writeFile(journal, `${lines.slice(0, first).join('\n')}\n`)
    await rebuild(out)
    expect(await outputHashes(out)).toEqual(expected)
  })

  test('takes the last record of a unit, also where the clock was set back', async () => {
    const out = await copyOf('clock')
    const journal = await journalOf(out)
    await rename(journal, path.join(path.dirname(journal), '99000000000000-1.jsonl'))
    await build(await loadRecipe(await changed('clock', (to) => (to.seed = 18))), { out, workers: 0 })
    expect(await rebuild(out)).not.toMatchObject({ ran: 0 })
    expect(await outputHashes(out)).toEqual(expected)
  })
})

describe('two builds into one folder', () => {
  test('the second one is refused and changes nothing', async () => {
    const out = path.join(root, 'locked')
    // Held by this process, as a build in it would: one of another process may end before the second has started.
    const unlock = await lockFolder(out)
    const second = await run('build', recipe, '--out', out, '--json')
    expect(second.code).toBe(1)
    expect(JSON.parse(second.stdout)).toMatchObject({
      error: { code: 'OUTPUT_LOCKED', facts: { got: process.pid } },
    })
    expect(second.stderr).toContain('delete build.lock')
    expect(await filesUnder(out)).toEqual(['build.lock'])
    await unlock()
    expect((await run('build', recipe, '--out', out, '--workers', '1')).code).toBe(0)
    expect(await outputHashes(out)).toEqual(expected)
  })

  const gone = { process: 2 ** 22 + 1, startedAt: 1, host: os.hostname() }
  test.each([
    ['of a process that is gone', JSON.stringify(gone)],
    ['of an earlier process of the same number', JSON.stringify({ ...gone, process: process.pid })],
    ['that is torn', '{"proc'],
  ])('a lock %s is taken over', async (name, lock) => {
    const out = await copyOf(`lock ${name}`)
    await writeFile(path.join(out, 'build.lock'), lock)
    expect(await rebuild(out)).toMatchObject({ ran: 0 })
    expect(await filesUnder(out)).not.toContain('build.lock')
  })

  test('a lock of another machine is not', async () => {
    const out = await copyOf('lock elsewhere')
    await writeFile(path.join(out, 'build.lock'), JSON.stringify({ ...gone, host: 'elsewhere.example' }))
    await expect(rebuild(out)).rejects.toMatchObject({ code: 'OUTPUT_LOCKED' })
  })

  test('a lock that is just being written is not', async () => {
    const out = await copyOf('lock half')
    const handle = await open(path.join(out, 'build.lock'), 'w')
    const writing = delay(40).then(async () => {
      await handle.writeFile(JSON.stringify({ ...gone, process: process.ppid }))
      await handle.close()
    })
    await expect(rebuild(out)).rejects.toMatchObject({ code: 'OUTPUT_LOCKED' })
    await writing
  })
})

/** A copy of the finished build, to do something to. */
async function copyOf(name: string): Promise<string> {
  const out = path.join(root, name.replaceAll(/\W+/g, '-'))
  await cp(base, out, { recursive: true })
  return out
}

async function changed(name: string, change: (recipe: TestRecipe) => unknown): Promise<string> {
  const to = testRecipe()
  change(to)
  return writeRecipe(root, to, `${name.replaceAll(/\W+/g, '-')}.yaml`)
}

async function rebuild(out: string): Promise<{ ran: number; reused: number }> {
  const { ran, reused } = await build(await loadRecipe(recipe), { out, workers: 0 })
  return { ran, reused }
}

/** Units by step that were completed after the first `runs` processes, one of which made the copied build. */
async function newUnits(out: string, runs = 1): Promise<Record<string, number>> {
  return byStep((await completedUnits(out)).slice(runs).flat())
}

async function journalOf(out: string, process = 0): Promise<string> {
  const names = (await readdir(path.join(out, 'journal'))).toSorted((a, b) => (a < b ? -1 : 1))
  return path.join(out, 'journal', names[process] ?? '')
}

function shardsOf(hashes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(hashes).filter(([file]) => file.startsWith('shards/')))
}

/** Waits until `holds` or the process ends. */
async function until(holds: () => Promise<boolean>, running: Running): Promise<void> {
  while (running.isRunning() && !(await holds())) await delay(2)
}
