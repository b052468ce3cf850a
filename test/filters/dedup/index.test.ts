import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dedupMethods, dedupUse, inOrder } from '../../../filters/dedup/index.ts'

const minhashDefaults = { threshold: 0.8, ngram: 5, bands: 'auto', rows: 'auto', slack: 0.1 }

const issuesOf = (use: unknown): [path: string, message: string][] =>
  (dedupUse.safeParse(use).error?.issues ?? []).map(({ path, message }) => [path.join('.'), message])

describe('dedupMethods', () => {
  test('holds the registered methods by name, and nothing that objects inherit', () => {
    expect(Object.keys(dedupMethods).toSorted()).toEqual([
      'exact',
      'lines',
      'minhash',
      'paragraphs',
      'spans',
      'url',
    ])
    expect(dedupMethods['constructor']).toBeUndefined()
    for (const [name, definition] of Object.entries(dedupMethods)) expect(definition.name).toBe(name)
  })
})

describe('dedupUse', () => {
  test('a bare name, empty and null settings are the defaults', () => {
    for (const use of ['minhash', { minhash: {} }, { minhash: null }]) {
      expect(dedupUse.parse(use)).toEqual({ name: 'minhash', settings: minhashDefaults })
    }
    expect(dedupUse.parse('exact')).toEqual({ name: 'exact', settings: { normalize: 'whitespace' } })
  })

  test('settings are taken over', () => {
    expect(dedupUse.parse({ minhash: { threshold: 0.9 } })).toEqual({
      name: 'minhash',
      settings: { ...minhashDefaults, threshold: 0.9 },
    })
  })

  test('methods run as url, exact, minhash; two of one name as written', () => {
    const uses = [{ minhash: { ngram: 3 } }, 'exact', 'minhash', 'url'].map((use) => dedupUse.parse(use))
    const [first, second, third, last] = uses
    expect(inOrder(uses)).toEqual([last, second, first, third])
  })

  test('issues name the setting, or list the methods', () => {
    expect(issuesOf('constructor')).toEqual([
      [
        '',
        'There is no dedup method "constructor". Use one of: exact, lines, minhash, paragraphs, spans, url.',
      ],
    ])
    expect(issuesOf({ simhash: {} })).toEqual([
      ['', 'There is no dedup method "simhash". Use one of: exact, lines, minhash, paragraphs, spans, url.'],
    ])
    const shape =
      'A dedup method is a name, or one name with its settings, e.g. {minhash: {threshold: 0.8}}. Use one of: exact, lines, minhash, paragraphs, spans, url.'
    for (const use of [{}, { exact: {}, minhash: {} }, null, 3, ['exact'], undefined]) {
      expect(issuesOf(use)).toEqual([['', shape]])
    }
    expect(issuesOf({ minhash: { treshold: 0.9 } })).toEqual([['minhash', 'Unrecognized key: "treshold"']])
    expect(issuesOf({ minhash: { threshold: 2, rows: 'x' } }).map(([path]) => path)).toEqual([
      'minhash.threshold',
      'minhash.rows',
    ])
    expect(issuesOf({ exact: [] }).map(([path]) => path)).toEqual(['exact'])
  })

  test('every setting has a default and a description, in the JSON Schema too', () => {
    const [names, uses] = z.toJSONSchema(dedupUse, { io: 'input' }).anyOf ?? []
    expect(names).toEqual({ enum: ['exact', 'lines', 'minhash', 'paragraphs', 'spans', 'url'] })
    const methods = Object.values(uses?.properties ?? {})
    expect(methods).toHaveLength(6)
    for (const method of methods) {
      for (const setting of Object.values((typeof method === 'object' && method.properties) || {})) {
        expect(setting).toMatchObject({ default: expect.anything(), description: expect.any(String) })
      }
    }
  })
})
