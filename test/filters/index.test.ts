import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { byName, defineFilter, filters, filterUse, filterUseOf, keep } from '../../filters/index.ts'

const message = (use: unknown): string => filterUse.safeParse(use).error?.issues[0]?.message ?? 'accepted'

describe('filterUse', () => {
  test('fills in the defaults of a name, of null and of partial settings', () => {
    const defaults = {
      action: 'drop',
      keep: ['en'],
      drop: [],
      minScore: 0.65,
      minScores: {},
      minLineShare: null,
      minLineLength: 40,
      model: null,
    }
    expect(filterUse.parse('language')).toEqual({ name: 'language', settings: defaults })
    expect(filterUse.parse({ language: null })).toEqual({ name: 'language', settings: defaults })
    expect(filterUse.parse({ language: { minScore: 0.5 } })).toEqual({
      name: 'language',
      settings: { ...defaults, minScore: 0.5 },
    })
  })

  test('an unknown name lists the options', () => {
    for (const use of ['langauge', { langauge: {} }, 'constructor', '__proto__', { toString: {} }]) {
      expect(message(use)).toMatch(/There is no filter ".*"\. Filters: .*language/)
    }
  })

  test.each([[{}], [{ language: {}, pii: {} }], [null], [3], [[]], [['language']]])('%j is no use', (use) => {
    expect(message(use)).toMatch(/A filter is a name, or one name with its settings/)
  })

  test('settings are strict, and their issues say where', () => {
    const { error } = filterUse.safeParse({ language: { minScor: 1, minScore: 2 } })
    expect(error?.issues.map((issue) => issue.path.join('.')).toSorted()).toEqual([
      'language',
      'language.minScore',
    ])
    expect(error?.issues.some((issue) => issue.message.includes('minScor'))).toBe(true)
  })

  test('its JSON Schema has every filter and its settings', () => {
    const schema = JSON.stringify(z.toJSONSchema(filterUse, { io: 'input' }))
    for (const name of Object.keys(filters)) expect(schema).toContain(`"${name}":{"description"`)
    expect(schema).toContain('"minScore"')
  })

  test('another registry has the same schema over its own filters', () => {
    const mine = defineFilter({
      name: 'mine',
      summary: 'Keeps everything.',
      revision: 1,
      settings: z.strictObject({ n: z.int().default(1) }),
      reasons: [],
      values: {},
      unicode: false,
      create: () => () => keep(),
    })
    const use = filterUseOf(byName([mine]))
    expect(use.parse('mine')).toEqual({ name: 'mine', settings: { n: 1, action: 'drop' } })
    expect(use.safeParse('language').success).toBe(false)
  })
})

test('registered names are kebab-case and their own', () => {
  for (const [name, definition] of Object.entries(filters)) {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(definition.name).toBe(name)
  }
})
