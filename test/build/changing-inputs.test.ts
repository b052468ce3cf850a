/** Files that change between the survey and the reading, and files with any name: each has a clear end. */
import {
  appendFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, loadRecipe, verify } from '../../lib/index.ts'
import { prose } from './corpus.ts'
import { temporaryFolder, writeRecipe } from './support.ts'

let root: string
beforeAll(async () => {
  root = await temporaryFolder()
})
afterAll(() => rm(root, { recursive: true, force: true }))

const linesOf = (name: string): string =>
  Array.from({ length: 60 }, (_, n) => `${JSON.stringify({ text: prose(`${name}-${n}`, 6) })}\n`).join('')
const lines = linesOf('a')

async function recipeFor(folder: string, files: readonly string[]): Promise<string> {
  await mkdir(folder, { recursive: true })
  const notes = { files, license: 'CC0-1.0', acquisition: 'synthetic', maxEpochs: 4 }
  return writeRecipe(folder, {
    name: 'changing',
    sources: { notes },
    stages: [{ name: 'base', tokens: 500, mix: { notes: 1 } }],
    phases: [{ sequenceLength: 64 }],
  })
}

describe('a file that changes after the survey', () => {
  const changes: Readonly<
    Record<string, readonly [change: (file: string) => void, code: string, message: RegExp]>
  > = {
    grows: [
      (file) => appendFileSync(file, '{"text": "more"}\n'),
      'INPUT_DAMAGED',
      /changed while it was read: it had \d+ bytes/,
    ],
    shrinks: [
      (file) => truncateSync(file, 999),
      'INPUT_DAMAGED',
      /changed while it was read: .* and now 999/,
    ],
    'is rewritten at the same size': [
      (file) => {
        const { size, mtime } = statSync(file)
        writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, size - 1), Buffer.from(' ')]))
        utimesSync(file, mtime, mtime)
      },
      'INPUT_DAMAGED',
      /changed while it was read: it has as many bytes as before/,
    ],
    vanishes: [(file) => rmSync(file), 'INPUT_MISSING', /there is no such file/],
  }
  for (const [name, content] of [
    ['notes.jsonl', lines],
    ['notes.jsonl.gz', gzipSync(lines)],
  ] as const) {
    test.each(Object.entries(changes))(
      `${name} %s: the build stops and names it; the next run is whole`,
      async (how, [change, code, message]) => {
        const folder = path.join(root, `${name}-${how}`)
        const loaded = await recipeFor(folder, ['notes*'])
        const file = path.join(folder, name)
        writeFileSync(file, content)
        const out = path.join(folder, 'out')
        const started = build(await loadRecipe(loaded), { out, workers: 0, onPlan: () => change(file) })
        await expect(started).rejects.toMatchObject({
          code,
          message: expect.stringMatching(message),
          facts: { file: expect.stringContaining(name), fix: expect.any(String) },
        })
        writeFileSync(file, content)
        await build(await loadRecipe(loaded), { out, workers: 0 })
        expect((await verify(out)).findings).toEqual([])
      },
    )
  }
})

test('names with spaces, line feeds, Unicode, brackets and ..', async () => {
  const folder = path.join(root, 'names', 'recipe')
  const recipe = await recipeFor(folder, [
    'notes*/*',
    '../beside/../beside/notes.jsonl',
    '../deep/**/*.jsonl',
  ])
  for (const [place, text] of [
    ['notes a/b\nc.jsonl', linesOf('d')],
    ['notes a/größe 語 😀.jsonl', lines],
    ['notes a/[1] {x,y} !*?.jsonl', linesOf('b')],
    ['../beside/notes.jsonl', linesOf('c')],
    ['../deep/a\nb/c\u2028d\r/e\n.jsonl', linesOf('e')],
  ] as const) {
    const file = path.join(folder, place)
    await mkdir(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const out = path.join(folder, 'out')
  await build(await loadRecipe(recipe), { out, workers: 0 })
  const report = await verify(out, { inputs: true })
  expect(report).toMatchObject({ findings: [], checked: { inputs: 5 } })
})
