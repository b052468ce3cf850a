import { lookUp } from '../bpe/code-point-map.ts'
import { createMerger } from '../bpe/merge.ts'
import {
  characterLength,
  codePointAt,
  createTextBytes,
  TEXT_START,
  type TextBytes,
} from '../bpe/text-bytes.ts'
import { createUnitEncoder, type UnitEncoder } from '../bpe/unit-encoder.ts'
import { createUnitFinder, findEndByCharacters } from './characters.ts'
import type { SentencePieceTables } from './tables.ts'
import { createUserDefinedFinder } from './user-defined.ts'

/** Ids of a text: a view, valid until the next call. */
export type Encode = (text: string | Uint8Array) => Int32Array

/**
 * SentencePiece BPE: spaces and U+2581 are one symbol, a space goes in front, the text is cut into units where nothing
 * joins, and each unit is merged.
 */
export function createEncoder(tables: SentencePieceTables): Encode {
  const text = createTextBytes()
  const units = createUnits(tables)
  const findEnd = createUnitFinder(tables.characters)
  const first = tables.addDummyPrefix ? 0 : TEXT_START
  const userDefined = createUserDefinedFinder(tables)

  /** Units of [from, to), never reading past `to`: what follows it is a user-defined piece. */
  function addBetween(from: number, to: number): void {
    for (let at = from; at < to; ) {
      const end = findEndByCharacters(tables.characters, text.bytes, at, to)
      units.add(at, end)
      at = end
    }
  }

  function addWithUserDefined(find: NonNullable<typeof userDefined>): void {
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
    if (text.end === TEXT_START) return units.ids()
    spaceOutLowerBlocks(text)
    const { bytes, end } = text
    if (userDefined !== undefined) addWithUserDefined(userDefined)
    else {
      for (let at = first; at < end; ) {
        const to = findEnd(bytes, at, end)
        units.add(at, to)
        at = to
      }
    }
    return tables.byteIds.length === 0 ? joinUnknown(units.ids(), tables.unknown) : units.ids()
  }
}

/** A unit's characters as ids; one without a piece as its bytes' ids (which are in no pair), or the unknown id. */
function createUnits(tables: SentencePieceTables): UnitEncoder {
  const { byteIds, unknown, characters } = tables
  const merger = createMerger(tables.pairs)
  return createUnitEncoder({
    merger,
    symbolize(bytes, from, to) {
      const symbols = merger.reserve(to - from)
      let count = 0
      for (let at = from; at < to; ) {
        const after = at + characterLength(bytes[at] ?? 0)
        const number = lookUp(characters.numbers, codePointAt(bytes, at))
        if (number !== 0) symbols[count++] = characters.ids[number] ?? 0
        else if (byteIds.length === 0) symbols[count++] = unknown
        else for (let i = at; i < after; i++) symbols[count++] = byteIds[bytes[i] ?? 0] ?? 0
        at = after
      }
      return count
    },
  })
}

/** U+2581 in text counts as a space: E2 96 81 becomes 20, in place. */
function spaceOutLowerBlocks(text: TextBytes): void {
  const { bytes, end } = text
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, end)
  let found = buffer.indexOf(LOWER_BLOCK)
  if (found < 0) return
  let write = found
  while (found >= 0) {
    bytes[write++] = 0x20
    const next = buffer.indexOf(LOWER_BLOCK, found + 3)
    const rest = next < 0 ? end : next
    bytes.copyWithin(write, found + 3, rest)
    write += rest - found - 3
    found = next
  }
  bytes.fill(0, write, end)
  text.end = write
}

const LOWER_BLOCK = Buffer.from('\u2581')

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
