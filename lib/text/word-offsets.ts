import { INFO_SHIFT } from './chunk-table.ts'
import { roomFor } from './int32-list.ts'
import type { Words } from './word-arrays.ts'

let offsets = new Int32Array(1 << 10)

/** Where each word, and the end of the last one, lies among the UTF-16 units that are not white space; reused by the next call. */
export function wordOffsets(text: Words): Int32Array {
  offsets = roomFor(offsets, text.ids.length + 1)
  // Cheaper, and as many.
  if (text.hasPairs) sumUnits(text, offsets)
  else sumPoints(text, offsets)
  return offsets
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
