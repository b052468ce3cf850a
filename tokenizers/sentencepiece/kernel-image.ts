import type { CodePointMap } from '../bpe/code-point-map.ts'
import { joinParts, type KernelImage, partBytes } from '../bpe/kernel-image.ts'
import type { PairTable } from '../bpe/pair-table.ts'
import type { CharacterTables } from './characters.ts'

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
  const ascii = Uint32Array.from({ length: ASCII }, (_, code) =>
    classOf(characters, numberOf(characters.numbers, code)),
  )
  // Plain loops: `from` with a function is ten times as slow, and this is done in every process.
  const byteCuts = new Uint8Array(BYTE_CUTS_BYTES)
  for (let at = 0; at < BYTE_CUTS_BYTES; at++) {
    // The kernel's index is a little-endian load: the second byte is the upper one.
    byteCuts[at] = characters.byteJoins[((at & 255) << 8) | (at >> 8)] === CUT ? 1 : 0
  }
  const classes = new Uint32Array(entries.length)
  const ids = new Uint16Array(entries.length)
  for (let at = 0; at < entries.length; at++) {
    const number = entries[at] ?? 0
    classes[at] = classOf(characters, number)
    ids[at] = characters.ids[number] ?? 0
  }
  const parts = [byteCuts, ascii, pages, Uint16Array.from(byteIds), classes, ids, characters.joins, merges]
  return {
    bytes: joinParts(parts),
    sizes: [entries.length / 256, partBytes(characters.joins) / 4, characters.columnCount, merges.length / 2],
  }
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
