import type { CodePointMap } from '../bpe/code-point-map.ts'
import type { PairTable } from '../bpe/pair-table.ts'
import { sharedBytes } from '../bpe/shared-memory.ts'
import type { CharacterTables } from './characters.ts'

/**
 * A vocabulary in the form in which the WebAssembly kernel reads it (`assembly/layout.ts`): built once a process, copied
 * into each thread's memory.
 */
export interface KernelImage {
  readonly bytes: Uint8Array
  readonly classPages: number
  readonly joinWords: number
  readonly columns: number
  readonly pairSlots: number
}

const ASCII = 128
const BYTE_CUTS_BYTES = 1 << 16
const CUT = 0
const MAX_IDS = 1 << 16
/** The kernel's mark of a pair that does not merge: rank and id all ones. */
const NO_PAIR = 0xffff_ffff

/** The parts of a vocabulary's tables that the kernel needs. */
export interface KernelVocabulary {
  readonly vocabularySize: number
  /** Byte -> id (256), or empty without byte fallback. */
  readonly byteIds: Int32Array
  readonly characters: CharacterTables
  readonly pairs: PairTable
}

/** Undefined for a vocabulary beyond the kernel's limits: 65,536 ids and 65,535 ranks, every character encodable, no character with id 0. */
export function buildKernelImage(vocabulary: KernelVocabulary): KernelImage | undefined {
  const { vocabularySize, byteIds, characters, pairs } = vocabulary
  if (vocabularySize > MAX_IDS || byteIds.length !== 256) return undefined
  const { pages, entries } = characters.numbers
  if (characters.ids.some((id, number) => number > 0 && id === 0)) return undefined
  const merges = pairTable(pairs)
  if (merges === undefined) return undefined
  const classes = Uint32Array.from(entries, (number) => classOf(characters, number))
  const ascii = Uint32Array.from({ length: ASCII }, (_, code) =>
    classOf(characters, numberOf(characters.numbers, code)),
  )
  const parts = [
    Uint8Array.from({ length: BYTE_CUTS_BYTES }, (_, at) => {
      // The kernel's index is a little-endian load: the second byte is the upper one.
      return characters.byteJoins[((at & 255) << 8) | (at >> 8)] === CUT ? 1 : 0
    }),
    ascii,
    pages,
    Uint16Array.from(byteIds),
    classes,
    Uint16Array.from(entries, (number) => characters.ids[number] ?? 0),
    characters.joins,
    merges,
  ]
  const total = parts.reduce((sum, part) => sum + aligned(part), 0)
  const bytes = sharedBytes(total)
  let at = 0
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += aligned(part)
  }
  return {
    bytes,
    classPages: entries.length / 256,
    joinWords: aligned(characters.joins) / 4,
    columns: characters.columnCount,
    pairSlots: merges.length / 2,
  }
}

/** Parts begin at multiples of 64. */
function aligned(part: ArrayBufferView): number {
  return (part.byteLength + 63) & ~63
}

function numberOf({ pages, entries }: CodePointMap, code: number): number {
  return entries[((pages[code >> 8] ?? 0) << 8) | (code & 255)] ?? 0
}

/** Row | column << 16. */
function classOf({ rows, columns }: CharacterTables, number: number): number {
  return ((rows[number] ?? 0) | ((columns[number] ?? 0) << 16)) >>> 0
}

/** left << 16 | right, rank << 16 | merged: open addressing, at most half full; undefined when a rank does not fit. */
function pairTable(pairs: PairTable): Uint32Array | undefined {
  const slots = pairs.length / 4
  const table = new Uint32Array(2 * slots).fill(NO_PAIR)
  for (let from = 0; from < pairs.length; from += 4) {
    const left = pairs[from] ?? -1
    if (left < 0) continue
    const rank = pairs[from + 3] ?? 0
    if (rank >= 0xffff) return undefined
    const key = ((left << 16) | (pairs[from + 1] ?? 0)) >>> 0
    let slot = Math.imul(key, 0x9e3779b1) >>> 8
    while (table[2 * (slot & (slots - 1)) + 1] !== NO_PAIR) slot++
    slot &= slots - 1
    table[2 * slot] = key
    table[2 * slot + 1] = ((rank << 16) | (pairs[from + 2] ?? 0)) >>> 0
  }
  return table
}
