import { type CodePointMap, lookUp } from './code-point-map.ts'
import { buildCutAutomaton } from './cut-automaton.ts'
import { joinParts, type KernelImage, partBytes } from './kernel-image.ts'
import type { PairTable } from './pair-table.ts'
import { END_KIND } from './split-automaton.ts'

/** A split pattern for the kernel. */
export interface KernelSplit {
  /** Kind of every character, below 31. */
  readonly kinds: CodePointMap
  /** The pattern over these kinds (`buildSplitAutomaton`). */
  readonly automaton: Uint16Array
}

interface RankVocabulary {
  /** Byte -> id (256). */
  readonly byteIds: Int32Array
  /** Two ids, the id of what they merge into, and its rank. */
  readonly pairs: PairTable
  /** Tokens by their bytes (latin1): each stands for a whole match. */
  readonly idOf: ReadonlyMap<string, number>
  readonly split: KernelSplit
}

const ASCII = 128
/** Ids of a pair are 21 bits each. */
const MAX_ID = 0x1f_ffff
/** Bytes of a match up to which it is looked up whole, and merged in one block. */
const LONGEST_WHOLE = 128

/** The vocabulary as the WebAssembly kernel reads it (`assembly/layout.ts`); undefined where an id has more than 21 bits. */
export function buildRankImage(vocabulary: RankVocabulary): KernelImage | undefined {
  const { byteIds, idOf } = vocabulary
  const { kinds, automaton } = vocabulary.split
  for (const id of idOf.values()) if (id > MAX_ID) return undefined
  const cuts = buildCutAutomaton(automaton)
  const kindBytes = Uint8Array.from(kinds.entries)
  const pairs = pairTable(vocabulary.pairs)
  const { table, records } = tokenTable(idOf)
  const parts = [
    Uint8Array.from({ length: 256 }, (_, byte) => (byte < ASCII ? lookUp(kinds, byte) : END_KIND)),
    Uint32Array.from(byteIds),
    kinds.pages,
    kindBytes,
    automaton,
    cuts,
    pairs,
    table,
    records,
  ]
  return {
    bytes: joinParts(parts),
    sizes: [
      partBytes(kindBytes),
      partBytes(automaton),
      partBytes(cuts),
      pairs.length / 2,
      table.length / 2,
      partBytes(records),
    ],
  }
}

/** Little-endian 64-bit numbers left << 42 | right << 21 | merged, all ones when empty. The rank is the merged id's. */
function pairTable(pairs: PairTable): Uint32Array {
  const slots = pairs.length / 4
  const table = new Uint32Array(2 * slots).fill(0xffff_ffff)
  for (let from = 0; from < pairs.length; from += 4) {
    const left = pairs[from] ?? -1
    if (left < 0) continue
    const right = pairs[from + 1] ?? 0
    let slot = pairHash(left, right)
    while (table[2 * (slot & (slots - 1)) + 1] !== 0xffff_ffff) slot++
    table.set(
      [(right << 21) | (pairs[from + 2] ?? 0), (left << 10) | (right >>> 11)],
      2 * (slot & (slots - 1)),
    )
  }
  return table
}

/** Bits 40 to 63 of (left << 32 | right) * 0x9e3779b97f4a7c15. */
function pairHash(left: number, right: number): number {
  const low = multiplyHigh(right, 0x7f4a7c15)
  const high = low + Math.imul(right, 0x9e3779b9) + Math.imul(left, 0x7f4a7c15)
  return (high >>> 0) >>> 8
}

/** The upper 32 bits of a product of two numbers below 2^32. */
function multiplyHigh(a: number, b: number): number {
  const low = (a & 0xffff) * b
  return Math.floor(((a >>> 16) * b + Math.floor(low / 0x10000)) / 0x10000)
}

/** Slots of hash and where the record is; records of id, length and bytes. */
function tokenTable(idOf: ReadonlyMap<string, number>): { table: Uint32Array; records: Uint8Array } {
  const tokens = [...idOf].filter(([bytes]) => bytes.length <= LONGEST_WHOLE)
  let slots = 64
  while (slots < 2 * tokens.length) slots *= 2
  const table = new Uint32Array(2 * slots)
  const records = Buffer.alloc(tokens.reduce((sum, [bytes]) => sum + 8 + bytes.length, 0))
  let end = 0
  for (const [bytes, id] of tokens) {
    const hash = tokenHash(bytes)
    let slot = hash >>> 1
    while (table[2 * (slot & (slots - 1))] !== 0) slot++
    table.set([hash, end], 2 * (slot & (slots - 1)))
    records.writeUInt32LE(id, end)
    records.writeUInt32LE(bytes.length, end + 4)
    records.write(bytes, end + 8, 'latin1')
    end += 8 + bytes.length
  }
  return { table, records }
}

function tokenHash(bytes: string): number {
  let hash = bytes.length
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 15)) | 1) >>> 0
}
