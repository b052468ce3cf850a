import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildCharacterClasses } from '../../../tokenizers/tekken/character-classes.ts'
import { createSplitter } from '../../../tokenizers/tekken/split.ts'
import { tekkenPattern } from '../reference.ts'

const findEnd = createSplitter(buildCharacterClasses())

function split(text: string): string[] {
  const bytes = Buffer.concat([Buffer.from(text), Buffer.alloc(8)])
  const end = bytes.length - 8
  const parts: string[] = []
  for (let at = 0; at < end; ) {
    const to = findEnd(bytes, at, end)
    if (to <= at) throw new Error(`no progress at byte ${at} of ${JSON.stringify(text)}`)
    parts.push(bytes.toString('utf8', at, to))
    at = to
  }
  return parts
}

// One character or more of each class that the pattern tells apart, of one to four bytes, long assigned.
const CHARACTERS = Array.from('AÉǅ𐐀aß𐐨ʰא漢\u0301\u09031½٣Ⅷ \t\u0085\u00a0\u2028\u3000\n\r/!.\ufeff\u200d\0👍')

test('cuts where the regular expression does', () => {
  const text = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 30, size: 'max' })
  fc.assert(
    fc.property(text, (string) => {
      expect(split(string)).toEqual(string.match(tekkenPattern()) ?? [])
    }),
    { numRuns: 5000, seed: 8 },
  )
})

test('cuts every text of up to three characters where the regular expression does', () => {
  const all = CHARACTERS.flatMap((a) => CHARACTERS.flatMap((b) => CHARACTERS.map((c) => a + b + c)))
  const differing = all.filter((text) => split(text).join('|') !== text.match(tekkenPattern())?.join('|'))
  expect(differing).toEqual([])
})
