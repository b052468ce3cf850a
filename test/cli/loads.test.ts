/** What commands load before they do anything: each module is about half a millisecond of every call. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

/** `import { a, type B } from './c.ts'`, `export * from './c.ts'`; those of types alone are left out when it is compiled. */
const IMPORTS = /^(?:import|export) (?!type )(?:\{[^}]*\}|\* as \w+|\*|\w+) from '([^']+)'/gm

/** A module, what it imports, and what that imports; but for what is imported when it is called. */
async function loadedWith(file: string): Promise<Set<string>> {
  const found = new Set([file])
  for (const module of found) {
    if (!module.endsWith('.ts')) continue
    const text = await readFile(path.join(root, module), 'utf8')
    for (const [, from = ''] of text.matchAll(IMPORTS))
      found.add(from.startsWith('.') ? path.join(path.dirname(module), from) : from)
  }
  return found
}

/** `verify` counts by filters' names alone; zod comes with the methods that compare a holdout, and with its tokenizer. */
test.each([
  ['where', []],
  ['trace', []],
  ['inspect', []],
  ['verify', ['zod']],
])('%s loads no filter, no tokenizer and no schema', async (command, known) => {
  const loaded = await loadedWith(`lib/cli/commands/${command}.ts`)
  expect(loaded).toContain('lib/storage/arrow-table.ts')
  const heavy = [
    'filters/registered.ts',
    'lib/build/tables.ts',
    'lib/recipe/schema.ts',
    'tokenizers/registered.ts',
    'zod',
  ]
  expect(heavy.filter((module) => loaded.has(module))).toEqual(known)
})
