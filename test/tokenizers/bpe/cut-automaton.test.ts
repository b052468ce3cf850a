import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { lookUp } from '../../../tokenizers/bpe/code-point-map.ts'
import { buildCutAutomaton } from '../../../tokenizers/bpe/cut-automaton.ts'
import { END_KIND } from '../../../tokenizers/bpe/split-automaton.ts'
import { splitForKernel } from '../../../tokenizers/tekken/automata.ts'

const text = fc.string({
  unit: fc.constantFrom(...Array.from(" \n\r\t'aBcDsSrReEvVlLtTdDmM19./!-\u0000")),
  maxLength: 60,
  size: 'max',
})

/** Ends of the matches but the last, by the automaton of one match, begun anew at each. */
function endsOf(automaton: Uint16Array, kinds: readonly number[]): number[] {
  const ends: number[] = []
  for (let from = 0; from < kinds.length; ) {
    let end = from
    let row = 64
    for (let at = from; row !== 0 && at <= kinds.length; at++) {
      const next = automaton[row / 2 + (kinds[at] ?? END_KIND)]!
      if ((next & 1) === 1) end = at
      row = next & ~1
    }
    ends.push((from = end))
  }
  return ends.slice(0, -1)
}

// What the cut automaton leaves is split as before: how little that is in ordinary text is its use.
test.each(['tekken', 'o200k', 'cl100k', 'gpt2'] as const)('%s: cuts where match after match does', (name) => {
  const { automaton, kinds } = splitForKernel(name)
  const cutAutomaton = buildCutAutomaton(automaton)
  const kindsOf = (string: string): number[] =>
    Array.from(string, (character) => lookUp(kinds, character.charCodeAt(0)))
  function cutsOf(string: string): { cuts: number[]; read: number } {
    const cuts: number[] = []
    let row = 64
    let read = 0
    for (const kind of kindsOf(string)) {
      const entry = cutAutomaton[row / 2 + kind]!
      if ((entry & 1) === 1) cuts.push(read - 1)
      if ((entry & 2) === 2) cuts.push(read)
      row = entry & ~63
      if (row === 0) break
      read++
    }
    return { cuts, read }
  }
  fc.assert(
    fc.property(text, (string) => {
      const { cuts } = cutsOf(string)
      expect({ string, cuts }).toEqual({
        string,
        cuts: endsOf(automaton, kindsOf(string)).slice(0, cuts.length),
      })
    }),
    { numRuns: 2000, seed: 41 },
  )
  const ordinary = "Where it isn't known, (as here): the HTML of 12 pages;  two spaces\nand a line's end. "
  expect(cutsOf(ordinary)).toEqual({
    cuts: endsOf(automaton, kindsOf(ordinary)),
    read: ordinary.length,
  })
})
