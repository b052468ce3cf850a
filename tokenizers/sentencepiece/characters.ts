import { buildCodePointMap, type CodePointMap, lookUp } from '../bpe/code-point-map.ts'
import { sharedBytes, sharedInt32, sharedUint16, toSharedInt32 } from '../bpe/shared-memory.ts'
import { characterLength, codePointAt } from '../bpe/text-bytes.ts'
import { isOneCharacter } from './vocabulary.ts'

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

/** @param pieces text (with U+2581 for a space) -> id of every piece that merging can give */
export function buildCharacterTables(pieces: ReadonlyMap<string, number>): CharacterTables {
  const characters = [...pieces].filter(([text]) => isOneCharacter(text))
  const numbers = buildCodePointMap(characters.map(([text], i) => [plain(text), i + 1] as const))
  const ids = toSharedInt32([0, ...characters.map(([, id]) => id)])

  const rows = sharedUint16(ids.length)
  const columns = sharedUint16(ids.length)
  let rowCount = 1
  let columnCount = 1
  const pairs: [number, number][] = []
  for (const text of pieces.keys()) {
    let first = 0
    for (const character of text) {
      const second = lookUp(numbers, plain(character))
      if (first !== 0) {
        rows[first] ||= rowCount++
        columns[second] ||= columnCount++
        pairs.push([rows[first] ?? 0, columns[second] ?? 0])
      }
      first = second
    }
  }
  const joins = sharedInt32(Math.ceil((rowCount * columnCount) / 32))
  for (const [row, column] of pairs) {
    const bit = row * columnCount + column
    joins[bit >>> 5] = (joins[bit >>> 5] ?? 0) | (1 << (bit & 31))
  }
  const tables = { numbers, ids, rows, columns, joins, columnCount }
  return { ...tables, byteJoins: byteJoinsOf(tables) }
}

/** The code point of a character of a piece, in the text's form. */
function plain(character: string): number {
  return character === '\u2581' ? 0x20 : (character.codePointAt(0) ?? 0)
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
