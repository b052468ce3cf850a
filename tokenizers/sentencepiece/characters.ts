import { buildCodePointMap, type CodePointMap, lookUp } from '../bpe/code-point-map.ts'
import { sharedBytes, sharedInt32, sharedUint16, toSharedInt32 } from '../bpe/shared-memory.ts'
import { characterLength, codePointAt } from '../bpe/text-bytes.ts'

/**
 * Which characters have a piece, and which two can stand side by side inside one. Where the pair at a border is in no
 * piece, no merge can cross the border: text is cut there into units, each encoded on its own.
 *
 * Characters are UTF-8 with a plain space for U+2581.
 */
export interface CharacterTables {
  /** Code point -> number of the character, from 1; 0: it has no piece. */
  readonly numbers: CodePointMap
  /** By number of the character: the id of its piece. */
  readonly ids: Int32Array
  /** By number of the character: its row (first of a pair) and column (second) in `joins`; 0: it joins nothing. */
  readonly rows: Uint16Array
  readonly columns: Uint16Array
  /** One bit a pair, at row * columnCount + column: both can be side by side in a piece. */
  readonly joins: Int32Array
  readonly columnCount: number
  /** The same for two raw bytes, at first << 8 | second: 0 cut, 1 joined, 2 see the whole characters. */
  readonly byteJoins: Uint8Array
}

const CUT = 0
const JOINED = 1
const LOOK = 2

/**
 * @param pieces text (with U+2581 for a space) -> id of every piece that merging can give
 * @param single those of one character
 */
export function buildCharacterTables(
  pieces: ReadonlyMap<string, number>,
  single: readonly (readonly [text: string, id: number])[],
): CharacterTables {
  const numbers = buildCodePointMap(
    single.map(([text], i) => [plain(text.codePointAt(0) ?? 0), i + 1] as const),
  )
  const ids = toSharedInt32([0, ...single.map(([, id]) => id)])

  const rows = sharedUint16(ids.length)
  const columns = sharedUint16(ids.length)
  let rowCount = 1
  let columnCount = 1
  eachPair(numbers, pieces.keys(), (first, second) => {
    rows[first] ||= rowCount++
    columns[second] ||= columnCount++
  })
  const joins = sharedInt32(Math.ceil((rowCount * columnCount) / 32))
  eachPair(numbers, pieces.keys(), (first, second) => {
    const bit = (rows[first] ?? 0) * columnCount + (columns[second] ?? 0)
    joins[bit >>> 5] = (joins[bit >>> 5] ?? 0) | (1 << (bit & 31))
  })
  const tables = { numbers, ids, rows, columns, joins, columnCount }
  return { ...tables, byteJoins: byteJoinsOf(tables) }
}

/** The numbers of every two neighbouring characters that have one. */
function eachPair(
  numbers: CodePointMap,
  texts: Iterable<string>,
  see: (first: number, second: number) => void,
): void {
  for (const text of texts) {
    let first = 0
    for (let at = 0; at < text.length; ) {
      const code = text.codePointAt(at) ?? 0
      const second = lookUp(numbers, plain(code))
      if (first !== 0) see(first, second)
      first = second
      at += code > 0xffff ? 2 : 1
    }
  }
}

/** The first character of a piece that has no number. */
export function firstUnknown({ numbers }: CharacterTables, text: string): string | undefined {
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0
    if (lookUp(numbers, plain(code)) === 0) return String.fromCodePoint(code)
    at += code > 0xffff ? 2 : 1
  }
  return undefined
}

/** Writes the ids of a piece's characters; returns how many. */
export function writeIds({ numbers, ids }: CharacterTables, text: string, into: Int32Array): number {
  let count = 0
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0
    into[count++] = ids[lookUp(numbers, plain(code))] ?? 0
    at += code > 0xffff ? 2 : 1
  }
  return count
}

/** A code point of a piece, in the text's form. */
function plain(code: number): number {
  return code === 0x2581 ? 0x20 : code
}

function byteJoinsOf(tables: Omit<CharacterTables, 'byteJoins'>): Uint8Array {
  const byteJoins = sharedBytes(1 << 16)
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      const ascii = first < 0x80 && second < 0x80
      const joined =
        ascii && joinsNumbers(tables, lookUp(tables.numbers, first), lookUp(tables.numbers, second))
      // Zeros follow the text, so only the careful path, which knows its end, may say that NUL joins.
      const sure = ascii && !(joined && second === 0)
      byteJoins[(first << 8) | second] = sure ? (joined ? JOINED : CUT) : LOOK
    }
  }
  return byteJoins
}

function joinsNumbers(tables: Omit<CharacterTables, 'byteJoins'>, first: number, second: number): boolean {
  const { rows, columns, joins, columnCount } = tables
  // Row and column 0 are all zeros: a character that joins nothing needs no test.
  const bit = (rows[first] ?? 0) * columnCount + (columns[second] ?? 0)
  return (((joins[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1
}

/** The end of the unit that begins at `from`, at most `end`. */
export type FindUnitEnd = (bytes: Uint8Array, from: number, end: number) => number

export function createUnitFinder(tables: CharacterTables): FindUnitEnd {
  const { byteJoins } = tables
  return (bytes, from, end) => {
    let last = bytes[from] ?? 0
    let to = from + 1
    let join = CUT
    for (;;) {
      const next = bytes[to] ?? 0
      join = byteJoins[(last << 8) | next] ?? CUT
      if (join !== JOINED) break
      last = next
      to++
    }
    return join === CUT ? to : findEndByCharacters(tables, bytes, to - 1, end)
  }
}

/** As `FindUnitEnd`, from the start of a character, one character at a time. */
export function findEndByCharacters(
  tables: CharacterTables,
  bytes: Uint8Array,
  from: number,
  end: number,
): number {
  const { numbers } = tables
  let to = from + characterLength(bytes[from] ?? 0)
  let first = lookUp(numbers, codePointAt(bytes, from))
  while (to < end) {
    const second = lookUp(numbers, codePointAt(bytes, to))
    if (!joinsNumbers(tables, first, second)) return to
    first = second
    to += characterLength(bytes[to] ?? 0)
  }
  return to
}
