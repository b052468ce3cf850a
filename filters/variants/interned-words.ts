import { codePoints } from './repeated-parts.ts'

/** Words as numbers: equal words have equal ones. */
export interface InternedWords {
  readonly ids: Int32Array
  /** How often each stands in the text, by id: in the order in which they stand there first. */
  readonly counts: readonly number[]
  /** Code points before each word, words alone: `ends[i]` of the first i, with n + 1 entries. */
  readonly ends: Float64Array
}

export function internWords(words: readonly string[]): InternedWords {
  const known = new Map<string, number>()
  const counts: number[] = []
  const lengths: number[] = []
  const ids = new Int32Array(words.length)
  const ends = new Float64Array(words.length + 1)
  for (const [at, word] of words.entries()) {
    let id = known.get(word)
    if (id === undefined) {
      id = known.size
      known.set(word, id)
      counts.push(0)
      lengths.push(codePoints(word))
    }
    counts[id] = (counts[id] ?? 0) + 1
    ids[at] = id
    ends[at + 1] = (ends[at] ?? 0) + (lengths[id] ?? 0)
  }
  return { ids, counts, ends }
}

/** Code points of words [start, end). */
export function charactersOf({ ends }: InternedWords, start: number, end: number): number {
  return (ends[end] ?? 0) - (ends[start] ?? 0)
}
