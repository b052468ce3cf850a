import { fresh } from './scratch.ts'

/**
 * Sorts fixed-width rows of 32-bit words by their first two words, as one unsigned 64-bit key (word 0 decides first).
 * Least-significant-digit radix sort over 16-bit digits of an index array, then one gather: stable, linear, and free of
 * comparison callbacks. Digits that all rows share are skipped, so small keys cost less.
 *
 * `rows` has `rows.length / width` rows; returns a new array, made by `scratch`.
 */
export function sortRows(rows: Uint32Array, width: number, scratch = fresh): Uint32Array<ArrayBuffer> {
  const count = rows.length / width
  const order = sortedOrder(count, (row, word) => rows[row * width + word] ?? 0, scratch)
  const sorted = scratch.words(rows.length)
  for (let to = 0; to < count; to++) {
    const from = (order[to] ?? 0) * width
    for (let word = 0; word < width; word++) sorted[to * width + word] = rows[from + word] ?? 0
  }
  return sorted
}

/** The stable permutation that sorts `count` rows by their 64-bit keys: `word(row, 0)` is the high half, `word(row, 1)` the low. */
export function sortedOrder(
  count: number,
  word: (row: number, word: 0 | 1) => number,
  scratch = fresh,
): Uint32Array {
  if (count < FEW_ROWS) return comparedOrder(count, word)
  let order: Uint32Array = scratch.words(count)
  let next: Uint32Array = scratch.words(count)
  for (let i = 0; i < count; i++) order[i] = i
  const starts = scratch.words(65537)
  const digits = scratch.halves(count)
  for (const half of [1, 0] as const) {
    for (const shift of [0, 16]) {
      starts.fill(0)
      countDigits(digits, starts, word, half, shift)
      if (starts[(digits[0] ?? 0) + 1] === count) continue
      place(order, next, digits, starts)
      const done = order
      order = next
      next = done
    }
  }
  return order
}

// The loops of a pass are functions of their own: compiled once, not anew for each loop that is left.

/** Each row's digit, and, one further on, how many rows have it. */
function countDigits(
  digits: Uint16Array,
  starts: Uint32Array,
  word: (row: number, word: 0 | 1) => number,
  half: 0 | 1,
  shift: number,
): void {
  for (let row = 0; row < digits.length; row++) {
    const digit = (word(row, half) >>> shift) & 0xffff
    digits[row] = digit
    starts[digit + 1] = (starts[digit + 1] ?? 0) + 1
  }
}

/** `order` by the rows' digits, into `next`; `starts` are counts at first. */
function place(order: Uint32Array, next: Uint32Array, digits: Uint16Array, starts: Uint32Array): void {
  for (let digit = 0; digit < 65536; digit++)
    starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0)
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0
    const digit = digits[row] ?? 0
    const at = starts[digit] ?? 0
    starts[digit] = at + 1
    next[at] = row
  }
}

/** Below so many rows, comparing them costs less than clearing the digits' 65,537 counters. */
const FEW_ROWS = 2048

function comparedOrder(count: number, word: (row: number, word: 0 | 1) => number): Uint32Array {
  const order = new Uint32Array(count)
  for (let row = 0; row < count; row++) order[row] = row
  return order.toSorted((a, b) => word(a, 0) - word(b, 0) || word(a, 1) - word(b, 1) || a - b)
}
