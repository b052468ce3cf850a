import type { DedupMethod } from '../../../filters/dedup/define-dedup.ts'
import { walk } from '../../../filters/dedup/walk.ts'
import { keysOf } from './reference.ts'

export interface Deduplicated {
  /** By document: the kept document that it duplicates, or -1. */
  readonly duplicateOf: Int32Array
  readonly similarity: Float32Array
}

/** Deduplicates texts by one method, earlier ones first in rank: what a build does, in memory. */
export function deduplicate(texts: readonly string[], method: DedupMethod): Deduplicated {
  const words = method.sketchWords
  const sketches = new Uint32Array(texts.length * words)
  const roots = texts.map((_, document) => document)
  const rootOf = (document: number): number => {
    let at = document
    while (roots[at] !== at) at = roots[at] = roots[roots[at]!]!
    return at
  }
  const firstOfKey = new Map<string, number>()
  for (const [document, text] of texts.entries()) {
    method.sketch({ text, id: undefined, url: undefined }, sketches, document * words)
    for (const key of keysOf(method, sketches, document * words)) {
      const first = firstOfKey.get(key)
      if (first === undefined) firstOfKey.set(key, document)
      else roots[rootOf(document)] = rootOf(first)
    }
  }
  const components = new Map<number, number[]>()
  for (const document of roots.keys()) {
    const root = rootOf(document)
    const members = components.get(root)
    if (members === undefined) components.set(root, [document])
    else members.push(document)
  }
  const duplicateOf = new Int32Array(texts.length).fill(-1)
  const similarity = new Float32Array(texts.length)
  for (const members of components.values()) {
    if (members.length === 1) continue
    const own = new Uint32Array(members.length * words)
    for (const [place, document] of members.entries()) {
      own.set(sketches.subarray(document * words, (document + 1) * words), place * words)
    }
    const walked = walk({ count: members.length, sketches: [own] }, [method])
    for (const [place, document] of members.entries()) {
      const kept = walked.duplicateOf[place]!
      if (kept === -1) continue
      duplicateOf[document] = members[kept]!
      similarity[document] = walked.similarity[place]!
    }
  }
  return { duplicateOf, similarity }
}
