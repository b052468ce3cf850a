/**
 * A run: a file of fixed-width rows of little-endian 32-bit words, sorted by the first two words as one unsigned 64-bit
 * key. Runs are how the steps hand data on: a unit writes its rows sorted, and a unit of the next step reads the slice of
 * one key range from every run. All sorting is therefore external, reads are sequential, and no unit holds more than its
 * own range.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { MillraceError } from '../errors.ts'
import { fresh, type Scratch } from '../kernels/scratch.ts'
import { sortRows } from '../kernels/sort-rows.ts'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'

/** A key range [from, to) in units of 2^-bits of the key space: range `index` of `2^bits` equal ones. */
export interface KeyRange {
  readonly index: number
  readonly bits: number
}

/** The number of bits (0…`maxBits`) that cuts `rows` rows into ranges of at most about `rowsPerRange`. */
export function rangeBits(rows: number, rowsPerRange: number, maxBits = 16): number {
  let bits = 0
  while (bits < maxBits && rows / 2 ** bits > rowsPerRange) bits++
  return bits
}

/** Every range of `2^bits`, in key order. */
export function keyRanges(bits: number): KeyRange[] {
  return Array.from({ length: 2 ** bits }, (_, index) => ({ index, bits }))
}

/** Bytes of a word array as they stand in memory; every platform that Node runs on is little-endian. */
export function bytesOf(words: Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}

/** Sorts `rows` (any order) and writes them as a run. */
export async function writeRun(
  file: string,
  rows: Uint32Array,
  width: number,
  scratch = fresh,
): Promise<WrittenFile> {
  return writeWhole(file, bytesOf(sortRows(rows, width, scratch)))
}

/** The rows of the run whose keys lie in `range`, in key order. */
export function readRange(file: string, width: number, range: KeyRange, scratch = fresh): Uint32Array {
  const span = 2 ** 32 / 2 ** range.bits
  const first = range.index * span
  return readSlice(file, width, [first, 0], [first + span, 0], scratch)
}

/** The rows of the run with `from` <= key < `to`; keys are [high, low], and a high half of 2^32 is past every key. */
export function readSlice(
  file: string,
  width: number,
  from: readonly [number, number],
  to: readonly [number, number],
  scratch = fresh,
): Uint32Array {
  const run = openRun(file, width)
  try {
    const first = run.search(from)
    const last = run.search(to)
    return run.read(first, last - first, scratch)
  } finally {
    run.close()
  }
}

/**
 * The rows of several runs whose keys lie in `range`, one run after another: read into one array, without a copy. `see` is
 * told of each run's rows as they are there.
 */
export function readRanges(
  files: readonly string[],
  width: number,
  range: KeyRange,
  scratch = fresh,
  see?: (rows: Uint32Array, file: number) => void,
): Uint32Array {
  const slices = slicesOf(files, width, range)
  const all = scratch.words(slices.reduce((sum, { rows }) => sum + rows, 0) * width)
  let to = 0
  for (const { file, at, first, rows } of slices) {
    const own = all.subarray(to, (to += rows * width))
    readRows(file, width, first, own)
    see?.(own, at)
  }
  return all
}

/**
 * The same with each run's number put in before the last word of its rows, which are one word wider then.
 *
 * @example
 * readNumberedRanges([{ file, number: 7 }], 3, range) // of the rows 1 2 3, 4 5 6: 1 2 7 3, 4 5 7 6
 */
export function readNumberedRanges(
  runs: readonly { readonly file: string; readonly number: number }[],
  width: number,
  range: KeyRange,
  scratch = fresh,
): Uint32Array {
  const slices = slicesOf(
    runs.map(({ file }) => file),
    width,
    range,
  )
  const all = scratch.words(slices.reduce((sum, { rows }) => sum + rows, 0) * (width + 1))
  let to = 0
  for (const { file, at, first, rows } of slices) {
    const number = runs[at]?.number ?? 0
    // Read to the end of the place that they will take: what is moved forward then never meets what is not moved yet.
    let from = to + rows
    const end = from + rows * width
    readRows(file, width, first, all.subarray(from, end))
    for (; from < end; from += width, to += width + 1) {
      for (let word = 0; word < width - 1; word++) all[to + word] = all[from + word] ?? 0
      all[to + width] = all[from + width - 1] ?? 0
      all[to + width - 1] = number
    }
  }
  return all
}

/** Where the rows in the range lie in each file that has some, which is `files[at]`. */
function slicesOf(
  files: readonly string[],
  width: number,
  { index, bits }: KeyRange,
): { file: string; at: number; first: number; rows: number }[] {
  const span = 2 ** 32 / 2 ** bits
  return files.flatMap((file, at) => {
    const run = openRun(file, width)
    try {
      const first = run.search([index * span, 0])
      const rows = run.search([(index + 1) * span, 0]) - first
      return rows === 0 ? [] : [{ file, at, first, rows }]
    } finally {
      run.close()
    }
  })
}

function readRows(file: string, width: number, first: number, words: Uint32Array): void {
  const run = openRun(file, width)
  try {
    run.readInto(words, first)
  } finally {
    run.close()
  }
}

export interface Run {
  readonly rows: number
  /** Index of the first row whose key is >= `key`; `rows` if there is none. */
  search(key: readonly [number, number]): number
  /** Rows [start, start + count). */
  read(start: number, count: number, scratch?: Scratch): Uint32Array
  /** Rows from `start` on, as many as `words` has room for. */
  readInto(words: Uint32Array, start: number): void
  close(): void
}

/** Opens a run (or any file of fixed-width rows) for random access; the caller closes it. */
export function openRun(file: string, width: number): Run {
  const descriptor = openSync(file, 'r')
  const rows = fstatSync(descriptor).size / (width * 4)
  if (!Number.isInteger(rows)) {
    closeSync(descriptor)
    throw damaged(file, 'its size is not a whole number of rows')
  }
  const readInto = (words: Uint32Array, start: number): void => {
    const bytes = bytesOf(words)
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(descriptor, bytes, done, bytes.length - done, start * width * 4 + done)
      if (got === 0) throw damaged(file, 'it ended early')
      done += got
    }
  }
  const read = (start: number, count: number, scratch = fresh): Uint32Array => {
    const words = scratch.words(count * width)
    readInto(words, start)
    return words
  }
  return {
    rows,
    read,
    readInto,
    search([high, low]) {
      let first = 0
      let last = rows
      while (first < last) {
        const middle = Math.floor((first + last) / 2)
        const [rowHigh = 0, rowLow = 0] = read(middle, 1)
        if (rowHigh < high || (rowHigh === high && rowLow < low)) first = middle + 1
        else last = middle
      }
      return first
    },
    close: () => closeSync(descriptor),
  }
}

function damaged(file: string, what: string): MillraceError {
  return new MillraceError('OUTPUT_DAMAGED', `${file} is damaged: ${what}`, {
    file,
    fix: 'Delete it and run the build again: only what is missing is made anew.',
  })
}
