import { createHash } from 'node:crypto'

/**
 * The permutations of MinHash: x → a·x + b mod 2^32, a odd, which are bijections of the 32-bit words; applied to
 * well-mixed hashes, their minima agree as often as the sets' Jaccard similarity says. 32 bits are enough: against
 * 64-bit permutations the error of the estimate is the same.
 */
export interface Permutations {
  /** Permutations that count; the arrays are longer, by what fills the last tile. */
  readonly count: number
  readonly factors: Int32Array
  readonly terms: Int32Array
}

/** Permutations whose minima a pass over the shingles holds in registers; the kernel holds twice as many. */
const TILE = 8
const PADDED_TO = 16

/** Permutation i depends on i alone, so a longer signature begins as a shorter one. */
export function permutations(count: number): Permutations {
  const padded = Math.ceil(count / PADDED_TO) * PADDED_TO
  const factors = new Int32Array(padded)
  const terms = new Int32Array(padded)
  for (let i = 0; i < padded; i++) {
    const digest = createHash('sha256').update(`millrace minhash ${i}`).digest()
    factors[i] = digest.readInt32LE(0) | 1
    terms[i] = digest.readInt32LE(4)
  }
  return { count, factors, terms }
}

/**
 * Lowers `minima[i]` to the least value of permutation i over the first `length` shingles, as signed 32-bit integers:
 * signed comparison is the cheaper one, and only the order of the values matters, not which order.
 *
 * @param minima padded like `permutations.factors`
 */
export function lowerMinima(
  minima: Int32Array,
  { factors, terms }: Permutations,
  shingles: Int32Array,
  length: number,
): void {
  for (let i = 0; i < factors.length; i += TILE) lowerTile(minima, factors, terms, i, shingles, length)
}

/** Unrolled by hand: eight minima in locals take half the time of one (41 against 84 ns a shingle for all 112). */
function lowerTile(
  minima: Int32Array,
  factors: Int32Array,
  terms: Int32Array,
  i: number,
  shingles: Int32Array,
  length: number,
): void {
  const a0 = factors[i] ?? 0
  const a1 = factors[i + 1] ?? 0
  const a2 = factors[i + 2] ?? 0
  const a3 = factors[i + 3] ?? 0
  const a4 = factors[i + 4] ?? 0
  const a5 = factors[i + 5] ?? 0
  const a6 = factors[i + 6] ?? 0
  const a7 = factors[i + 7] ?? 0
  const b0 = terms[i] ?? 0
  const b1 = terms[i + 1] ?? 0
  const b2 = terms[i + 2] ?? 0
  const b3 = terms[i + 3] ?? 0
  const b4 = terms[i + 4] ?? 0
  const b5 = terms[i + 5] ?? 0
  const b6 = terms[i + 6] ?? 0
  const b7 = terms[i + 7] ?? 0
  let m0 = minima[i] ?? 0
  let m1 = minima[i + 1] ?? 0
  let m2 = minima[i + 2] ?? 0
  let m3 = minima[i + 3] ?? 0
  let m4 = minima[i + 4] ?? 0
  let m5 = minima[i + 5] ?? 0
  let m6 = minima[i + 6] ?? 0
  let m7 = minima[i + 7] ?? 0
  for (let at = 0; at < length; at++) {
    const x = shingles[at] ?? 0
    const h0 = (Math.imul(a0, x) + b0) | 0
    if (h0 < m0) m0 = h0
    const h1 = (Math.imul(a1, x) + b1) | 0
    if (h1 < m1) m1 = h1
    const h2 = (Math.imul(a2, x) + b2) | 0
    if (h2 < m2) m2 = h2
    const h3 = (Math.imul(a3, x) + b3) | 0
    if (h3 < m3) m3 = h3
    const h4 = (Math.imul(a4, x) + b4) | 0
    if (h4 < m4) m4 = h4
    const h5 = (Math.imul(a5, x) + b5) | 0
    if (h5 < m5) m5 = h5
    const h6 = (Math.imul(a6, x) + b6) | 0
    if (h6 < m6) m6 = h6
    const h7 = (Math.imul(a7, x) + b7) | 0
    if (h7 < m7) m7 = h7
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
