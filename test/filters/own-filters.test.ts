/** Filters of the user's own: registered from a module, used by a build in its workers, and part of the units' keys. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  checkFilter,
  defineFilter,
  drop,
  type FilterDefinition,
  filters,
  keep,
  registerFilters,
} from '../../filters/index.ts'
import { readLedger } from '../../lib/index.ts'
import { buildWithCli, run, writeRecipe } from '../build/support.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-own-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
  // What this process registered: other files' tests look at the built-in filters.
  Reflect.deleteProperty(filters, 'shared-name')
  Reflect.deleteProperty(filters, 'shouting')
})

const put = (name: string, text: string) => writeFile(path.join(directory, name), text)

/** A module that needs no import: its default export is given what a filter is written with. */
const digits = (name: string, limit = 0.3) => `
export default ({ z, defineFilter, keep, drop }) => defineFilter({
  name: '${name}',
  summary: 'Drops texts of many digits.',
  revision: 1,
  settings: z.strictObject({ max: z.number().default(${limit}).describe('Greatest share, inclusive.') }),
  reasons: ['digits'],
  values: { share: 'number' },
  unicode: false,
  create: ({ max }) => ({ text }) => {
    const share = text.length === 0 ? 0 : text.replace(/[^0-9]/g, '').length / text.length
    return share > max ? drop('digits', share, max, { share }) : keep({ share })
  },
})`

import { NEEDED_SETTINGS } from './needed-settings.ts'

describe('a module', () => {
  test('as README shows it keeps the contract, and drops what it says', async () => {
    const readme = await readFile(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')
    const [, shown = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
    await put('shouting.mjs', shown)
    expect(await registerFilters(['shouting.mjs'], directory)).toEqual(['shouting'])
    const shouting = filters['shouting']
    if (shouting === undefined) throw new Error('it is not registered')
    expect(await checkFilter(shouting)).toEqual([])
    const judge = shouting.create(shouting.settings.parse({}), undefined)
    expect(judge({ text: 'READ this', id: undefined, url: undefined })).toMatchObject({
      keep: false,
      reason: 'too_many_capitals',
      threshold: 0.3,
      values: { share: 4 / 9 },
    })
  })

  test('builds in workers, and its content is in the keys of what it filtered', async () => {
    await put('own.mjs', digits('own-digits'))
    const lines = Array.from({ length: 60 }, (_, at) =>
      JSON.stringify({ text: at % 3 === 0 ? '123456' : `some words ${at}` }),
    )
    await put('x.jsonl', lines.join('\n'))
    const recipe = await writeRecipe(directory, {
      name: 'own',
      modules: ['own.mjs'],
      sources: {
        x: {
          files: ['x.jsonl'],
          license: 'MIT',
          acquisition: 'other',
          filters: ['own-digits'],
          tiers: { some: 'share > 0.1' },
        },
      },
      stages: [{ name: 'only', tokens: 30, mix: { x: 1 } }],
      phases: [{ sequenceLength: 16 }],
    })
    const out = path.join(directory, 'out')
    const first = await buildWithCli(recipe, out, 1)
    expect((await readLedger(out)).documents['x']?.fates['dropped/own-digits/digits']).toBe(20)
    expect((await buildWithCli(recipe, out, 1)).ran).toBe(0)
    await put('own.mjs', `${digits('own-digits')}\n// the same, said otherwise`)
    const again = await buildWithCli(recipe, out, 1)
    expect(again.ran).toBeGreaterThan(0)
    expect(again.digest).toBe(first.digest)
    await put('own.mjs', digits('own-digits', 1))
    await buildWithCli(recipe, out, 1)
    expect((await readLedger(out)).documents['x']?.fates['dropped/own-digits/digits']).toBeUndefined()
  })

  test('is checked, and used on its own, from the command line', async () => {
    await put('cli.mjs', digits('cli-digits'))
    const file = path.join(directory, 'cli.mjs')
    expect(await run('filters', '--module', file)).toMatchObject({ code: 0, stdout: 'cli-digits: ok\n' })
    const judged = await run(
      'filter',
      '--module',
      file,
      '--filters',
      'cli-digits',
      path.join(directory, 'x.jsonl'),
    )
    expect(judged.stdout.split('\n')[0]).toContain('"cli-digits":{"keep":false,"reason":"digits"')
    await put('bad.mjs', digits('bad-digits').replace("reasons: ['digits']", "reasons: ['others']"))
    const bad = await run('filters', '--module', path.join(directory, 'bad.mjs'))
    expect(bad.code).toBe(1)
    expect(bad.stdout).toContain('gives the reason digits, which `reasons` does not declare')
  })

  test.each([
    ['is not there', undefined, /it is not there/],
    ['throws', 'throw new Error("no way")', /cannot be imported: no way/],
    ['has no filter', 'export const x = 1', /exports no filter/],
    [
      'has half a filter',
      'export const x = { name: "half", create() {} }',
      /summary, revision, settings, reasons, values, unicode are/,
    ],
    ['takes a built-in name', digits('language'), /language, which is the name of a built-in filter/],
  ])('that %s is refused, with the way out', async (what, text, message) => {
    const file = `${what.replaceAll(' ', '-')}.mjs`
    if (text !== undefined) await put(file, text)
    await expect(registerFilters([file], directory)).rejects.toThrow(message)
  })

  test('does not take another module’s name, and may be registered again', async () => {
    for (const name of ['one.mjs', 'two.mjs']) await put(name, digits('shared-name'))
    expect(await registerFilters(['one.mjs', 'one.mjs'], directory)).toEqual(['shared-name', 'shared-name'])
    await expect(registerFilters(['two.mjs'], directory)).rejects.toThrow(
      /is the name of a filter of .*one\.mjs/,
    )
  })
})

describe('checkFilter', () => {
  test.each(Object.values(filters))('finds nothing in $name', { timeout: 60_000 }, async (definition) => {
    expect(await checkFilter(definition, NEEDED_SETTINGS[definition.name])).toEqual([])
  })

  const good: FilterDefinition = defineFilter<z.ZodType, unknown>({
    name: 'good',
    summary: 'Nothing.',
    revision: 1,
    settings: z.strictObject({ max: z.number().default(1).describe('A limit.') }),
    reasons: ['long'],
    values: { length: 'number' },
    unicode: false,
    create:
      () =>
      ({ text }) =>
        keep({ length: text.length }),
  })
  let calls = 0
  test.each<[string, Partial<FilterDefinition>, RegExp]>([
    [
      'a throw',
      {
        create:
          () =>
          ({ text }) =>
            keep({ length: JSON.parse(text) }),
      },
      /throws on ""/,
    ],
    ['verdicts that change', { create: () => () => keep({ length: calls++ }) }, /different verdicts/],
    ['an undeclared reason', { create: () => () => drop('short', 0, 1) }, /the reason short/],
    ['an undeclared value', { create: () => () => keep({ words: 1 }) }, /records words/],
    [
      'a value of another type',
      { create: () => () => keep({ length: '1' }) },
      /as string, declared as number/,
    ],
    ['NaN', { create: () => () => keep({ length: Number.NaN }) }, /NaN/],
    [
      'settings without a description',
      { settings: z.strictObject({ max: z.number().default(1) }) },
      /no description/,
    ],
    [
      'settings without a default',
      { settings: z.strictObject({ max: z.number().describe('x') }) },
      /need a default/,
    ],
    ['loose settings', { settings: z.object({ max: z.number().default(1).describe('x') }) }, /strictObject/],
  ])('finds %s', async (_, change, message) => {
    expect((await checkFilter({ ...good, ...change })).join('\n')).toMatch(message)
  })
})
