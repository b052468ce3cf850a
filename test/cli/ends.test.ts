import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAIN, millrace } from './run.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-ends-'))
  await writeFile(path.join(folder, 'one.jsonl'), '{"text": "One."}\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('an unknown command says what it may have been', async () => {
  const { code, stderr } = await millrace(folder, ['filtre', 'one.jsonl'])
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^millrace: there is no command filtre; did you mean filter\?\n {2}→ Use one of: build, /,
  )
})

test.skipIf(!existsSync('/dev/full'))(
  'a full disk behind standard output is said, without a stack',
  async () => {
    const full = await open('/dev/full', 'w')
    const child = spawn(process.execPath, [MAIN, 'head', 'one.jsonl'], {
      cwd: folder,
      stdio: ['ignore', full.fd, 'pipe'],
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const code = await new Promise((resolve) => child.on('close', resolve))
    await full.close()
    expect(code).toBe(1)
    expect(said).toBe(
      'millrace: cannot write standard output: the disk is full\n' +
        '  → Make room, or send the output elsewhere, and run the same command again.\n',
    )
  },
)

test('Ctrl-C leaves no unfinished files', async () => {
  const out = path.join(folder, 'out')
  const args = ['tokenize', '-', '--tokenizer', 'mistral-v1', '--out', out]
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise((resolve) => child.on('close', resolve))
  // Standard input stays open: the command waits for more, with its files begun.
  const begun = async (): Promise<number> => (await readdir(out).catch(() => [])).length
  while ((await begun()) < 2) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  expect(said).toContain('interrupted; run the same command again')
  expect(await readdir(out)).toEqual([])
})

test('tokenize: a tokenizer by JSON, bad records listed, no option passed over in silence', async () => {
  await writeFile(path.join(folder, 'two.jsonl'), '{"text": "One."}\nnot JSON\n')
  const named = await millrace(folder, ['tokenize', 'two.jsonl', '--tokenizer', 'tekken'])
  const spec = JSON.stringify({ type: 'tekken', model: 'builtin:tekken' })
  expect(await millrace(folder, ['tokenize', 'two.jsonl', '--tokenizer', spec])).toEqual(named)
  const files = await millrace(folder, ['tokenize', 'two.jsonl', '--tokenizer', spec, '--out', 'ids'])
  expect(files).toMatchObject({ code: 0, stderr: '' })
  expect(files.stdout).toContain('1 unreadable record, see quarantine.jsonl')
  const bad = JSON.parse(await readFile(path.join(folder, 'ids/quarantine.jsonl'), 'utf8'))
  expect(bad).toMatchObject({ file: 'two.jsonl', offset: 17, reason: 'invalid-json' })
  await writeFile(path.join(folder, 'one.jsonl'), '{"text": "One."}\n')
  await millrace(folder, ['tokenize', 'one.jsonl', '--tokenizer', spec, '--out', 'ids'])
  expect(await readdir(path.join(folder, 'ids'))).not.toContain('quarantine.jsonl')
  for (const [args, key] of [
    [['--format', 'mds'], '--format'],
    [['--no-eos'], '--no-eos'],
    [['--out', 'ids', '--decode'], '--decode'],
    [['--out', 'ids', '--sequence-length', '64'], '--sequence-length'],
  ] as const) {
    const { code, stderr } = await millrace(folder, [
      'tokenize',
      'two.jsonl',
      '--tokenizer',
      'tekken',
      ...args,
    ])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`Leave out ${key}.`) })
  }
})

test('init writes paths that hold where the recipe is, and writes over nothing', async () => {
  const out = path.join('recipes', 'one.yaml')
  expect(await millrace(folder, ['init', 'one.jsonl', '--out', out])).toMatchObject({ code: 0, stdout: '' })
  expect((await millrace(folder, ['plan', out])).code).toBe(0)
  const again = await millrace(folder, ['init', 'one.jsonl', '--out', out])
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('one.yaml is there already') })
})
