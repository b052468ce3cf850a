/** What is wrong with inputs, outputs or the recipe is said once, with its place and the way out, and loses nothing else. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLedger } from '../../lib/index.ts'
import { openJournal } from '../../lib/journal.ts'
import { parseOwnJson } from '../../lib/storage/own-json.ts'
import { compressZstd } from '../../lib/storage/zstd.ts'
import { prose } from './corpus.ts'
import {
  type Finished,
  filesUnder,
  outputHashes,
  run,
  startAfter,
  temporariesIn,
  temporaryFolder,
  writeRecipe,
} from './support.ts'

let root: string
let cases = 0

beforeAll(async () => {
  root = await temporaryFolder()
})

afterAll(() => rm(root, { recursive: true, force: true }))

describe('records that cannot be read', () => {
  test('invalid JSON in line 3 of 10 leaves nine documents and one entry', async () => {
    const folder = await newFolder()
    const good = lines(10)
    const before = Buffer.byteLength(good.slice(0, 2).join(''))
    await write(folder, 'notes.jsonl', good.with(2, '{"text": "cut off\n').join(''))
    const { code } = await buildIn(folder, recipe())
    expect(code).toBe(0)
    expect(await fates(folder)).toEqual({ records: 10, 'unreadable/invalid-json': 1, readable: 9 })
    expect(await quarantine(folder)).toEqual([
      {
        source: 'notes',
        file: 'notes.jsonl',
        offset: before,
        bytes: expect.any(Number),
        reason: 'invalid-json',
        detail: expect.stringContaining('cut off'),
      },
    ])
  })

  test('each kind of bad record has an entry of its own, whatever the number of files', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(5).join(''))
    const invalid = Buffer.concat([Buffer.from('{"text": "'), Buffer.of(0xff, 0xfe), Buffer.from('"}\n')])
    await write(
      folder,
      'notes-2.jsonl',
      Buffer.concat([Buffer.from('[1]\n{"title": "none"}\n{"text": 5}\n'), invalid]),
    )
    const { code } = await buildIn(folder, recipe({ files: ['notes*.jsonl'] }))
    expect(code).toBe(0)
    expect((await quarantine(folder)).map(({ file, offset, reason }) => [file, offset, reason])).toEqual([
      ['notes-2.jsonl', 0, 'not-an-object'],
      ['notes-2.jsonl', 4, 'missing-text'],
      ['notes-2.jsonl', 22, 'wrong-type'],
      ['notes-2.jsonl', 34, 'invalid-utf8'],
    ])
    expect(await fates(folder)).toMatchObject({ records: 9, readable: 5 })
  })

  test.each([
    ['gzip', 'notes.jsonl.gz', async (bytes: Buffer): Promise<Uint8Array> => gzipSync(bytes)],
    ['zstd', 'notes.jsonl.zst', (bytes: Buffer): Promise<Uint8Array> => compressZstd(bytes)],
  ])('a truncated %s file gives what precedes the damage, and one entry', async (_, name, encode) => {
    const folder = await newFolder()
    const whole = await encode(Buffer.from(lines(4000, 4).join('')))
    await write(folder, name, whole.subarray(0, Math.floor(whole.length * 0.7)))
    await write(folder, 'notes-whole.jsonl', lines(6).join(''))
    const { code } = await buildIn(folder, recipe({ files: ['notes*'] }))
    expect(code).toBe(0)
    const found = await quarantine(folder)
    expect(found.map(({ file, reason }) => [file, reason])).toEqual([[name, 'truncated']])
    const { records, readable } = await fates(folder)
    expect(readable).toBeGreaterThan(1000)
    expect(records).toBe((readable ?? 0) + 1)
  })
})

describe('inputs that are not there or have nothing', () => {
  test('an empty file beside a good one is no fault', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(5).join(''))
    await write(folder, 'notes-empty.jsonl', '')
    expect((await buildIn(folder, recipe({ files: ['notes*.jsonl'] }))).code).toBe(0)
    expect(await fates(folder)).toEqual({ records: 5, readable: 5 })
  })

  test('a source without a record stops the build and names the source', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', '\n\n')
    const result = await buildIn(folder, recipe())
    expect(result).toMatchObject({
      code: 1,
      error: { code: 'INPUT_DAMAGED', facts: { key: 'sources.notes.files' } },
    })
    expect(result.stderr).toContain('no record in notes.jsonl (source notes)')
  })

  test('an empty file as the only one stops the build', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', '')
    const result = await buildIn(folder, recipe())
    expect(result.code).toBeGreaterThan(0)
    expect(result.stderr).toContain('notes')
    expect(await filesUnder(path.join(folder, 'out'))).not.toContain('manifest.json')
  })

  test('a missing file and a folder in place of one are refused before any work, both at once', async () => {
    const folder = await newFolder()
    await mkdir(path.join(folder, 'dir.jsonl'))
    await write(folder, 'notes.jsonl', lines(5).join(''))
    const result = await buildIn(folder, recipe({ files: ['dir.jsonl', 'note.jsonl'] }))
    expect(result).toMatchObject({ code: 2, error: { code: 'RECIPE_INVALID' } })
    expect(result.stderr).toContain('is a folder')
    expect(result.stderr).toContain('did you mean "notes.jsonl"?')
    expect(await filesUnder(path.join(folder, 'out'))).toEqual([])
  })

  test.skipIf(process.getuid?.() === 0)(
    'a file that may not be read is named (not as root, who may)',
    async () => {
      const folder = await newFolder()
      await write(folder, 'notes.jsonl', lines(5).join(''))
      await chmod(path.join(folder, 'notes.jsonl'), 0)
      const result = await buildIn(folder, recipe())
      expect(result.code).toBeGreaterThan(0)
      expect(result.stderr).toContain('notes.jsonl')
    },
  )

  test('a tokenizer whose model file is missing is named before any work', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(5).join(''))
    const result = await buildIn(folder, {
      ...recipe(),
      tokenizer: { type: 'sentencepiece', model: 'no.model' },
    })
    expect(result.code).toBeGreaterThan(0)
    expect(result.stderr).toContain('no.model')
    expect(await filesUnder(path.join(folder, 'out'))).toEqual([])
  })
})

describe('outputs that cannot be written', () => {
  test('a folder under a regular file', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(5).join(''))
    await write(folder, 'file', '')
    const result = await buildIn(folder, recipe(), 'file/out')
    expect(result).toMatchObject({ code: 1, error: { code: 'OUTPUT_UNWRITABLE', facts: { got: 'ENOTDIR' } } })
    expect(result.stderr).toContain('--out')
  })

  test.skipIf(process.getuid?.() === 0)(
    'a folder that may not be written to (not as root, who may)',
    async () => {
      const folder = await newFolder()
      await write(folder, 'notes.jsonl', lines(5).join(''))
      await mkdir(path.join(folder, 'out'), { mode: 0o500 })
      expect(await buildIn(folder, recipe())).toMatchObject({ code: 1, error: { code: 'OUTPUT_UNWRITABLE' } })
    },
  )

  test('a journal that cannot be written', async () => {
    const folder = await newFolder()
    const journal = await openJournal(folder, 5)
    const file = path.join(folder, 'journal', `00000000000005-${process.pid}.jsonl`)
    await mkdir(file)
    const appended = journal.append({ id: 'a', key: 'k', files: [], result: null })
    await expect(appended).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      facts: { file, got: 'EISDIR' },
    })
    await journal.close()
  })

  test.skipIf(process.platform === 'win32')(
    'a file that outgrows the limit of the system names it, leaves nothing half written, and can be resumed (no ulimit on Windows)',
    async () => {
      const folder = await newFolder()
      await write(folder, 'notes.jsonl', lines(300).join(''))
      const file = await writeRecipe(folder, recipe())
      const out = path.join(folder, 'out')
      const limited = startAfter('ulimit -f 64', ['build', file, '--out', out, '--workers', '1', '--json'])
      const result = withError(await limited.done)
      expect(result).toMatchObject({ code: 1, error: { code: 'OUTPUT_UNWRITABLE', facts: { got: 'EFBIG' } } })
      expect(result.stderr).toContain('cannot write')
      expect(result.stderr).toContain('ulimit -f')
      expect(await temporariesIn(out)).toEqual([])
      expect((await run('build', file, '--out', out, '--workers', '0')).code).toBe(0)
      expect((await run('verify', out)).code).toBe(0)
      const unlimited = path.join(folder, 'unlimited')
      await run('build', file, '--out', unlimited, '--workers', '0')
      expect(await outputHashes(out)).toEqual(await outputHashes(unlimited))
    },
  )
})

describe('recipes that ask for what is not there', () => {
  test('a source that loses more than its maxRemoval stops the build with the reasons', async () => {
    const folder = await newFolder()
    const short = Array.from({ length: 30 }, (_, at) => `${JSON.stringify({ text: `Too short ${at}.` })}\n`)
    await write(folder, 'notes.jsonl', [...lines(5), ...short, ...lines(3)].join(''))
    const settings = { filters: [{ 'gopher-quality': { minWords: 50 } }], maxRemoval: 0.5 }
    const result = await buildIn(folder, { ...recipe(settings), dedup: ['exact'] })
    expect(result).toMatchObject({
      code: 1,
      error: {
        code: 'REMOVED_TOO_MUCH',
        facts: { key: 'sources.notes.maxRemoval', got: 33 / 38, limit: 0.5 },
      },
    })
    expect(result.stderr).toMatch(
      /source notes lost 33 of 38 .*dropped\/gopher-quality\/\S+ 30, duplicate\/exact 3/,
    )
    expect(
      (await buildIn(folder, { ...recipe({ ...settings, maxRemoval: 0.9 }), dedup: ['exact'] })).code,
    ).toBe(0)
  })

  test('a source that cannot be read at all is lost, not small', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', '{"body": "no text"}\n'.repeat(40))
    const result = await buildIn(folder, recipe())
    expect(result).toMatchObject({ code: 1, error: { code: 'REMOVED_TOO_MUCH' } })
    expect(result.stderr).toContain('unreadable/missing-text 40')
  })

  test('a schedule that the counted pools cannot fill names the pool, what fits and the setting', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(30).join(''))
    const result = await buildIn(folder, recipe({ maxEpochs: 1 }, 9000))
    expect(result).toMatchObject({ code: 2, error: { code: 'PLAN_INFEASIBLE' } })
    const [issue] = result.error?.issues ?? []
    expect(issue).toMatchObject({ key: 'sources.notes.maxEpochs', got: 9000 })
    expect(result.stderr).toMatch(/notes: 9,000 tokens asked, [\d,]+ available/)
    expect(result.stderr).toMatch(/Set sources\.notes\.maxEpochs: \d+/)
    // What fits, as it is said, fits.
    const fits = Number(issue?.['limit'])
    expect((await buildIn(folder, recipe({ maxEpochs: 1 }, fits))).code).toBe(0)
  })

  test('a schedule that no tokenizer could fill from these files is refused before any work', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(30).join(''))
    const result = await buildIn(folder, recipe({ maxEpochs: 1 }, 1_000_000_000))
    expect(result).toMatchObject({ code: 2, error: { code: 'PLAN_INFEASIBLE' } })
    expect(result.stderr).not.toMatch(/^refine /m)
    expect(await filesUnder(path.join(folder, 'out'))).toEqual([])
  })

  test('a holdout that is larger than its source', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(5).join(''))
    const result = await buildIn(folder, { ...recipe(), holdout: { tokens: 100_000 } })
    expect(result).toMatchObject({
      code: 2,
      error: { code: 'PLAN_INFEASIBLE', facts: { key: 'holdout.tokens' } },
    })
  })

  test('an unknown key, with its line and what was meant', async () => {
    const folder = await newFolder()
    await write(folder, 'notes.jsonl', lines(5).join(''))
    const result = await buildIn(folder, { ...recipe(), sed: 4 })
    expect(result).toMatchObject({
      code: 2,
      error: { code: 'RECIPE_INVALID', issues: [{ line: expect.any(Number) }] },
    })
    expect(result.stderr).toContain('seed')
  })
})

function lines(count: number, sentences = 6): string[] {
  return Array.from(
    { length: count },
    (_, at) => `${JSON.stringify({ text: prose(`line-${at}`, sentences) })}\n`,
  )
}

function recipe(settings: object = {}, tokens = 500): Record<string, unknown> {
  const notes = {
    files: ['notes.jsonl'],
    license: 'CC0-1.0',
    acquisition: 'synthetic',
    maxEpochs: 4,
    ...settings,
  }
  return {
    name: 'fault',
    sources: { notes },
    stages: [{ name: 'base', tokens, mix: { notes: 1 } }],
    phases: [{ sequenceLength: 64 }],
  }
}

async function newFolder(): Promise<string> {
  const folder = path.join(root, String(cases++))
  await mkdir(folder)
  return folder
}

function write(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  return writeFile(path.join(folder, name), content)
}

interface Failed extends Finished {
  readonly error?: {
    readonly code: string
    readonly facts: Readonly<Record<string, unknown>>
    readonly issues: readonly Readonly<Record<string, unknown>>[]
  }
}

async function buildIn(folder: string, content: unknown, out = 'out'): Promise<Failed> {
  const file = await writeRecipe(folder, content)
  return withError(await run('build', file, '--out', path.join(folder, out), '--workers', '0', '--json'))
}

function withError(result: Finished): Failed {
  return { ...result, ...(result.stdout !== '' && parseOwnJson<Pick<Failed, 'error'>>(result.stdout)) }
}

/** The records of source `notes` by fate, those that could be read taken together. */
async function fates(folder: string): Promise<Record<string, number>> {
  const ledger = await readLedger(path.join(folder, 'out'))
  const { records = 0, fates: all = {} } = ledger.documents['notes'] ?? {}
  const unreadable = Object.entries(all).filter(([fate]) => fate.startsWith('unreadable/'))
  const lost = unreadable.reduce((total, [, count]) => total + count, 0)
  return { records, readable: records - lost, ...Object.fromEntries(unreadable) }
}

interface Entry {
  readonly file: string
  readonly offset: number
  readonly reason: string
}

async function quarantine(folder: string): Promise<Entry[]> {
  const text = await readFile(path.join(folder, 'out', 'quarantine.jsonl'), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseOwnJson<Entry>(line))
}
