import { type CodePointMap, lookUp } from './code-point-map.ts'
import { buildCutAutomaton } from './cut-automaton.ts'
import { joinParts, type KernelImage, partBytes } from './kernel-image.ts'
import { buildKernelPairs, MAX_ID } from './kernel-pairs.ts'
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
  readonly lastId: number
  /** Byte -> id (256). */
  readonly byteIds: Int32Array
  /** Two ids, the id of what they merge into, and its rank. */
  readonly pairs: PairTable
  /** Tokens that merging does not give, by their bytes (latin1): each stands for a whole match. */
  readonly unreachable: readonly (readonly [bytes: string, id: number])[]
  readonly split: KernelSplit
}

const ASCII = 128
/** Bytes of a match up to which it is looked up whole, and merged in one block. */
const LONGEST_WHOLE = 128

/** The vocabulary as the WebAssembly kernel reads it (`assembly/layout.ts`); undefined where it has no room for an id or a token. */
export function buildRankImage(vocabulary: RankVocabulary): KernelImage | undefined {
  const { byteIds, unreachable } = vocabulary
  const { kinds, automaton } = vocabulary.split
  if (vocabulary.lastId > MAX_ID || unreachable.some(([bytes]) => bytes.length > LONGEST_WHOLE))
    return undefined
  const cuts = buildCutAutomaton(automaton)
  const kindBytes = Uint8Array.from(kinds.entries)
  const { pairs, frequent, filter } = buildKernelPairs(vocabulary.pairs)
  const tokens = tokenTable(unreachable)
  const parts = [
    Uint8Array.from({ length: 256 }, (_, byte) => (byte < ASCII ? lookUp(kinds, byte) : END_KIND)),
    Uint32Array.from(byteIds),
    kinds.pages,
    kindBytes,
    automaton,
    cuts,
    pairs,
    frequent,
    filter,
    tokens.table,
    tokens.records,
  ]
  return {
    bytes: joinParts(parts),
    sizes: [
      partBytes(kindBytes),
      partBytes(automaton),
      partBytes(cuts),
      pairs.length / 2,
      frequent.length / 2,
      filter.length,
      tokens.table.length / 2,
      partBytes(tokens.records),
    ],
  }
}

/** Slots of hash and where the record is, none without tokens; records of id, length and bytes. */
function tokenTable(tokens: RankVocabulary['unreachable']): { table: Uint32Array; records: Uint8Array } {
  let slots = tokens.length === 0 ? 0 : 64
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
