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

/** The rows of several runs whose keys lie in `range`, one run after another: read into one array, without a copy. */
export function readRanges(
  files: readonly string[],
  width: number,
  range: KeyRange,
  scratch = fresh,
): Uint32Array {
  const span = 2 ** 32 / 2 ** range.bits
  const slices = files.map((file) => {
    const run = openRun(file, width)
    try {
      const first = run.search([range.index * span, 0])
      return { file, first, rows: run.search([(range.index + 1) * span, 0]) - first }
    } finally {
      run.close()
    }
  })
  const all = scratch.words(slices.reduce((sum, { rows }) => sum + rows, 0) * width)
  let at = 0
  for (const { file, first, rows } of slices) {
    if (rows === 0) continue
    const run = openRun(file, width)
    try {
      run.readInto(all.subarray(at, at + rows * width), first)
    } finally {
      run.close()
    }
    at += rows * width
  }
  return all
}

/** All rows of several slices as one array, sorted by key; equal keys in the order of the slices. */
export function mergeSlices(slices: readonly Uint32Array[], width: number, scratch = fresh): Uint32Array {
  return sortRows(concatenate(slices, scratch), width, scratch)
}

export function concatenate(slices: readonly Uint32Array[], scratch = fresh): Uint32Array {
  const all = scratch.words(slices.reduce((total, slice) => total + slice.length, 0))
  let at = 0
  for (const slice of slices) {
    all.set(slice, at)
    at += slice.length
  }
  return all
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
