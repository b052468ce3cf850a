import { createHash } from 'node:crypto'

/**
 * The hash functions of MinHash: x → a·x + b mod 2^32 over well-mixed 32-bit hashes x. The minima of each agree as often as
 * the sets' Jaccard similarity says. 32 bits are enough: against 64-bit ones the error of the estimate is the same.
 *
 * They are made in chains of eight, for speed. The first two of a chain, A and B, have factors and terms of their own; each
 * one more is the sum of the two before it, an addition for a multiplication:
 *
 *     A   B   A + B   A + 2B   2A + 3B   3A + 5B   5A + 8B   8A + 13B
 *
 * This is double hashing (Kirsch and Mitzenmacher, "Less Hashing, Same Performance", 2006) with Fibonacci's numbers for
 * multiples. What it costs in independence:
 *
 * - Any two of the eight are as independent as A and B: the variance of the estimate is that of independent functions.
 * - Three of a chain are not: a shingle that is least for two is likelier than others to be least for a third. That one is least
 *   for two at once has a probability of about 1/n for n shingles. As minima are of signed values, sums of two
 *   extremes are zero and not extreme, so only the sums with an odd number of terms matter.
 * - Value v of a signature belongs to chain v mod 14, so that no two values of a band of up to 14 rows are of one chain: within
 *   a band nothing depends on anything, and a band agrees with the probability J^rows.
 *
 * test/bench/dedup/RESULTS.md has the S-curve of texts of 20 to 500 shingles beside that of independent functions.
 *
 * A function is a bijection where its factor is odd, and takes each of its values four times at most for the others (A + B and
 * 3A + 5B, as A is 1 and B 3 mod 8).
 */
export interface Permutations {
  /** Values of a signature. */
  readonly count: number
  /** By chain: the factor and the term of A, those of B. */
  readonly chains: Int32Array
}

/** Values of a chain. */
export const CHAIN = 8
/** Chains that take turns in giving the values of a signature: 112 values, as a signature has by default. */
export const INTERLEAVED = 14
export const CHAIN_WORDS = 4

/** A value depends on its place alone, so a longer signature begins as a shorter one. */
export function permutations(count: number): Permutations {
  const groups = Math.ceil(count / (CHAIN * INTERLEAVED))
  const chains = new Int32Array(groups * INTERLEAVED * CHAIN_WORDS)
  for (let chain = 0; chain < groups * INTERLEAVED; chain++) {
    const digest = createHash('sha256').update(`millrace minhash ${chain}`).digest()
    const words = [0, 4, 8, 12].map((at) => digest.readInt32LE(at))
    const [a = 0, ofA = 0, b = 0, ofB = 0] = words
    chains.set([(a & ~7) | 1, ofA, (b & ~7) | 3, ofB], chain * CHAIN_WORDS)
  }
  return { count, chains }
}

/** Where value `v` of a signature is found among the minima, which lie chain by chain. */
export function placeOf(value: number): number {
  const group = Math.floor(value / (CHAIN * INTERLEAVED))
  const within = value % (CHAIN * INTERLEAVED)
  return (group * INTERLEAVED + (within % INTERLEAVED)) * CHAIN + Math.floor(within / INTERLEAVED)
}

/**
 * Lowers the minima of all chains by the first `length` shingles, as signed 32-bit integers.
 *
 * @param minima eight for each chain
 */
export function lowerMinima(
  minima: Int32Array,
  { chains }: Permutations,
  shingles: Int32Array,
  length: number,
): void {
  for (let chain = 0; chain * CHAIN_WORDS < chains.length; chain++)
    lowerChain(minima, chain * CHAIN, chains, chain * CHAIN_WORDS, shingles, length)
}

/** Unrolled by hand: minima in locals take half the time of an array's. */
function lowerChain(
  minima: Int32Array,
  i: number,
  chains: Int32Array,
  at: number,
  shingles: Int32Array,
  length: number,
): void {
  const a = chains[at] ?? 0
  const ofA = chains[at + 1] ?? 0
  const b = chains[at + 2] ?? 0
  const ofB = chains[at + 3] ?? 0
  let m0 = minima[i] ?? 0
  let m1 = minima[i + 1] ?? 0
  let m2 = minima[i + 2] ?? 0
  let m3 = minima[i + 3] ?? 0
  let m4 = minima[i + 4] ?? 0
  let m5 = minima[i + 5] ?? 0
  let m6 = minima[i + 6] ?? 0
  let m7 = minima[i + 7] ?? 0
  for (let place = 0; place < length; place++) {
    const x = shingles[place] ?? 0
    let even = (Math.imul(a, x) + ofA) | 0
    if (even < m0) m0 = even
    let odd = (Math.imul(b, x) + ofB) | 0
    if (odd < m1) m1 = odd
    even = (even + odd) | 0
    if (even < m2) m2 = even
    odd = (odd + even) | 0
    if (odd < m3) m3 = odd
    even = (even + odd) | 0
    if (even < m4) m4 = even
    odd = (odd + even) | 0
    if (odd < m5) m5 = odd
    even = (even + odd) | 0
    if (even < m6) m6 = even
    odd = (odd + even) | 0
    if (odd < m7) m7 = odd
  }
  minima[i] = m0
  minima[i + 1] = m1
  minima[i + 2] = m2
  minima[i + 3] = m3
  minima[i + 4] = m4
  minima[i + 5] = m5
  minima[i + 6] = m6
  minima[i + 7] = m7
}
