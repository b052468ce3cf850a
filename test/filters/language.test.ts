import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { getLIDModel } from 'fasttext.wasm.js'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { FilterFunction, Verdict } from '../../filters/define-filter.ts'
import { language } from '../../filters/language.ts'

const golden = path.resolve(import.meta.dirname, '../../../shared/golden/fasttext-lid176-ftz.jsonl.gz')

const goldenRow = z.object({ text: z.string(), label: z.string(), score: z.number() })

async function create(given: unknown = {}): Promise<FilterFunction> {
  const settings = language.settings.parse(given)
  return language.create(settings, await language.load!(settings))
}

const verdict = (filter: FilterFunction, text: string) => filter({ text, id: undefined, url: undefined })

const scoreOf = (verdict: Verdict) => Number(verdict.values['score'])

test('the built-in model is read once a process', async () => {
  const settings = language.settings.parse({})
  expect(await language.load!(settings)).toBe(await language.load!(settings))
})

describe('language', () => {
  test.each([
    ['en', 'The mill stands by the river, and its wheel turns from morning until night.'],
    ['de', 'Die Mühle steht am Fluss, und ihr Rad dreht sich von morgens bis abends.'],
    ['fr', 'Le moulin se dresse au bord de la rivière et sa roue tourne du matin au soir.'],
    ['es', 'El molino está junto al río y su rueda gira desde la mañana hasta la noche.'],
    ['ru', 'Мельница стоит у реки, и её колесо вращается с утра до вечера.'],
    ['ja', '水車小屋は川のほとりにあり、その車輪は朝から晩まで回っている。'],
  ])('%s', async (label, text) => {
    const only = verdict(await create({ keep: [label], minScore: 0.5 }), text)
    expect(only).toMatchObject({ keep: true, values: { label } })
    const others = verdict(await create({ keep: ['it', 'pt'] }), text)
    expect(others).toMatchObject({ keep: false, reason: 'language', value: label, threshold: 'it pt' })
  })

  test('keeps by score, exclusive of the limit', async () => {
    const text = 'the of and'
    const score = scoreOf(verdict(await create(), text))
    expect(verdict(await create({ minScore: score - 1e-6 }), text).keep).toBe(true)
    expect(verdict(await create({ minScore: score }), text)).toMatchObject({
      keep: false,
      reason: 'low_score',
      value: score,
      threshold: score,
    })
  })

  test('labels are kept or dropped by list, with or without their prefix, and may have limits of their own', async () => {
    const text = 'Die Mühle steht am Fluss, und ihr Rad dreht sich von morgens bis abends.'
    const decide = async (given: unknown) => {
      const { keep, reason } = verdict(await create(given), text)
      return keep ? 'kept' : reason
    }
    expect(await decide({ keep: null })).toBe('kept')
    expect(await decide({ keep: ['__label__de'] })).toBe('kept')
    expect(await decide({ keep: null, drop: ['__label__de'] })).toBe('language')
    expect(await decide({ keep: ['de', 'en'], drop: ['de'] })).toBe('language')
    expect(await decide({ keep: ['de'], minScores: { de: 1 } })).toBe('low_score')
    expect(await decide({ keep: ['de'], minScore: 1, minScores: { de: 0.5 } })).toBe('kept')
    await expect(create({ minScores: { deu: 1 } })).rejects.toMatchObject({
      facts: { key: 'language.minScores' },
    })
  })

  test('mixed documents are those with too little text in lines of the languages to keep', async () => {
    const english = 'The mill stands by the river, and its wheel turns.'
    const german = 'Die Mühle steht am Fluss, und ihr Rad dreht sich..'
    expect([english.length, german.length]).toEqual([50, 50])
    const mixed = `${english}\n${english}\nkurz\n${english}\n${german}\n`
    expect(verdict(await create({ minScore: 0 }), mixed).values).not.toHaveProperty('lineShare')
    const filter = async (minLineShare: number) => verdict(await create({ minScore: 0, minLineShare }), mixed)
    expect(await filter(0.75)).toMatchObject({ keep: true, values: { lineShare: 0.75 } })
    expect(await filter(0.76)).toMatchObject({
      keep: false,
      reason: 'mixed_languages',
      value: 0.75,
      threshold: 0.76,
    })
    expect(verdict(await create({ minScore: 0, minLineShare: 1 }), 'short').values).not.toHaveProperty(
      'lineShare',
    )
  })

  test('a text without words is what the model makes of an empty line', async () => {
    const filter = await create()
    for (const text of ['', '\n', '  \t ', '\n'.repeat(1000)]) {
      expect(verdict(filter, text).values).toEqual({ label: 'en', score: 0.124504 })
    }
  })

  test('takes another model by path, and names the labels there are', async () => {
    const file = path.join(tmpdir(), `not-a-model-${process.pid}.ftz`)
    await writeFile(file, 'not a model')
    await expect(create({ model: file })).rejects.toMatchObject({ code: 'MODEL_INVALID', facts: { file } })
    await rm(file)
    await expect(create({ model: '/nowhere/x.ftz' })).rejects.toMatchObject({ code: 'INPUT_MISSING' })
    await expect(create({ keep: ['eng'] })).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      facts: { got: 'eng', fix: expect.stringContaining(' en, ') },
    })
  })

  test('large arrays are shared between threads', async () => {
    const settings = language.settings.parse({})
    const tables = await language.load!(settings)
    const large = Object.values(tables).filter((value) => ArrayBuffer.isView(value))
    expect(large.filter(({ buffer }) => !(buffer instanceof SharedArrayBuffer))).toEqual([])
    const there = structuredClone(tables)
    expect(there.rows.buffer.byteLength).toBe(50_000 * 16 * 4)
    expect(verdict(language.create(settings, there), 'These are some words.').values['label']).toBe('en')
  })

  test('equals native fastText, compiled to WebAssembly, on any text', async () => {
    const filter = await create()
    const native = await (await getLIDModel()).load()
    const word = fc.oneof(
      fc.constantFrom(
        'the',
        'und',
        'été',
        'мир',
        '</s>',
        '__label__en',
        '<',
        '>',
        '世界',
        'https://x.org/a?b=c',
      ),
      fc.string({ unit: 'grapheme', maxLength: 10 }),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 30 }),
        fc.constantFrom(' ', '\t', '\n', '\r\n'),
        (words, space) => {
          const text = words.join(space)
          const [score, label] = native.predict(`${text.replaceAll('\n', ' ')}\n`, 1, 0).get(0)
          const got = verdict(filter, text)
          // Two labels within rounding of each other may change places.
          if (Math.abs(scoreOf(got) - Number(score)) < 1e-5 && Number(score) < 0.3) return
          expect(got.values['label']).toBe(String(label).replace('__label__', ''))
          expect(scoreOf(got)).toBeCloseTo(Number(score), 4)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test.skipIf(!existsSync(golden))(
    'equals native fastText 0.9.2 on the golden texts (needs ../shared)',
    async () => {
      const filter = await create()
      const rows = gunzipSync(readFileSync(golden)).toString().trim().split('\n')
      expect(rows.length).toBeGreaterThan(400)
      for (const row of rows) {
        const { text, label, score } = goldenRow.parse(JSON.parse(row))
        const got = verdict(filter, text)
        expect(got.values['label']).toBe(label)
        expect(Math.abs(scoreOf(got) - score)).toBeLessThan(1e-4)
      }
    },
  )

  test('worst cases stay linear: no separators, only separators, only new words', async () => {
    const filter = await create()
    expect(verdict(filter, 'a'.repeat(2_000_000)).values['label']).toBe('en')
    expect(verdict(filter, ' '.repeat(5_000_000)).values['score']).toBe(0.124504)
    expect(verdict(filter, 'ab '.repeat(1_000_000)).values['label']).toBe('en')
    expect(verdict(filter, '日本'.repeat(500_000)).values['label']).toBe('ja')
    const words = Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 2654435761).toString(36)).join(' ')
    expect(verdict(filter, words).keep).toBe(false)
  })
})
