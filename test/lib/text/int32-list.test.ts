import { expect, test } from 'vitest'
import { grown, int32List, push, roomFor } from '../../../lib/text/int32-list.ts'

test('a list grows and keeps what it holds', () => {
  const list = int32List(1)
  for (let i = 0; i < 100; i++) push(list, i)
  expect([...list.items.subarray(0, list.length)]).toEqual(Array.from({ length: 100 }, (_, i) => i))
})

test('an array at least doubles, whatever its type', () => {
  for (const items of [Int32Array.of(1, 2), Uint16Array.of(1, 2), Uint8Array.of(1, 2)]) {
    expect(grown(items, 2)).toBe(items)
    expect([...grown(items, 3)]).toEqual([1, 2, 0, 0])
    expect(grown(items, 9)).toHaveLength(9)
    expect(grown(items, 9).constructor).toBe(items.constructor)
  }
})

test('room that one huge text needed is given back, other room is kept', () => {
  const large = new Uint8Array(3_000_000)
  expect(roomFor(large, 3_000_000)).toBe(large)
  expect(roomFor(large, 400_000)).toBe(large)
  expect(roomFor(large, 300_000)).toHaveLength(300_000)
  const small = new Uint8Array(1000)
  expect(roomFor(small, 1)).toBe(small)
  expect(roomFor(small, 1001)).toHaveLength(2000)
})
