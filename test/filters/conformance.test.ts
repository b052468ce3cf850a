import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { editsOf } from '../../filters/define-filter.ts'
import { checkFilter, type FilterFunction, filters, type Verdict } from '../../filters/index.ts'
import { editText } from '../../lib/documents/text-edits.ts'
import { NEEDED_SETTINGS } from './needed-settings.ts'

/** What every registered filter must do, at its default settings. */
describe.each(Object.values(filters))('filter $name', { timeout: 60_000 }, (definition) => {
  const settings: unknown = definition.settings.parse(NEEDED_SETTINGS[definition.name] ?? {})
  let create: () => FilterFunction
  let decide: FilterFunction
  beforeAll(async () => {
    const tables = await definition.load?.(settings)
    create = () => definition.create(settings, tables)
    decide = create()
  })

  const judge = (text: string, filter = decide): Verdict =>
    structuredClone(filter({ text, id: undefined, url: undefined }))

  const word = fc.constantFrom(
    'the',
    'Words',
    'und',
    '文字',
    'x = 1;',
    '<p>',
    '1,024',
    '…',
    '😀',
    '\ud83d',
    '\0',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.tuple(word, fc.constantFrom(' ', '. ', '\n', '\r\n', '\n\n', '\u2028')), { maxLength: 60 })
      .map((words) => words.flat().join('')),
  )

  test('is total, and deterministic: neither earlier texts nor the instance matter', () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        const verdict = judge(first)
        judge(second)
        expect(judge(first)).toEqual(verdict)
        expect(judge(first, create())).toEqual(verdict)
      }),
      { numRuns: 50 },
    )
  })

  test('a drop has a declared reason, a keep has none, and every value is declared with its type', () => {
    fc.assert(
      fc.property(text, (value) => {
        const { keep, reason, values, threshold, ...verdict } = judge(value)
        const allowed = keep ? [null] : definition.reasons
        expect(allowed).toContain(reason)
        expect(keep ? [verdict.value, threshold] : []).toEqual(keep ? [null, null] : [])
        for (const [name, measured] of Object.entries(values)) {
          expect([name, typeof measured]).toEqual([name, definition.values[name]])
          expect(measured).not.toBeNaN()
        }
      }),
      { numRuns: 200 },
    )
  })

  test('edits the text only where it declares that', () => {
    fc.assert(
      fc.property(text, (value) => {
        const { text, edits } = judge(value)
        const declared = editsOf(definition, settings)
        const spans = declared === 'spans' ? edits : undefined
        expect(edits).toEqual(spans)
        const edited = spans === undefined ? undefined : editText(value, spans)
        expect(text).toBe(declared === 'text' ? text : edited)
      }),
      { numRuns: 100 },
    )
  })

  test('0 is a limit, null is none, and its rules say of the recorded values what it decides', async () => {
    expect(await checkFilter(definition, NEEDED_SETTINGS[definition.name])).toEqual([])
  })

  test('judges the empty text', () => {
    expect(judge('').keep).toBeTypeOf('boolean')
  })

  test('has a strict schema with a default and a description for every setting', () => {
    expect(definition.settings.safeParse({ noSuchSetting: 1 }).success).toBe(false)
    const { properties = {}, required } = z.toJSONSchema(definition.settings, { io: 'input' })
    expect(required).toBeUndefined()
    for (const [name, setting] of Object.entries(properties)) {
      expect([name, setting]).toEqual([name, expect.objectContaining({ description: expect.any(String) })])
    }
  })
})
