import { varint } from './parquet-layout.ts'

/*
 * A data page of lists of required INT32, before compression: u32 size and repetition levels, u32 size and definition
 * levels, i32 values. Levels are bits, run-length encoded: a varint of twice the count, then the level in a byte.
 *
 * Lists of 3, 0 and 1: repetition 0 1 1 | 0 | 0, definition 1 1 1 | 0 | 1, four values.
 */

/** The page of lists of these lengths; `values` are those of all, end to end. Also returns its count of levels. */
export function encodePage(lengths: Iterable<number>, values: Int32Array): { page: Buffer; values: number } {
  const repetition: number[] = []
  const definition = createRuns()
  let empty = 0
  for (const length of lengths) {
    // A list begins with level 0 and goes on with 1; an empty one is level 0 without a value.
    repetition.push(...run(1, 0))
    if (length > 1) repetition.push(...run(length - 1, 1))
    if (length === 0) empty++
    definition.add(Math.max(1, length), length === 0 ? 0 : 1)
  }
  const parts = [repetition, definition.bytes()].flatMap((levels) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(levels.length)
    return [size, Buffer.from(levels)]
  })
  const stored = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return { page: Buffer.concat([...parts, stored]), values: values.length + empty }
}

/** `count` times the level `bit`, run-length encoded. */
function run(count: number, bit: 0 | 1): number[] {
  return [...varint(2 * count), bit]
}

function createRuns(): { add(count: number, bit: 0 | 1): void; bytes(): number[] } {
  const done: number[] = []
  let open = 0
  let level: 0 | 1 = 1
  const flush = (): void => {
    if (open > 0) done.push(...run(open, level))
  }
  return {
    add(count, bit) {
      if (bit !== level) {
        flush()
        open = 0
        level = bit
      }
      open += count
    },
    bytes() {
      flush()
      open = 0
      return done
    },
  }
}

/** A page's levels: repetition, definition; each with its size before it. */
export function numbersOf(page: Buffer): Int32Array {
  const definitionAt = 4 + page.readUInt32LE(0)
  const valuesAt = definitionAt + 4 + page.readUInt32LE(definitionAt)
  return new Int32Array(Uint8Array.from(page.subarray(valuesAt)).buffer)
}

/** Lengths of a page's lists, from levels as `encodePage` writes them. */
export function listLengths(page: Buffer): number[] {
  const repetition = runsOf(page.subarray(4, 4 + page.readUInt32LE(0)))
  const definitionAt = 4 + page.readUInt32LE(0)
  const definition = runsOf(
    page.subarray(definitionAt + 4, definitionAt + 4 + page.readUInt32LE(definitionAt)),
  )
  const lengths: number[] = []
  for (const { count, bit } of repetition) {
    if (bit === 0) lengths.push(1)
    else lengths.push((lengths.pop() ?? 0) + count)
  }
  // Level 0 of definition: the list has no value.
  let place = 0
  const empty = definition.flatMap(({ count, bit }) => {
    const from = place
    place += count
    return bit === 0 ? [[from, place] as const] : []
  })
  let at = 0
  let next = 0
  return lengths.map((length) => {
    while (next < empty.length && (empty[next]?.[1] ?? 0) <= at) next++
    const isEmpty = next < empty.length && (empty[next]?.[0] ?? 0) <= at
    at += length
    return isEmpty ? 0 : length
  })
}

function runsOf(bytes: Buffer): { count: number; bit: number }[] {
  const runs: { count: number; bit: number }[] = []
  for (let at = 0; at < bytes.length; at++) {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) break
    }
    runs.push({ count: value / 2, bit: bytes[at] ?? 0 })
  }
  return runs
}
