import { parseTier, type Tier } from '../../stages/tiers.ts'
import type { PoolInput } from '../../stages/types.ts'
import type { TokenIds } from '../../tokenizers/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { fresh } from '../kernels/scratch.ts'
import { BASE_PREFIX } from '../recipe/base-name.ts'
import type { Recipe } from '../recipe/schema.ts'
import { isMasked, layoutOf } from './source-layout.ts'

/** Bytes of a token id in intermediate files. */
export type TokenWidth = 2 | 4

export function tokenWidth(vocabularySize: number): TokenWidth {
  return vocabularySize <= 65_536 ? 2 : 4
}

export function tokenArray(
  width: TokenWidth,
  length: number,
  scratch = fresh,
): TokenIds & { buffer: ArrayBuffer } {
  return width === 2 ? scratch.halves(length) : scratch.words(length)
}

/** Words of a row of a pool part's `.documents`: uid (4), tokens, first token in `.tokens`. In pool order. */
export const POOL_WIDTH = UID_WORDS + 2

export interface PoolPart {
  /** Relative to the build's folder, without `.documents` and `.tokens`. */
  readonly path: string
  readonly documents: number
  readonly tokens: number
  /** Tokens of the longest document. */
  readonly longest: number
}

/** A tier's tokenized documents in hash order, in parts. The first `heldOut` of them are for validation. */
export interface Pool {
  /** `source`, or `source.tier`. */
  readonly name: string
  readonly source: string
  /** Whether the loss counts only some of its tokens: each part has a `.loss` file, a byte a token, 1 where it counts. */
  readonly masked: boolean
  /** Whether its documents carry BOS and EOS as `output.documents` says, and nothing else tells their specials. */
  readonly plain: boolean
  readonly parts: readonly PoolPart[]
  readonly heldOut: HeldOut
  /** Set for a pool of the base. */
  readonly base?: PoolBase
}

/** What a pool has of the build that it was made in. */
export interface PoolBase {
  /** With the seed and the order of that build, what keys the order of its epochs. */
  readonly name: string
  readonly seed: number
  readonly order: number
  /** Tokens that the base's run took, which begins where the documents of this run begin: at the start of one. */
  readonly start: number
  /** Key of its limits in the recipe. */
  readonly settings: string
  readonly limits: PoolLimits
}

/** What a run may take of a pool. */
export type PoolLimits = Pick<PoolInput, 'maxEpochs' | 'onExhausted' | 'maxShare' | 'minTokens'>

/** Whether a pool, or a source, is the base's: no source of a recipe has that name. */
export function isOfBase(pool: string): boolean {
  return pool.startsWith(BASE_PREFIX)
}

/** The head of a pool's order that no stage sees. */
export interface HeldOut {
  readonly documents: number
  readonly tokens: number
}

/** Every pool that the recipe can have, in its order: a source's tiers, then the source's rest. */
export function poolNames(recipe: Recipe): Pick<Pool, 'name' | 'source' | 'masked' | 'plain'>[] {
  return Object.entries(recipe.sources).flatMap(([source, settings]) => {
    const masked = isMasked(settings)
    const plain = layoutOf(settings) === undefined && settings.tokenized?.specials !== 'keep'
    const names = [...Object.keys(settings.tiers).map((tier) => `${source}.${tier}`), source]
    return names.map((name) => ({ name, source, masked, plain }))
  })
}

export function poolTokens(pool: Pick<Pool, 'parts'>): number {
  return pool.parts.reduce((total, part) => total + part.tokens, 0)
}

export function poolDocuments(pool: Pick<Pool, 'parts'>): number {
  return pool.parts.reduce((total, part) => total + part.documents, 0)
}

/** The source's tiers in the recipe's order. */
export function parseTiers(recipe: Recipe, source: string): Tier[] {
  return Object.entries(recipe.sources[source]?.tiers ?? {}).map(([name, expression]) =>
    parseTier(name, expression),
  )
}

/** Of a pool such as `web.top`; undefined for a source's rest, and for pools of a base. */
export function tierByName(recipe: Recipe, pool: string): Tier | undefined {
  const dot = pool.indexOf('.')
  return parseTiers(recipe, pool.slice(0, dot)).find(({ name }) => name === pool.slice(dot + 1))
}
