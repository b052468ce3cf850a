import { expect, test } from 'vitest'
import { equalsOf, findFirsts, makeGramRoom } from '../../../lib/text/gram-room.ts'

/** The hash whose key is `key`: of 40,000 small keys all are in one bucket, more than its table begins with. */
function hashOf(key: number): number {
  let hash = Math.imul(key ^ (key >>> 16), 0x7ed1b41d)
  hash = Math.imul(hash ^ (hash >>> 13) ^ (hash >>> 26), 0xa5cb9243)
  return hash ^ (hash >>> 16)
}

test.each<[string, number, (item: number) => number]>([
  ['no hash', 0, () => 0],
  ['one', 1, () => -1],
  ['one again and again', 100_000, () => 7],
  ['hashes that differ', 100_000, (item) => Math.imul(item, 0x9e3779b1)],
  ['many that stand thrice', 100_000, (item) => Math.imul(item % 33_334, 0x9e3779b1)],
  ['a bucket of which more differ than have room', 120_000, (item) => hashOf(item % 40_000)],
])('finds where each stands first: %s', (_, count, hashAt) => {
  makeGramRoom(count)
  const hashes = Int32Array.from({ length: count }, (_, item) => hashAt(item))
  const known = new Map<number, number>()
  const firsts = hashes.map((hash, item) => {
    if (!known.has(hash)) known.set(hash, item)
    return known.get(hash)!
  })
  const free = findFirsts(hashes, count)
  expect(hashes.findIndex((first, item) => first !== firsts[item])).toBe(-1)
  expect(free.subarray(0, count).every((value) => value === 0)).toBe(true)
})

test('of items whose hashes are equal tells those that differ', () => {
  const items = ['a', 'b', 'a', 'c', 'b', 'c', 'a']
  const equalOf = equalsOf((item, other) => items[item] === items[other])
  expect(items.slice(1).map((_, at) => equalOf(at + 1, 0))).toEqual([1, 0, 3, 1, 3, 0])
})
