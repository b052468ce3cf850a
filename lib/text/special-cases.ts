import { type Int32List, int32List, push } from './int32-list.ts'
import { SPECIAL_CASES } from './spacy-special-cases.ts'
import { type SpecialCaseLookup, splitAffixes } from './split-chunk.ts'

/**
 * Chunks whose words are laid down (`can't` → `ca|n't`, `e.g.`, `:-)`), and the second pass of spaCy's tokenizer: those
 * with punctuation in them are matched again over finished words, so that `see:)`, first `see|:|)`, is `see|:)`.
 *
 * The reference matches over the whole document, where a match across a space (`: )`) changes nothing itself but can
 * keep an overlapping one from being made. Here a match lies within a chunk; texts with emoticon characters scattered
 * on both sides of a space may differ by a word.
 */
export function splitChunk(points: Int32Array, length: number, starts: Int32List): void {
  // Made before the split, which is not re-entrant: making them splits the special cases themselves.
  const { lookup, patternsByPair } = (tables ??= readTables())
  splitAffixes(points, length, starts, lookup)
  if (starts.length > 1 && mayJoin(patternsByPair, points, starts)) {
    joinSpecialCases(findMatches(patternsByPair, points, length, starts), starts)
  }
}

export interface SpecialCase {
  readonly points: Int32Array
  /** Where its words start within it. */
  readonly starts: Int32Array
}

const BUCKETS = 4096

/** Look-ups over the special cases; made when first asked for, since not every run splits words. */
interface Tables {
  readonly cases: readonly SpecialCase[]
  readonly lookup: SpecialCaseLookup
  readonly patterns: readonly Pattern[]
  readonly patternsByPair: PatternsByPair
}

let tables: Tables | undefined

function readTables(): Tables {
  const cases = readCases()
  const patterns = readPatterns(cases)
  return { cases, lookup: lookupIn(cases), patterns, patternsByPair: groupByPair(patterns) }
}

/** For the kernel, which does the same: all of them, and by key of a pair of words whether the second pass looks at it. */
export function specialCases(): Pick<Tables, 'cases' | 'patterns' | 'patternsByPair'> {
  return (tables ??= readTables())
}

function readCases(): SpecialCase[] {
  return SPECIAL_CASES.trim()
    .split(/ {2}|\n/)
    .map((entry) => {
      const starts: number[] = []
      let length = 0
      for (const word of entry.split(' ')) {
        starts.push(length)
        length += Array.from(word).length
      }
      const points = Array.from(entry.replaceAll(' ', ''), (c) => c.codePointAt(0) ?? 0)
      return { points: Int32Array.from(points), starts: Int32Array.from(starts) }
    })
}

function hashOf(points: Int32Array, lo: number, hi: number): number {
  let hash = hi - lo
  for (let i = lo; i < hi; i++) hash = Math.imul(hash ^ (points[i] ?? 0), 0x01000193)
  return ((hash >>> 16) ^ hash) & (BUCKETS - 1)
}

function groupByHash(all: readonly SpecialCase[]): readonly (readonly SpecialCase[] | undefined)[] {
  const groups: SpecialCase[][] = Array.from({ length: BUCKETS })
  for (const entry of all) {
    const hash = hashOf(entry.points, 0, entry.points.length)
    groups[hash] = [...(groups[hash] ?? []), entry]
  }
  return groups
}

const SHAPES = 1 << 16

/** A key of its length, of its first two code points and the last one; it has two or more. */
function shapeOf(points: Int32Array, lo: number, hi: number): number {
  const start = Math.imul(points[lo] ?? 0, 0x2c1b3c6d) ^ Math.imul(points[lo + 1] ?? 0, 0x297a2d39)
  const mixed = Math.imul(start ^ (points[hi - 1] ?? 0), 0x01000193) + hi - lo
  return (mixed ^ (mixed >>> 16)) & (SHAPES - 1)
}

/** Which keys of a special case there are: of a hundred other chunks one or two have such a one. */
function shapesOf(all: readonly SpecialCase[]): Uint8Array {
  const table = new Uint8Array(SHAPES)
  for (const { points } of all) if (points.length > 1) table[shapeOf(points, 0, points.length)] = 1
  return table
}

/** Looks a range [lo, hi) up among the special cases: the start offsets of its words, or undefined. */
function lookupIn(cases: readonly SpecialCase[]): SpecialCaseLookup {
  const longest = Math.max(...cases.map((entry) => entry.points.length))
  const byHash = groupByHash(cases)
  const shapes = shapesOf(cases)
  return (points, lo, hi) => {
    const length = hi - lo
    if (length <= 0 || length > longest) return undefined
    if (length > 1 && shapes[shapeOf(points, lo, hi)] === 0) return undefined
    for (const entry of byHash[hashOf(points, lo, hi)] ?? []) {
      if (equalsAt(entry.points, points, lo, hi)) return entry.starts
    }
    return undefined
  }
}

