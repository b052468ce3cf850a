import type { DedupMethod } from './define-dedup.ts'
import { keptByKey } from './kept-by-key.ts'
import { mayGo } from './scope.ts'

/**
 * The members of one component in rank order: who comes first is kept first (source priority, then keyed hash). Every
 * method's sketches lie side by side, member after member.
 */
export interface Members {
  readonly count: number
  /** One array a method, `count * sketchWords` words each. */
  readonly sketches: readonly Uint32Array[]
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
 * proportion to the candidate pairs of members with kept ones, at worst quadratic. Memory: 8 bytes a member, and about
 * 30 bytes a key of a kept one.
 */
export function walk(members: Members, methods: readonly DedupMethod[]): Walked {
  const { count, sketches, indexed = 0 } = members
  const duplicateOf = new Int32Array(count).fill(-1)
  const similarity = new Float32Array(count)
  const method = new Uint8Array(count)
  const searches = methods.map((method, place) =>
    searchKept(method, sketches[place] ?? new Uint32Array(0), members, place),
  )
  for (let member = 0; member < count; member++) {
    for (let place = 0; place < searches.length; place++) {
      const match = searches[place]?.find(member)
      if (match === undefined || member < indexed) continue
      duplicateOf[member] = match.kept
      similarity[member] = match.similarity
      method[member] = place
      break
    }
    if (duplicateOf[member] === -1) for (const search of searches) search.keep(member)
  }
  return { duplicateOf, similarity, method }
}

interface Search {
  find(member: number): { kept: number; similarity: number } | undefined
  keep(member: number): void
}

/** One method's side of the walk. `keep` follows a `find` of the same member, whose keys it takes. */
function searchKept(
  method: DedupMethod,
  sketches: Uint32Array,
  { count, sources = [], features, indexed = 0 }: Members,
  place: number,
): Search {
  const { sketchWords, scope, exact } = method
  const featuresOf = (member: number): Uint32Array => features?.(place, member) ?? new Uint32Array(0)
  const table = keptByKey()
  const keys = new Uint32Array(2 * method.maxKeys)
  /** Keys of the member last looked for. */
  let number = 0
  /** By kept member: the last member that it was compared with, plus 1; a pair may share several keys. */
  const comparedWith = new Uint32Array(count)

  return {
    find(member) {
      number = method.keys(sketches, member * sketchWords, keys, 0)
      let best = -1
      let bestKept = -1
      for (let key = 0; key < number; key++) {
        let entry = table.first(keys[2 * key] ?? 0, keys[2 * key + 1] ?? 0)
        for (; entry !== -1; entry = table.next(entry)) {
          const kept = table.member(entry)
          if (comparedWith[kept] === member + 1) continue
          comparedWith[kept] = member + 1
          const known = kept < indexed
          if (scope !== undefined && !known && !mayGo(scope, sources[member] ?? '', sources[kept] ?? ''))
            continue
          const found =
            exact === undefined
              ? method.compare(sketches, member * sketchWords, sketches, kept * sketchWords)
              : exact.compare(featuresOf(member), featuresOf(kept))
          if (found === null || found < best || (found === best && kept > bestKept)) continue
          best = found
          bestKept = kept
        }
      }
      return bestKept === -1 ? undefined : { kept: bestKept, similarity: best }
    },
    keep(member) {
      for (let key = 0; key < number; key++) table.add(keys[2 * key] ?? 0, keys[2 * key + 1] ?? 0, member)
    },
  }
}
