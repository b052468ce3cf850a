import { z } from 'zod'
import { definePacking, type Packing, type PackingRequest } from '../define-packing.ts'
import { cutDocuments, type Fragments, keyedRanks, layOut } from './fragments.ts'
import { openBins } from './open-bins.ts'
import { requireSequenceLength } from './sequence-length.ts'

/**
 * Best-fit-decreasing packing (Ding et al., "Fewer Truncations Improve Language Modeling", ICML 2024): only documents
 * longer than a sequence are cut, into full sequences and a remainder; everything else stays whole.
 *
 * Fragments are taken longest first, equal lengths in mix order. Each goes where the least room is left that holds it;
 * of bins with equal room, to the one that has had it longest; else it opens a new bin. In a sequence, pieces lie in
 * mix order. As bins are opened longest documents first, the finished sequences are put into a keyed order.
 *
 * O(N log S) time for N fragments and sequences of S tokens; about 40 bytes a fragment and 12 a token of S.
 *
 * `long` says what becomes of a document longer than a sequence: `fragment`, as above; `own`, its remainder has a sequence
 * to itself; `truncate`, only its first sequence is placed, and the rest is counted as truncated. OLMo-core packs by
 * the first or the last. A sequence that has `maxDocuments` pieces takes no more.
 *
 * Worked example, S = 8: documents of 3, 12, 5, 2 tokens → fragments 8 (of 1), 5 (2), 4 (1), 3 (0), 2 (3): bins
 * {1: 8}, {2: 5}, {1: 4}; 3 goes to the bin with 3 left, {0: 3, 2: 5}; 2 to the one with 4, {1: 4, 3: 2}.
 */
export const bestFit = definePacking({
  name: 'best-fit',
  summary:
    'Whole documents side by side, the fullest sequence that has room first; cuts only documents longer than a sequence',
  revision: 1,
  settings: z.strictObject({
    long: z
      .enum(['fragment', 'truncate', 'own'])
      .default('fragment')
      .describe(
        'Documents longer than a sequence: cut, the remainder beside others (fragment) or in a sequence of its own (own); ' +
          'or cut off after one sequence (truncate), which loses the rest in these formats.',
      ),
    maxDocuments: z.int().min(1).optional().describe('Pieces of documents in a sequence, at most.'),
  }),
  pack,
})

interface Settings {
  readonly long: 'fragment' | 'truncate' | 'own'
  readonly maxDocuments?: number | undefined
}

function pack({ lengths, sequenceLength, seed }: PackingRequest, settings: Settings): Packing {
  requireSequenceLength(sequenceLength)
  const fragments = cut(lengths, sequenceLength, settings)
  const { bin, bins } = fill(fragments, lengths, sequenceLength, settings)
  return layOut(fragments, bin, keyedRanks(bins, seed))
}

function cut(lengths: Uint32Array, sequenceLength: number, { long }: Settings): Fragments {
  return cutDocuments(lengths, (tokens, add) => {
    const placed = long === 'truncate' ? Math.min(tokens, sequenceLength) : tokens
    for (let start = 0; start < placed; start += sequenceLength) add(Math.min(sequenceLength, placed - start))
  })
}

/** The bin of each fragment, bins numbered as they are opened. */
function fill(
  { count, document, length }: Fragments,
  lengths: Uint32Array,
  sequenceLength: number,
  { long, maxDocuments = Number.POSITIVE_INFINITY }: Settings,
): { bin: Uint32Array; bins: number } {
  const bin = new Uint32Array(count)
  const held = new Uint32Array(count)
  const isAlone = (fragment: number): boolean =>
    long === 'own' && (lengths[document[fragment] ?? 0] ?? 0) > sequenceLength
  const open = openBins(count, sequenceLength)
  const longestFirst = sortByLength(length, sequenceLength)
  let bins = 0
  for (let i = 0; i < count; i++) {
    const fragment = longestFirst[i] ?? 0
    const tokens = length[fragment] ?? 0
    const alone = isAlone(fragment)
    const fitting = alone ? -1 : open.take(tokens)
    const target = fitting < 0 ? bins++ : fitting
    const left = (fitting < 0 ? sequenceLength : open.room()) - tokens
    const documents = (held[target] ?? 0) + 1
    held[target] = documents
    if (left > 0 && !alone && documents < maxDocuments) open.put(target, left)
    bin[fragment] = target
  }
  return { bin, bins }
}

/** Fragment numbers by length, longest first, equal lengths in order: a counting sort, as lengths are 1..S. */
function sortByLength(length: Uint32Array, sequenceLength: number): Uint32Array {
  const slot = new Uint32Array(sequenceLength + 1)
  for (let i = 0; i < length.length; i++) {
    const tokens = length[i] ?? 0
    slot[tokens] = (slot[tokens] ?? 0) + 1
  }
  let before = 0
  for (let tokens = sequenceLength; tokens >= 0; tokens--) {
    const same = slot[tokens] ?? 0
    slot[tokens] = before
    before += same
  }
  const order = new Uint32Array(length.length)
  for (let i = 0; i < length.length; i++) {
    const tokens = length[i] ?? 0
    const at = slot[tokens] ?? 0
    order[at] = i
    slot[tokens] = at + 1
  }
  return order
}
