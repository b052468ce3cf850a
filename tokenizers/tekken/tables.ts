import { createHash } from 'node:crypto'
import type { CodePointMap } from '../bpe/code-point-map.ts'
import { buildRankTables, type RankTables } from '../bpe/rank-tables.ts'
import { splitForKernel } from './automata.ts'
import { buildCharacterClasses } from './character-classes.ts'
import type { TekkenVocabulary } from './file.ts'
import { TEKKEN_PATTERN } from './split.ts'

/** A Tekken vocabulary compiled for encoding; its special tokens come first. */
export interface TekkenTables extends RankTables {
  readonly name: string
  readonly fingerprint: string
  readonly vocabularySize: number
  readonly specials: readonly string[]
  readonly classes: CodePointMap
}

export function buildTekkenTables({ name, specials, tokens }: TekkenVocabulary): TekkenTables {
  return {
    ...buildRankTables(tokens, specials.length, splitForKernel('tekken')),
    name,
    fingerprint: fingerprintOf(specials, tokens),
    vocabularySize: specials.length + tokens.length,
    specials,
    classes: buildCharacterClasses(),
  }
}

function fingerprintOf(specials: readonly string[], tokens: readonly string[]): string {
  const hash = createHash('sha256')
  hash.update(`tekken ${JSON.stringify({ pattern: TEKKEN_PATTERN, unicode: '16.0', specials })}\n`)
  for (const token of tokens) hash.update(`${Buffer.from(token, 'latin1').toString('base64')}\n`)
  return hash.digest('hex')
}