function equalsAt(pattern: Int32Array, points: Int32Array, lo: number, hi: number): boolean {
  if (pattern.length !== hi - lo) return false
  for (let i = 0; i < pattern.length; i++) if (pattern[i] !== points[lo + i]) return false
  return true
}

// ---- the second pass

/** A special case that its punctuation splits when it is not looked up: what the second pass looks for. */
interface Pattern extends SpecialCase {
  /** Where the words start that the first pass makes of it without special cases. */
  readonly plain: Int32Array
}

function readPatterns(all: readonly SpecialCase[]): Pattern[] {
  const plain = int32List()
  return all.flatMap((entry) => {
    splitAffixes(entry.points, entry.points.length, plain, () => undefined)
    return plain.length < 2 ? [] : [{ ...entry, plain: plain.items.slice(0, plain.length) }]
  })
}

const PAIRS = 1 << 16

/** First code points of two neighbouring words and the first one's length (`b.` is a pattern, `bed.` starts none), as a key. */
function pairKey(first: number, length: number, second: number): number {
  return (Math.imul(Math.imul(first, 0x25) + length, 0x101) ^ second) & (PAIRS - 1)
}

type PatternsByPair = readonly (readonly Pattern[] | undefined)[]

function groupByPair(all: readonly Pattern[]): PatternsByPair {
  const groups: Pattern[][] = Array.from({ length: PAIRS })
  for (const pattern of all) {
    const second = pattern.plain[1] ?? 0
    const key = pairKey(pattern.points[0] ?? 0, second, pattern.points[second] ?? 0)
    groups[key] = [...(groups[key] ?? []), pattern]
  }
  return groups
}

function pairAt(points: Int32Array, starts: Int32Array, word: number): number {
  const at = starts[word] ?? 0
  const next = starts[word + 1] ?? 0
  return pairKey(points[at] ?? 0, next - at, points[next] ?? 0)
}

/** False when no pattern can start at any word, which is nearly always. */
function mayJoin(patternsByPair: PatternsByPair, points: Int32Array, starts: Int32List): boolean {
  const { items, length } = starts
  for (let word = 0; word + 1 < length; word++) {
    if (patternsByPair[pairAt(points, items, word)] !== undefined) return true
  }
  return false
}

interface Match {
  /** Words [first, end) of the chunk. */
  readonly first: number
  readonly end: number
  readonly pattern: Pattern
}

function joinSpecialCases(matches: readonly Match[], starts: Int32List): void {
  if (matches.length === 0) return
  const words = starts.items.slice(0, starts.length)
  starts.length = 0
  let next = 0
  for (const { first, end, pattern } of withoutOverlaps(matches, words.length)) {
    for (; next < first; next++) push(starts, words[next] ?? 0)
    const at = words[first] ?? 0
    for (const start of pattern.starts) push(starts, at + start)
    next = end
  }
  for (; next < words.length; next++) push(starts, words[next] ?? 0)
}

function findMatches(
  patternsByPair: PatternsByPair,
  points: Int32Array,
  length: number,
  starts: Int32List,
): Match[] {
  const matches: Match[] = []
  for (let first = 0; first + 1 < starts.length; first++) {
    const at = starts.items[first] ?? 0
    for (const pattern of patternsByPair[pairAt(points, starts.items, first)] ?? []) {
      const end = first + pattern.plain.length
      const stop = end < starts.length ? (starts.items[end] ?? 0) : length
      if (end > starts.length || !equalsAt(pattern.points, points, at, stop)) continue
      if (pattern.plain.every((start, i) => starts.items[first + i] === at + start)) {
        matches.push({ first, end, pattern })
      }
    }
  }
  return matches
}

/**
 * The longest match wins, among equals the leftmost. One that lost still keeps its words from the shorter ones after
 * it, as in the reference.
 */
function withoutOverlaps(matches: readonly Match[], words: number): Match[] {
  const taken = new Uint8Array(words)
  const ranked = matches.toSorted((a, b) => b.end - b.first - (a.end - a.first) || a.first - b.first)
  const kept = ranked.filter(({ first, end }) => {
    const free = taken[first] === 0 && taken[end - 1] === 0
    taken.fill(1, first, end)
    return free
  })
  return kept.toSorted((a, b) => a.first - b.first)
}
