import type { KernelImage } from './kernel-image.ts'
import type { PairTable } from './pair-table.ts'
import { buildRankImage, type KernelSplit } from './rank-image.ts'
import { type ByteStrings, toSharedByteStrings, toSharedInt32 } from './shared-memory.ts'
import { findUsedPairs } from './used-pairs.ts'

/**
 * A byte-level vocabulary that merges by rank, compiled for encoding: plain data, its arrays shared between threads.
 * Ids of tokens are [firstId, firstId + number of ranks); special tokens lie before or after them, or in a rank's gap.
 */
export interface RankTables {
  /** Id of rank 0. */
  readonly firstId: number
  /** By id - firstId; empty where a rank has no token. */
  readonly tokens: ByteStrings
  readonly rankCount: number
  /** Byte -> id (256). */
  readonly byteIds: Int32Array
  readonly pairs: PairTable
  /** Tokens that merging their bytes does not give, but that stand for a whole match: latin1 bytes and id. */
  readonly unreachable: readonly (readonly [bytes: string, id: number])[]
  /** All this and the split pattern for the WebAssembly kernel; undefined where it has no such pattern. */
  readonly kernel: KernelImage | undefined
}

/**
 * @param tokens bytes of each rank's token, one character a byte (latin1), '' where a rank has none; all 256 single bytes
 *   are among them, and none is there twice. A lower rank merges first.
 * @param split the pattern, where the kernel is to split as well
 */
export function buildRankTables(tokens: readonly string[], firstId: number, split?: KernelSplit): RankTables {
  const idOf = new Map(tokens.map((token, rank) => [token, rank + firstId]))
  idOf.delete('')
  const byteIds = toSharedInt32(
    Array.from({ length: 256 }, (_, byte) => idOf.get(String.fromCharCode(byte)) ?? 0),
  )
  const merged = tokens.flatMap((text, rank) => (text.length > 1 ? [{ text, id: rank + firstId, rank }] : []))
  const used = findUsedPairs({
    merged,
    idOf,
    writeSymbols(text, into) {
      for (let at = 0; at < text.length; at++) into[at] = byteIds[text.charCodeAt(at)] ?? 0
      return text.length
    },
  })
  const { pairs } = used
  const unreachable = [...idOf].filter(([, id]) => used.unreachable.has(id))
  const lastId = firstId + tokens.length - 1
  return {
    firstId,
    tokens: toSharedByteStrings(tokens.map((token) => Buffer.from(token, 'latin1'))),
    rankCount: tokens.length,
    byteIds,
    pairs,
    unreachable,
    kernel: split && buildRankImage({ byteIds, pairs, unreachable, lastId, split }),
  }
}
