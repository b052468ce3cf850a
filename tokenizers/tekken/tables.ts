import { createHash } from 'node:crypto'
import type { CodePointMap } from '../bpe/code-point-map.ts'
import { createMerger } from '../bpe/merge.ts'
import { buildPairTable, type PairTable } from '../bpe/pair-table.ts'
import { type ByteStrings, toSharedByteStrings, toSharedInt32 } from '../bpe/shared-memory.ts'
import { buildCharacterClasses } from './character-classes.ts'
import type { TekkenVocabulary } from './file.ts'
import { TEKKEN_PATTERN } from './split.ts'

/** A Tekken vocabulary compiled for encoding: plain data, its arrays shared between threads. */
export interface TekkenTables {
  readonly name: string
  readonly fingerprint: string
  readonly vocabularySize: number
  readonly specials: readonly string[]
  /** By id - specials.length. */
  readonly tokens: ByteStrings
  /** Byte -> id (256). */
  readonly byteIds: Int32Array
  readonly pairs: PairTable
  readonly classes: CodePointMap
  /** Tokens that merging their bytes does not give, but that stand for a whole match: latin1 bytes and id. */
  readonly unreachable: readonly (readonly [bytes: string, id: number])[]
}

export function buildTekkenTables({ name, specials, tokens }: TekkenVocabulary): TekkenTables {
  const idOf = new Map(tokens.map((token, rank) => [token, rank + specials.length]))
  const byteIds = toSharedInt32(
    Array.from({ length: 256 }, (_, byte) => idOf.get(String.fromCharCode(byte)) ?? 0),
  )
  const pairs = buildPairTable(pairsOf(idOf, specials.length))
  return {
    name,
    fingerprint: fingerprintOf(specials, tokens),
    vocabularySize: specials.length + tokens.length,
    specials,
    tokens: toSharedByteStrings(tokens.map((token) => Buffer.from(token, 'latin1'))),
    byteIds,
    pairs,
    classes: buildCharacterClasses(),
    unreachable: findUnreachable(idOf, byteIds, pairs),
  }
}

/** Every way to cut a token into two, as left, right, merged, rank. */
function pairsOf(idOf: ReadonlyMap<string, number>, firstId: number): number[] {
  const pairs: number[] = []
  for (const [token, id] of idOf) {
    for (let cut = 1; cut < token.length; cut++) {
      const left = idOf.get(token.slice(0, cut))
      const right = left === undefined ? undefined : idOf.get(token.slice(cut))
      if (left !== undefined && right !== undefined) pairs.push(left, right, id, id - firstId)
    }
  }
  return pairs
}

function findUnreachable(
  idOf: ReadonlyMap<string, number>,
  byteIds: Int32Array,
  pairs: PairTable,
): [bytes: string, id: number][] {
  const merger = createMerger(pairs)
  return [...idOf].filter(([token, id]) => {
    const symbols = merger.reserve(token.length)
    for (let i = 0; i < token.length; i++) symbols[i] = byteIds[token.charCodeAt(i)] ?? 0
    return merger.merge(token.length) !== 1 || symbols[0] !== id
  })
}

function fingerprintOf(specials: readonly string[], tokens: readonly string[]): string {
  const hash = createHash('sha256')
  hash.update(`tekken ${JSON.stringify({ pattern: TEKKEN_PATTERN, unicode: '16.0', specials })}\n`)
  for (const token of tokens) hash.update(`${Buffer.from(token, 'latin1').toString('base64')}\n`)
  return hash.digest('hex')
}
