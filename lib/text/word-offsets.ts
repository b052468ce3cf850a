import { INFO_SHIFT } from './chunk-table.ts'
import { roomFor } from './int32-list.ts'
import type { Words } from './word-arrays.ts'

/** Where a text's words lie among its characters that are not white space. */
export interface WordOffsets {
  /** By word, and behind the last one: code points, and UTF-16 units, before it. One array where they are the same. */
  readonly points: Int32Array
  readonly units: Int32Array
}

let points = new Int32Array(1 << 10)
let units = new Int32Array(1 << 10)

/** The arrays are reused by the next call. */
export function wordOffsets(text: Words): WordOffsets {
  const count = text.ids.length
  points = roomFor(points, count + 1)
  sumPoints(text, points)
  if (!text.hasPairs) return { points, units: points }
  units = roomFor(units, count + 1)
  sumUnits(text, units)
  return { points, units }
}

function sumPoints({ ids, info }: Words, into: Int32Array): void {
  const { items, length } = ids
  let sum = 0
  for (let word = 0; word < length; word++) {
    into[word] = sum
    sum += (info[items[word] ?? 0] ?? 0) >>> INFO_SHIFT
  }
  into[length] = sum
}

function sumUnits({ ids, wordSpans }: Words, into: Int32Array): void {
  const { items, length } = ids
  const { ends } = wordSpans
  let sum = 0
  for (let word = 0; word < length; word++) {
    const id = items[word] ?? 0
    into[word] = sum
    sum += (ends[id] ?? 0) - (id === 0 ? 0 : (ends[id - 1] ?? 0))
  }
  into[length] = sum
}
