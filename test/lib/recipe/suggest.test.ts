import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { listNames, nearest } from '../../../lib/recipe/suggest.ts'

test.each([
  ['filers', ['files', 'filters'], 'files'],
  ['filers', ['filters', 'files'], 'filters'],
  ['licence', ['license', 'files'], 'license'],
  ['tkoens', ['tokens'], 'tokens'], // swapped neighbours count once
  ['Web', ['web'], 'web'],
  ['xz', ['y', 'xy'], 'xy'],
  ['x', ['y'], undefined], // no letter in common
  ['X', ['x'], 'x'],
  ['seed', ['sources'], undefined],
  ['', ['a'], undefined],
  ['tokens', [], undefined],
])('the nearest to %j of %j is %j', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected)
})

test('finds a name with one letter wrong, wherever it is', () => {
  const name = fc.stringMatching(/^[a-z]{3,12}$/)
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom('drop', 'double'), (right, place, fault) => {
      const at = place % right.length
      const wrong =
        right.slice(0, at) +
        (fault === 'drop' ? '' : right.charAt(at)) +
        right.slice(fault === 'drop' ? at + 1 : at)
      expect(nearest(wrong, ['0123456789', right])).toBe(right)
    }),
  )
})

test('listNames tells how many are left out', () => {
  expect(listNames(['a', 'b', 'c'], 2)).toBe('a, b and 1 more')
  expect(listNames(['a', 'b'])).toBe('a, b')
  expect(listNames([])).toBe('(none)')
})
