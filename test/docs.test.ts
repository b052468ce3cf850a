import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { benchmarkNames } from '../filters/decontaminate/index.ts'
import { dedupMethods } from '../filters/dedup/index.ts'
import { filters } from '../filters/index.ts'
import { createProgram } from '../lib/cli/program.ts'
import { conversations } from '../lib/documents/conversations/index.ts'
import { templates } from '../lib/documents/templates/index.ts'
import { formats } from '../lib/formats/index.ts'
import { readers } from '../lib/readers/index.ts'
import { recipeSchema } from '../lib/recipe/schema.ts'
import { packings } from '../stages/packing/index.ts'
import * as presets from '../stages/presets/registered.ts'
import { builtInTokenizers, tokenizers } from '../tokenizers/index.ts'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const readme = read('README.md')

/** Names in backquotes in the README's row that begins with `| KIND |`. */
function listed(kind: string): string[] {
  const row = readme.split('\n').find((line) => line.startsWith(`| ${kind} |`)) ?? ''
  return [...row.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

const registered = {
  readers: Object.keys(readers),
  filters: Object.keys(filters),
  benchmarks: [...benchmarkNames],
  dedup: Object.keys(dedupMethods),
  tokenizers: [...builtInTokenizers, ...Object.keys(tokenizers)],
  packings: [...packings.keys()],
  formats: [...formats.keys()],
  conversations: Object.keys(conversations),
  templates: Object.keys(templates),
  presets: Object.values(presets).map(({ name }) => name),
}

describe('README.md', () => {
  test.each(Object.entries(registered))('lists the registered %s, and no others', (kind, names) => {
    expect([...new Set(listed(kind))].toSorted()).toEqual([...new Set(names)].toSorted())
  })

  test('lists every command', async () => {
    const rows = [...readme.matchAll(/^\| `([\w-]+)[^`]*` \| /gm)].map(([, name = '']) => name)
    expect(rows.toSorted()).toEqual(
      (await createProgram()).commands.map((command) => command.name()).toSorted(),
    )
  })

  test('its recipe passes the schema', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? []
    expect(recipeSchema.safeParse(parse(yaml)).error?.issues ?? []).toEqual([])
  })
})

test('ARCHITECTURE.md gives a role for every runtime dependency', () => {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')))
  const table = read('ARCHITECTURE.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => (line.split('|')[1] ?? '').split(', ').map((name) => name.trim()))
  expect(Object.keys(dependencies).filter((name) => !table.includes(name))).toEqual([])
})

test.each([
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'examples/quickstart/README.md',
  'examples/continued-pretraining/README.md',
  'examples/train-tiny/README.md',
])('%s links to files that are there', (file) => {
  const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(path.resolve(root, path.dirname(file), link)))).toEqual([])
})
