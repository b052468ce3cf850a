import { lookUp } from '../bpe/code-point-map.ts'
import { createMerger } from '../bpe/merge.ts'
import { characterLength, codePointAt, createTextBytes } from '../bpe/text-bytes.ts'
import { createUnitEncoder, type UnitEncoder } from '../bpe/unit-encoder.ts'
import { createUnitFinder, findEndByCharacters } from './characters.ts'
import { createNormalizer } from './normalize.ts'
import type { SentencePieceTables } from './tables.ts'
import { replaceUnused } from './unused.ts'
import { createUserDefinedFinder } from './user-defined.ts'

/** Ids of a text: a view, valid until the next call. */
export type Encode = (text: string | Uint8Array) => Int32Array

/**
 * SentencePiece BPE: spaces and U+2581 are one symbol, a space goes in front, the text is cut into units where nothing
 * joins, and each unit is merged. Pieces that are not to be used then fall apart.
 */
export function createEncoder(tables: SentencePieceTables): Encode {
  const text = createTextBytes()
  const units = createUnits(tables)
  const findEnd = createUnitFinder(tables.characters)
  const normalize = createNormalizer(tables)
  const userDefined = createUserDefinedFinder(tables)

  /** Units of [from, to), never reading past `to`: what follows it is a user-defined piece. */
  function addBetween(from: number, to: number): void {
    for (let at = from; at < to; ) {
      const end = findEndByCharacters(tables.characters, text.bytes, at, to)
      units.add(at, end)
      at = end
    }
  }

  function addWithUserDefined(find: NonNullable<typeof userDefined>, first: number): void {
    let from = first
    for (let at = first; at < text.end; ) {
      const match = find(text.bytes, at, text.end)
      if (match === undefined) {
        at += characterLength(text.bytes[at] ?? 0)
        continue
      }
      addBetween(from, at)
      units.addId(match.id)
      at += match.length
      from = at
    }
    addBetween(from, text.end)
  }

  return (input) => {
    text.load(input)
    units.start(text.bytes)
    const first = normalize(text)
    const { bytes, end } = text
    if (userDefined !== undefined) addWithUserDefined(userDefined, first)
    else {
      for (let at = first; at < end; ) {
        const to = findEnd(bytes, at, end)
        units.add(at, to)
        at = to
      }
    }
    const ids =
      tables.unusedParts === undefined ? units.ids() : replaceUnused(units.ids(), tables.unusedParts)
    return tables.byteIds.length === 0 ? joinUnknown(ids, tables.unknown) : ids
  }
}

const SPACE = 0x20
/** What a space is to SentencePiece, also where the vocabulary has no piece for it. */
const LOWER_BLOCK = Buffer.from('\u2581')

/** A unit's characters as ids; one without a piece as its bytes' ids (which are in no pair), or the unknown id. */
function createUnits(tables: SentencePieceTables): UnitEncoder {
  const { byteIds, unknown, characters } = tables
  const merger = createMerger(tables.pairs)
  /** Of a byte of text. */
  const mostSymbols = lookUp(characters.numbers, SPACE) === 0 ? LOWER_BLOCK.length : 1
  return createUnitEncoder({
    merger,
    symbolize(bytes, from, to) {
      const symbols = merger.reserve(mostSymbols * (to - from))
      let count = 0
      for (let at = from; at < to; ) {
        const after = at + characterLength(bytes[at] ?? 0)
        const number = lookUp(characters.numbers, codePointAt(bytes, at))
        if (number !== 0) symbols[count++] = characters.ids[number] ?? 0
        else if (byteIds.length === 0) symbols[count++] = unknown
        else if (bytes[at] === SPACE) for (const byte of LOWER_BLOCK) symbols[count++] = byteIds[byte] ?? 0
        else for (let i = at; i < after; i++) symbols[count++] = byteIds[bytes[i] ?? 0] ?? 0
        at = after
      }
      return count
    },
  })
}

/** Without byte fallback, SentencePiece gives one unknown id for a run of them. In place. */
function joinUnknown(ids: Int32Array, unknown: number): Int32Array {
  let kept = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] ?? 0
    if (id === unknown && i > 0 && ids[kept - 1] === unknown) continue
    ids[kept++] = id
  }
  return ids.subarray(0, kept)
}
