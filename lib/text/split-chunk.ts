import { infixLength, prefixLength, suffixLength } from './affixes.ts'
import { clearList, type Int32List, int32List, push } from './int32-list.ts'
import { isUrl } from './url-rule.ts'

/** Start offsets of a special case's words within it, or undefined when [lo, hi) is not a special case. */
export type SpecialCaseLookup = (points: Int32Array, lo: number, hi: number) => Int32Array | undefined

/**
 * Splits a chunk (a run of characters without white space) into words as the first pass of spaCy's English tokenizer
 * does: a special case (`can't` → `ca|n't`); else prefixes and suffixes are cut off one after another (`(see` →
 * `(|see`); what is left is a special case, a URL as one word, or is cut at infixes (`well-known` → `well|-|known`).
 * The words of a chunk cover it without a gap, so they are given by where they start. Linear in the chunk's length.
 *
 * @param points code points of the chunk at [0, length)
 * @param starts receives the start of every word, ascending, in code points
 * @param lookup the special cases
 */
export function splitAffixes(
  points: Int32Array,
  length: number,
  starts: Int32List,
  lookup: SpecialCaseLookup,
): void {
  starts.length = 0
  let lo = 0
  let hi = length
  let special = lookup(points, lo, hi)
  while (special === undefined && lo < hi) {
    // Most new chunks are letters, or letters and a mark: no rule cuts letters alone.
    if (hi - lo <= SHORT && areLetters(points, lo, hi)) {
      push(starts, lo)
      lo = hi
      break
    }
    const prefix = prefixLength(points, lo, hi)
    if (prefix > 0 && lookup(points, lo + prefix, hi) !== undefined) {
      push(starts, lo)
      lo += prefix
      special = lookup(points, lo, hi)
      break
    }
    const suffix = suffixLength(points, lo + prefix, hi)
    if (prefix === 0 && suffix === 0) break
    // The rest is looked up with its prefix still on: `'em.` is `'em` and a full stop.
    const cutSuffixOnly = suffix > 0 && lookup(points, lo, hi - suffix) !== undefined
    if (prefix > 0 && !cutSuffixOnly) {
      push(starts, lo)
      lo += prefix
    }
    if (suffix > 0) {
      hi -= suffix
      push(suffixStarts, hi)
    }
    special = lookup(points, lo, hi)
  }
  if (special !== undefined) for (const start of special) push(starts, lo + start)
  else if (lo < hi) splitCore(points, lo, hi, starts)
  for (let i = suffixStarts.length - 1; i >= 0; i--) push(starts, suffixStarts.items[i] ?? 0)
  clearList(suffixStarts)
}

/** Bounds {@link areLetters}, which is asked once for each affix of a chunk. */
const SHORT = 32

/** ASCII letters; looks at the end first, where marks stand. */
function areLetters(points: Int32Array, lo: number, hi: number): boolean {
  for (let at = hi - 1; at >= lo; at--) {
    const letter = (points[at] ?? 0) | 0x20
    if (letter < 0x61 || letter > 0x7a) return false
  }
  return true
}

/** Where suffixes were cut off, last first; kept between calls only to be filled again. */
const suffixStarts = int32List()

/** What is left between the affixes: a URL is one word, anything else is cut at infixes. */
function splitCore(points: Int32Array, lo: number, hi: number, starts: Int32List): void {
  push(starts, lo)
  if (isUrl(points, lo, hi)) return
  let pending = false
  for (let at = lo; at < hi; ) {
    const infix = infixLength(points, lo, at, hi)
    if (infix === 0) {
      if (pending) push(starts, at)
      pending = false
      at++
      continue
    }
    // An infix at the very start stays with what follows it.
    if (at > lo) {
      push(starts, at)
      pending = true
    }
    at += infix
  }
}
