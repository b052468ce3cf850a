import type { DedupMethod } from './define-dedup.ts'
import { addKept, type KeptByKey, keptByKey, membersWith } from './kept-by-key.ts'
import { mayGo } from './scope.ts'

/**
 * The members of one component in rank order: who comes first is kept first (source priority, then keyed hash).
 */
export interface Members {
  readonly count: number
  /** One array a method. */
  readonly sketches: readonly Uint32Array[]
  /** Where a member's sketch begins in its method's array; one after another unless given. */
  readonly startOf?: (method: number, member: number) => number
  /** The source of each, for methods with a scope. */
  readonly sources?: readonly string[]
  /** What methods with an exact comparison compare of a member; `method` is the place in `methods`. */
  readonly features?: (method: number, member: number) => Uint32Array
  /** How many of the first members are of a finished corpus: they stay, and take others whatever the scope. */
  readonly indexed?: number
}

/** What became of each member; arrays of `count` values. `similarity` and `method` are 0 for kept members. */
export interface Walked {
  /** The kept member that this one duplicates, or -1: it is kept. */
  readonly duplicateOf: Int32Array
  /** Similarity to that member. */
  readonly similarity: Float32Array
  /** Position of the deciding method in `methods`. */
  readonly method: Uint8Array
}

/**
 * Decides a component. A member goes iff, for some method, it shares a key with an already *kept* member of a source in the
 * method's scope, and `compare` passes. The first such method in `methods` decides; of the kept members that pass there, the most similar one is the
 * evidence, the earliest among equals. Dropped members drop nobody: likeness does not chain.
 *
 *     ranks 0 1 2, 0 ~ 1 and 1 ~ 2, but not 0 ~ 2:  0 is kept, 1 goes because of 0, 2 is kept
 *
 * Only members with a key in common are compared, found by a table of the kept members' keys. Its lists are not
 * bounded: to leave out a kept member could change who goes. They grow only by members that are alike enough to share
 * a key and too unlike to be duplicates, so a component of copies costs one comparison a copy, and the time is in
 * proportion to the candidate pairs of members with kept ones, at worst quadratic. Memory: 9 bytes a member and
 * 4 more for each method, and 20 to 40 for each key of a kept one.
 */
export function walk(members: Members, methods: readonly DedupMethod[]): Walked {
  const { count, indexed = 0 } = members
  const duplicateOf = new Int32Array(count).fill(-1)
  const similarity = new Float32Array(count)
  const method = new Uint8Array(count)
  const searches = methods.map((method, place) => searchOf(method, place, members))
  for (let member = 0; member < count; member++) {
    for (const [place, search] of searches.entries()) {
      const kept = find(search, member)
      if (kept === -1 || member < indexed) continue
      duplicateOf[member] = kept
      similarity[member] = search.similarity
      method[member] = place
      break
    }
    if (duplicateOf[member] === -1) {
      // `find` of this member left its keys.
      for (const { table, keys, count } of searches) addKept(table, keys, count, member)
    }
  }
  return { duplicateOf, similarity, method }
}

/** One method's side of the walk. */
interface Search {
  readonly method: DedupMethod
  readonly sketches: Uint32Array
  readonly members: Members
  readonly startOf: (member: number) => number
  readonly features: (member: number) => Uint32Array
  readonly table: KeptByKey
  /** Keys of the member last looked for, and how many they are. */
  readonly keys: Uint32Array
  count: number
  readonly candidates: number[]
  /** By kept member: the last member that it was compared with, plus 1; a pair may share several keys. */
  readonly comparedWith: Uint32Array
  /** Similarity of the match last found. */
  similarity: number
}

function searchOf(method: DedupMethod, place: number, members: Members): Search {
  const { count, sketches, startOf, features } = members
  return {
    method,
    sketches: sketches[place] ?? new Uint32Array(0),
    members,
    startOf:
      startOf === undefined ? (member) => member * method.sketchWords : (member) => startOf(place, member),
    features: (member) => features?.(place, member) ?? new Uint32Array(0),
    table: keptByKey(count * method.maxKeys),
    keys: new Uint32Array(2 * method.maxKeys),
    count: 0,
    candidates: [],
    comparedWith: new Uint32Array(count),
    similarity: 0,
  }
}

/** The kept member that this one duplicates, or -1. */
function find(search: Search, member: number): number {
  const { method, sketches, startOf, table, keys, candidates, comparedWith } = search
  search.count = method.keys(sketches, startOf(member), keys, 0)
  candidates.length = 0
  membersWith(table, keys, search.count, candidates)
  let best = -1
  let bestKept = -1
  for (const kept of candidates) {
    if (comparedWith[kept] === member + 1) continue
    comparedWith[kept] = member + 1
    const found = compare(search, member, kept)
    if (found === null || found < best || (found === best && kept > bestKept)) continue
    best = found
    bestKept = kept
  }
  search.similarity = best
  return bestKept
}

function compare(
  { method, sketches, members, startOf, features }: Search,
  member: number,
  kept: number,
): number | null {
  const { sources = [], indexed = 0 } = members
  const { scope, exact } = method
  const known = kept < indexed
  if (scope !== undefined && !known && !mayGo(scope, sources[member] ?? '', sources[kept] ?? '')) return null
  return exact === undefined
    ? method.compare(sketches, startOf(member), sketches, startOf(kept))
    : exact.compare(features(member), features(kept))
}
