import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { z } from 'zod'
import type { FilterDefinition, FilterFunction, Verdict } from '../../filters/define-filter.ts'

/** What the tests of the heuristic filters share: the reference's verdicts, and texts to be total on. */

const file = path.resolve(import.meta.dirname, '../../../shared/golden/datatrove-verdicts.jsonl.gz')

/** False where the reference's verdicts are not beside the repository: tests that need them skip. */
export const haveGolden = existsSync(file)

const row = z.object({
  id: z.string(),
  text: z.string(),
  verdicts: z.record(
    z.string(),
    z.object({ keep: z.boolean(), reason: z.string().nullable(), text_sha1: z.string().optional() }),
  ),
})

/** Rows on which the filter and the reference (`name` in its file) differ; the edited text counts where there is one. */
export function differences(filter: FilterFunction, name: string): { rows: number; differing: unknown[] } {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n')
  const differing = lines.flatMap((line) => {
    const { id, text, verdicts } = row.parse(JSON.parse(line))
    const expected = verdicts[name]!
    const got = judge(filter, text)
    const sha1 = createHash('sha1')
      .update(got.text ?? text)
      .digest('hex')
    const same =
      got.keep === expected.keep &&
      got.reason === expected.reason &&
      (expected.text_sha1 === undefined || expected.text_sha1 === sha1)
    return same ? [] : [{ id, expected, got }]
  })
  return { rows: lines.length, differing }
}

export function judge(filter: FilterFunction, text: string): Verdict {
  return filter({ text, id: undefined, url: undefined })
}

/** Texts with what the rules look for, repeated, in odd places, with every kind of line break. */
export const hardText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...hardParts()), { maxLength: 60 })
  .map((parts) => parts.join(''))

function hardParts(): string[] {
  const plain = 'the and Word x # ... … • - . " { [1] [edit] 12 😀 é javascript JavaScript \ud83d'.split(' ')
  const phrases = [
    'lorem ipsum',
    'terms of use',
    'use cookies',
    'coo\u212aie policy',
    'The end. ',
    'a a a a a ',
  ]
  return [...plain, ...phrases, ' ', '  ', '\n', '\n\n', '\r\n', '\u2028', '\t', '\u0085', '\u001c']
}

/** Total, pure, and true to its declaration on any text. */
export function assertSound<Tables>(
  definition: FilterDefinition<z.ZodType, Tables>,
  settings: unknown,
  tables: Tables,
): void {
  const filter = definition.create(definition.settings.parse(settings), tables)
  const text = fc.oneof(hardText, fc.string({ unit: 'binary', maxLength: 80 }))
  fc.assert(
    fc.property(text, text, (text, other) => {
      const verdict = judge(filter, text)
      expect(verdict.keep).toBe(verdict.reason === null)
      if (verdict.reason !== null) expect(definition.reasons).toContain(verdict.reason)
      for (const [name, value] of Object.entries(verdict.values)) {
        expect(typeof value).toBe(definition.values[name])
        expect(value).not.toBeNaN()
      }
      judge(filter, other)
      expect(judge(filter, text)).toEqual(verdict)
    }),
    { numRuns: 500 },
  )
}
