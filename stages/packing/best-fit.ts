import { type Key64, keyedHash } from '../../lib/kernels/keyed-hash.ts'
import { definePacking, type Packing, type PackingRequest } from '../define-packing.ts'
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
 * Worked example, S = 8: documents of 3, 12, 5, 2 tokens → fragments 8 (of 1), 5 (2), 4 (1), 3 (0), 2 (3): bins
 * {1: 8}, {2: 5}, {1: 4}; 3 goes to the bin with 3 left, {0: 3, 2: 5}; 2 to the one with 4, {1: 4, 3: 2}.
 */
export const bestFit = definePacking({
  name: 'best-fit',
  summary:
    'Whole documents side by side, the fullest sequence that has room first; cuts only documents longer than a sequence',
  revision: 1,
  pack,
})

/** Pieces of documents before they have a sequence, in mix order. Each a Uint32Array of length `count`. */
interface Fragments {
  readonly count: number
  readonly document: Uint32Array
  readonly from: Uint32Array
  readonly length: Uint32Array
}

function pack({ lengths, sequenceLength, seed }: PackingRequest): Packing {
  requireSequenceLength(sequenceLength)
  const fragments = cut(lengths, sequenceLength)
  const { bin, bins } = fill(fragments, sequenceLength)
  return layOut(fragments, bin, keyedRanks(bins, seed))
}

function cut(lengths: Uint32Array, sequenceLength: number): Fragments {
  let count = 0
  for (let d = 0; d < lengths.length; d++) count += Math.ceil((lengths[d] ?? 0) / sequenceLength)
  const document = new Uint32Array(count)
  const from = new Uint32Array(count)
  const length = new Uint32Array(count)
  let i = 0
  for (let d = 0; d < lengths.length; d++) {
    const tokens = lengths[d] ?? 0
    for (let start = 0; start < tokens; start += sequenceLength) {
      document[i] = d
      from[i] = start
      length[i] = Math.min(sequenceLength, tokens - start)
      i++
    }
  }
  return { count, document, from, length }
}

/** The bin of each fragment, bins numbered as they are opened. */
function fill({ count, length }: Fragments, sequenceLength: number): { bin: Uint32Array; bins: number } {
  const bin = new Uint32Array(count)
  const open = openBins(count, sequenceLength)
  const longestFirst = sortByLength(length, sequenceLength)
  let bins = 0
  for (let i = 0; i < count; i++) {
    const fragment = longestFirst[i] ?? 0
    const tokens = length[fragment] ?? 0
    const fitting = open.take(tokens)
    const target = fitting < 0 ? bins++ : fitting
    const left = (fitting < 0 ? sequenceLength : open.room()) - tokens
    if (left > 0) open.put(target, left)
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

/**
 * A keyed permutation of 0..count-1: the rank of each by the first 32 bits of hash(seed, 'sequence order', number), ties
 * by number.
 */
function keyedRanks(count: number, seed: string): Uint32Array {
  const hash = keyedHash(seed, 'sequence order')
  const words = new Uint32Array(4)
  const key: Key64 = { high: 0, low: 0 }
  const keys = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    words[0] = i
    hash(words, 0, key)
    keys[i] = key.high
  }
  const byNumber = Uint32Array.from(keys, (_, i) => i)
  const order = sortByHalf(keys, 16, sortByHalf(keys, 0, byNumber))
  const rank = new Uint32Array(count)
  for (let i = 0; i < count; i++) rank[order[i] ?? 0] = i
  return rank
}

/** `order` sorted by 16 bits of each one's key, equal ones left in order: a radix sort's pass. */
function sortByHalf(keys: Uint32Array, shift: number, order: Uint32Array): Uint32Array {
  const slot = new Uint32Array(0x10001)
  for (let i = 0; i < keys.length; i++) {
    const after = (((keys[i] ?? 0) >>> shift) & 0xffff) + 1
    slot[after] = (slot[after] ?? 0) + 1
  }
  for (let digit = 1; digit < slot.length; digit++) slot[digit] = (slot[digit] ?? 0) + (slot[digit - 1] ?? 0)
  const sorted = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) {
    const number = order[i] ?? 0
    const digit = ((keys[number] ?? 0) >>> shift) & 0xffff
    const at = slot[digit] ?? 0
    sorted[at] = number
    slot[digit] = at + 1
  }
  return sorted
}

/** Puts fragments, taken in mix order, one after the other into their sequences; bin b is sequence `rank[b]`. */
function layOut(fragments: Fragments, bin: Uint32Array, rank: Uint32Array): Packing {
  const { count: pieces } = fragments
  const sequences = rank.length
  const slot = new Uint32Array(sequences + 1)
  for (let i = 0; i < pieces; i++) {
    const after = (rank[bin[i] ?? 0] ?? 0) + 1
    slot[after] = (slot[after] ?? 0) + 1
  }
  for (let s = 1; s <= sequences; s++) slot[s] = (slot[s] ?? 0) + (slot[s - 1] ?? 0)
  const filled = new Uint32Array(sequences)
  const document = new Uint32Array(pieces)
  const documentStart = new Uint32Array(pieces)
  const sequence = new Uint32Array(pieces)
  const start = new Uint32Array(pieces)
  const length = new Uint32Array(pieces)
  for (let i = 0; i < pieces; i++) {
    const target = rank[bin[i] ?? 0] ?? 0
    const at = slot[target] ?? 0
    const tokens = fragments.length[i] ?? 0
    document[at] = fragments.document[i] ?? 0
    documentStart[at] = fragments.from[i] ?? 0
    sequence[at] = target
    start[at] = filled[target] ?? 0
    length[at] = tokens
    slot[target] = at + 1
    filled[target] = (filled[target] ?? 0) + tokens
  }
  return { sequences, pieces, document, documentStart, sequence, start, length }
}
