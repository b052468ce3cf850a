import { z } from 'zod'
import { defineDedup } from './define-dedup.ts'
import { exactJaccard } from './exact-jaccard.ts'
import { createKernel, type Minimiser } from './kernel.ts'
import { CHAIN, CHAIN_WORDS, lowerMinima, type Permutations, permutations, placeOf } from './permutations.ts'
import { scope } from './scope.ts'
import { mix, shingler } from './shingles.ts'

/**
 * Documents that share most of their text: MinHash with banding (Broder 1997; Indyk and Motwani 1998) over the set of
 * a document's word n-grams.
 *
 * - Words are as in `word-characters.ts`. A document of fewer than `ngram` words has one shingle, all its words, so it
 *   is a duplicate of documents of exactly the same words only; one without a word has no key: it is never one.
 * - Sketch: for each of bands · rows hash functions (`permutations.ts`), the least value that a shingle takes. For a pair with Jaccard
 *   similarity J, each of the n = bands · rows values agrees with probability J, so their agreement estimates J with
 *   the standard error sqrt(J · (1 - J) / n): 0.038 at J = 0.8 and n = 112.
 * - `verify: jaccard` compares the sets of shingles themselves, as 32-bit hashes: of n different ones, n^2 / 2^33 share theirs
 *   with another, so that J is exact to 10^-5 for documents of 100,000 words.
 * - Keys: a 64-bit hash of each band. A pair shares one with probability 1 - (1 - J^rows)^bands: for 16 bands of 7
 *   rows, the shape that the default threshold gives, 0.12 at J = 0.5, 0.75 at 0.7, 0.977 at 0.8, 0.99997 at 0.9.
 * - A candidate pair passes when its agreement is at least `threshold - slack`. Slack allows for the sampling error:
 *   without it half of the pairs at the threshold would be missed; 0.1 is 2.6 standard errors there, and some pairs
 *   down to J = 0.6 pass as well (figures by slack: test/bench/dedup/RESULTS.md).
 */
export const minhash = defineDedup({
  name: 'minhash',
  summary: 'Drops documents whose word n-grams are nearly those of a kept one, by MinHash with banding.',
  revision: 3,
  reads: 'text',
  place: 3,
  unicode: true,
  settings: z.strictObject({
    threshold: z
      .number()
      .gt(0)
      .max(1)
      .default(0.8)
      .describe(
        'Jaccard similarity of the sets of word n-grams from which a document is a duplicate, inclusive.',
      ),
    ngram: z.int().min(1).max(64).default(5).describe('Words a shingle.'),
    bands: z
      .union([z.literal('auto'), z.int().min(1).max(256)])
      .default('auto')
      .describe('Bands: keys a document. More find more pairs. auto: from the threshold, see `bandShape`.'),
    rows: z
      .union([z.literal('auto'), z.int().min(1).max(112)])
      .default('auto')
      .describe('Values of the signature a band. More find fewer pairs. auto: from the threshold.'),
    slack: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe(
        'How far below the threshold the estimated similarity may lie, for its sampling error; inclusive.',
      ),
    verify: z
      .enum(['signature', 'jaccard'])
      .optional()
      .meta({
        default: 'signature',
        description:
          'How candidates are compared: by the share of equal values of their signatures, less the slack; or by the exact ' +
          'Jaccard similarity of their sets of n-grams, which needs 4 bytes on disk for each n-gram of documents with candidates.',
      }),
    scope,
  }),
  create({ threshold, ngram, slack, verify, scope, ...given }) {
    const { bands, rows } = bandShape(threshold, given.bands, given.rows)
    const values = bands * rows
    const shuffles = permutations(values)
    const minimaOf = createKernel(ngram, shuffles) ?? createMinimiser(ngram, shuffles)
    // The subtraction rounds, so that 0.8 - 0.1 is just above 0.7; a part of 10^-9 lets 0.7 pass all the same.
    const needed = Math.max(0, Math.ceil((threshold - slack) * values - 1e-9))
    return {
      scope,
      exact: verify === 'jaccard' ? exactJaccard(threshold, ngram) : undefined,
      sketchWords: values,
      maxKeys: bands,
      sketch({ text }, into, at) {
        const minima = minimaOf(text)
        for (let i = 0; i < values; i++) into[at + i] = minima[i] ?? 0
      },
      keys(sketches, at, into, intoAt) {
        if (isEmpty(sketches, at, values)) return 0
        for (let band = 0; band < bands; band++)
          bandKey(sketches, at + band * rows, rows, band, into, intoAt + 2 * band)
        return bands
      },
      compare(a, aAt, b, bAt) {
        let missing = values - needed
        for (let i = 0; i < values; i++) {
          if (a[aAt + i] !== b[bAt + i] && missing-- === 0) return null
        }
        const agreement = (needed + missing) / values
        return agreement > 0 && !isEmpty(a, aAt, values) ? agreement : null
      },
    }
  },
})

