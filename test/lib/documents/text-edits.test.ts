import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { editText, editTurns } from '../../../lib/documents/text-edits.ts'

/** Cuts of a text in order: even ones begin an edit or turn, odd ones end it. */
const cuts = (length: number): fc.Arbitrary<[number, number][]> =>
  fc.array(fc.nat(length), { maxLength: 12 }).map((places) => {
    const sorted = places.toSorted((a, b) => a - b)
    return Array.from({ length: Math.floor(sorted.length / 2) }, (_, i) => [
      sorted[2 * i]!,
      sorted[2 * i + 1]!,
    ])
  })

test('turns keep the characters that are not edited, and get what stands for those that are', () => {
  const text = 'abcdefghijklmnopqrst'
  fc.assert(
    fc.property(
      cuts(text.length),
      cuts(text.length),
      fc.string({ maxLength: 3 }),
      (places, spans, instead) => {
        const turns = places.map(([start, end]) => ({ role: 'user' as const, start, end }))
        const edits = spans.map(([start, end]) => ({ start, end, text: instead.toUpperCase() }))
        const edited = editText(text, edits)
        const moved = editTurns(turns, edits)
        const isEdited = (at: number): boolean => edits.some(({ start, end }) => at >= start && at < end)
        let before = 0
        for (const [index, { start, end }] of moved.entries()) {
          expect(start).toBeGreaterThanOrEqual(before)
          expect(end).toBeGreaterThanOrEqual(start)
          expect(end).toBeLessThanOrEqual(edited.length)
          before = end
          const turn = turns[index]!
          const rest = text
            .slice(turn.start, turn.end)
            .split('')
            .filter((_, i) => !isEdited(turn.start + i))
          expect(
            edited
              .slice(start, end)
              .split('')
              .filter((c) => /[a-t]/.test(c)),
          ).toEqual(rest)
        }
      },
    ),
  )
})

test('an edit over two turns belongs to the first', () => {
  const turns = [
    { role: 'user' as const, start: 0, end: 5 },
    { role: 'assistant' as const, start: 7, end: 12 },
  ]
  expect(editTurns(turns, [{ start: 3, end: 9, text: 'xy' }])).toEqual([
    { role: 'user', start: 0, end: 5 },
    { role: 'assistant', start: 5, end: 8 },
  ])
})
