import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMapper } from '../../lib/documents/fields.ts'
import { readerFor, readItems } from '../../lib/readers/index.ts'
import { pythonJson, readerPython } from './python.ts'

const run = promisify(execFile)
/** `MILLRACE_INPUTS_PYTHON` has the packages below; what the reader of Arrow has is most of them. */
const python = process.env['MILLRACE_INPUTS_PYTHON'] ?? (await readerPython('arrow'))

/** The Python packages that each function of inputs.py needs. */
const programs = {
  pyarrow: ['pyarrow'],
  polars: ['polars'],
  duckdb: ['duckdb'],
  warcio: ['warcio', 'brotli'],
  zstandard: ['zstandard'],
}

async function has(packages: readonly string[]): Promise<boolean> {
  if (python === undefined) return false
  return run(python, ['-c', packages.map((name) => `import ${name}`).join('\n')]).then(
    () => true,
    () => false,
  )
}

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-interop-'))
afterAll(() => rm(folder, { recursive: true }))

async function write(...names: string[]): Promise<string[]> {
  const script = await readFile(path.join(import.meta.dirname, 'inputs.py'), 'utf8')
  const files = await pythonJson(python ?? 'python3', script, folder, ...names)
  return Array.isArray(files) ? files.map(String) : []
}

/** Text, id and url of a file's records; a bad one as it is. */
async function documents(name: string): Promise<unknown[]> {
  const file = path.join(folder, name)
  const map = createMapper({})
  const found: unknown[] = []
  const columns = new Set(['text', 'id', 'url'])
  for await (const items of readItems(file, (await readerFor(file)).name, { columns })) {
    for (const item of items) {
      const mapped = item.kind === 'record' ? map(item.value) : item
      found.push('document' in mapped ? mapped.document : mapped)
    }
  }
  return found
}

describe('the same documents as from JSON lines', () => {
  let expected: unknown[] = []
  beforeAll(async () => {
    if (python === undefined) return
    await write('expected')
    expected = await documents('expected.jsonl')
  })

  test.skipIf(python === undefined)('gzip of many members (needs Python)', async () => {
    expect(expected).toHaveLength(300)
    expect(await documents('members.jsonl.gz')).toEqual(expected)
  })

  for (const [name, packages] of Object.entries(programs)) {
    test(`by ${name} (needs Python with ${packages.join(' and ')})`, async (context) => {
      context.skip(!(await has(packages)), `there is no Python with ${packages.join(' and ')}`)
      const before = new Set(await write())
      const files = (await write(name)).filter((file) => !before.has(file) && !file.startsWith('refused'))
      expect(files.length).toBeGreaterThan(2)
      for (const file of files) {
        expect({ file, documents: await documents(file) }).toEqual({ file, documents: expected })
      }
    })
  }

  test('a window of more than 128 MiB is refused by name (needs Python with zstandard)', async (context) => {
    context.skip(!(await has(['zstandard'])), 'there is no Python with zstandard')
    await write('zstandard')
    expect(await documents('refused-28.jsonl.zst')).toEqual([
      { kind: 'bad', offset: 0, bytes: 0, reason: 'corrupt', detail: 'zstd: a window of more than 128 MiB' },
    ])
  })
})