/** Values of a signature whose shape is derived: one group of lanes more would cost more than it finds. */
const VALUES = 112
/** Least probability with which a pair at the threshold is a candidate, where a shape with it exists. */
const FOUND = 0.97

/**
 * The bands and rows of a signature. Of shapes of at most 112 values, bands = floor(112 / rows), that with the most rows
 * for which a pair at the threshold t is a candidate with probability 1 - (1 - t^rows)^bands >= 0.97: more rows mean
 * fewer candidates to compare. One row a band where none has it. Where one of the two is given, the other is what 112
 * values allow, at least 1.
 *
 *     t = 0.5: 37 x 3    0.6: 28 x 4    0.7: 22 x 5    0.8: 16 x 7    0.9: 10 x 11
 */
export function bandShape(
  threshold: number,
  bands: number | 'auto',
  rows: number | 'auto',
): { bands: number; rows: number } {
  if (bands !== 'auto')
    return { bands, rows: rows === 'auto' ? Math.max(1, Math.floor(VALUES / bands)) : rows }
  if (rows !== 'auto') return { bands: Math.max(1, Math.floor(VALUES / rows)), rows }
  let most = VALUES
  while (most > 1 && 1 - (1 - threshold ** most) ** Math.floor(VALUES / most) < FOUND) most--
  return { bands: Math.floor(VALUES / most), rows: most }
}

/** A minimum over nothing, as a signed word. */
const NONE = 0x7fffffff

/** The kernel's plain twin, for runtimes without it. */
export function createMinimiser(ngram: number, shuffles: Permutations): Minimiser {
  const minima = new Int32Array((shuffles.chains.length / CHAIN_WORDS) * CHAIN)
  const places = Int32Array.from({ length: shuffles.count }, (_, value) => placeOf(value))
  const shinglesOf = shingler(ngram)
  const take = (shingles: Int32Array, count: number): void => lowerMinima(minima, shuffles, shingles, count)
  return (text) => {
    minima.fill(NONE)
    shinglesOf(text, take)
    return places.map((place) => minima[place] ?? 0)
  }
}

/** True for the sketch of a document without a word. No shingle gives it: 112 maxima at once are impossible in effect. */
function isEmpty(sketches: Uint32Array, at: number, values: number): boolean {
  for (let i = 0; i < values; i++) if (sketches[at + i] !== NONE) return false
  return true
}

/**
 * 64-bit hash of a band's number and values, two 32-bit lanes with different factors that meet at the end, so that
 * bands share no keys except by chance (2^-64 a pair).
 */
function bandKey(
  values: Uint32Array,
  at: number,
  rows: number,
  band: number,
  into: Uint32Array,
  intoAt: number,
): void {
  let high = mix(band + 1)
  let low = mix(~band)
  for (let row = 0; row < rows; row++) {
    const value = values[at + row] ?? 0
    high = Math.imul(high ^ value, 0x9e3779b1)
    high ^= high >>> 15
    low = Math.imul(low + value, 0x2c9277b5)
    low ^= low >>> 17
  }
  into[intoAt] = mix(high + Math.imul(low, 0x85ebca77))
  into[intoAt + 1] = mix(low ^ high)
}
