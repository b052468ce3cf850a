import type { ExactComparison } from './define-dedup.ts'
import { shingler } from './shingles.ts'

/** A part of the threshold by which rounding may miss it: 0.8 of 5 is 4, and 0.8 * 5 a bit more. */
const ROUNDING = 1e-9

/** The Jaccard similarity of the sets of word n-grams, each as the hash that `shingler` gives it. */
export function exactJaccard(threshold: number, ngram: number): ExactComparison {
  const shinglesOf = shingler(ngram)
  return {
    features({ text }) {
      let all = new Uint32Array(64)
      let count = 0
      shinglesOf(text, (shingles, more) => {
        if (count + more > all.length) {
          const larger = new Uint32Array(2 * (count + more))
          larger.set(all)
          all = larger
        }
        all.set(shingles.subarray(0, more), count)
        count += more
      })
      return distinct(all.subarray(0, count).toSorted())
    },
    compare(a, b) {
      const shared = countShared(a, b)
      const union = a.length + b.length - shared
      return union > 0 && shared >= threshold * union * (1 - ROUNDING) ? shared / union : null
    },
  }
}

/** Sorted numbers without repeats. */
function distinct(sorted: Uint32Array): Uint32Array {
  let count = 0
  for (const value of sorted) if (count === 0 || sorted[count - 1] !== value) sorted[count++] = value
  return sorted.slice(0, count)
}

/** How many numbers two sorted lists without repeats have in common. */
function countShared(a: Uint32Array, b: Uint32Array): number {
  let shared = 0
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const difference = (a[i] ?? 0) - (b[j] ?? 0)
    if (difference === 0) shared++
    if (difference <= 0) i++
    if (difference >= 0) j++
  }
  return shared
}
