import { int32List, push } from '../../lib/text/int32-list.ts'
import { addSpan, findSpan, HASH_FACTOR, HASH_SEED, spanTable } from '../../lib/text/span-table.ts'
import { WHITE } from '../../lib/text/split-words.ts'
import { unitsOf } from '../../lib/text/units-of.ts'
import { codePoints } from './repeated-parts.ts'

/** The words of a text between white space (Python's) as numbers: equal words have equal ones. No string is kept of them. */
export interface InternedWords {
  readonly ids: Int32Array
  /** How often each stands in the text, by id: in the order in which they stand there first. */
  readonly counts: Int32Array
  /** Code points before each word, words alone: `ends[i]` of the first i, with n + 1 entries. */
  readonly ends: Int32Array
  /** The word of an id. */
  readonly word: (id: number) => string
}

export function internWords(text: string): InternedWords {
  const units = unitsOf(text)
  const table = spanTable()
  const ids = int32List()
  const counts = int32List()
  const lengths = int32List()
  const word = (id: number): string => {
    const { arena, ends } = table
    const start = id === 0 ? 0 : (ends[id - 1] ?? 0)
    return Buffer.from(arena.buffer, start * 2, ((ends[id] ?? 0) - start) * 2).toString('utf16le')
  }
  for (let at = 0; at < units.length; at++) {
    const start = at
    let hash = HASH_SEED
    for (; at < units.length && WHITE[units[at] ?? 0] === 0; at++)
      hash = Math.imul(hash ^ (units[at] ?? 0), HASH_FACTOR)
    if (at === start) continue
    let id = findSpan(table, units, start, at, hash)
    if (id === -1) {
      id = addSpan(table, units, start, at, hash)
      push(counts, 0)
      push(lengths, codePoints(word(id)))
    }
    counts.items[id] = (counts.items[id] ?? 0) + 1
    push(ids, id)
  }
  const ends = new Int32Array(ids.length + 1)
  for (let at = 0; at < ids.length; at++)
    ends[at + 1] = (ends[at] ?? 0) + (lengths.items[ids.items[at] ?? 0] ?? 0)
  return {
    ids: ids.items.subarray(0, ids.length),
    counts: counts.items.subarray(0, counts.length),
    ends,
    word,
  }
}

/** Code points of words [start, end). */
export function charactersOf({ ends }: InternedWords, start: number, end: number): number {
  return (ends[end] ?? 0) - (ends[start] ?? 0)
}

/** Words [start, end) with a space between. */
export function joined({ ids, word }: InternedWords, start: number, end: number): string {
  return Array.from(ids.subarray(start, end), word).join(' ')
}
