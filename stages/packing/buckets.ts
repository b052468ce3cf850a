import { MillraceError } from '../../lib/errors.ts'
import type { Packing, PackingRequest } from '../define-packing.ts'
import { cutDocuments, type Fragments, keyedRanks, layOut } from './fragments.ts'
import { requireSequenceLength } from './sequence-length.ts'

/**
 * Dataset decomposition (Pouransari et al., "Dataset Decomposition: Faster LLM Training with Variable Sequence Length
 * Curriculum", NeurIPS 2024): a document is cut into pieces of powers of two, the longest first, at most a sequence long.
 * Pieces of one length fill rows of S tokens, S / 2^k of them side by side: a trainer reads such a row as S / 2^k sequences
 * of 2^k tokens, so that every batch has as many tokens, and no document sees another. The paper drops what is shorter than
 * its smallest bucket; here such ends share rows among themselves, uncut. Each bucket's last row may be short. Rows stand
 * in a keyed order.
 *
 * Worked example, S = 8, smallest 2: documents of 13, 6, 8 tokens → pieces 8 4 1 | 4 2 | 8 → rows [0: 8] [2: 8]
 * [0: 4, 1: 4] [1: 2] [0: 1].
 *
 * Throws RECIPE_INVALID unless both lengths are powers of two, the smallest bucket not above the sequence.
 */
export function packBuckets({ lengths, sequenceLength, seed }: PackingRequest, smallest: number): Packing {
  requireSequenceLength(sequenceLength)
  requirePowerOfTwo('sequenceLength', 'a stored sequence', sequenceLength)
  requirePowerOfTwo('packing.one-document.smallest', 'the smallest', smallest)
  if (smallest > sequenceLength) throw tooLarge(smallest, sequenceLength)
  const fragments = cutDocuments(lengths, (tokens, add) => {
    let left = tokens
    for (; left >= sequenceLength; left -= sequenceLength) add(sequenceLength)
    for (let size = sequenceLength; left > 0; size /= 2) {
      if (size < smallest) {
        add(left)
        return
      }
      if (left < size) continue
      add(size)
      left -= size
    }
  })
  const { row, rows } = fillRows(fragments, sequenceLength, smallest)
  return layOut(fragments, row, keyedRanks(rows, seed))
}

/** The row of each fragment: the open one of its bucket while it has room. Ends below `smallest` are one bucket. */
function fillRows(
  { count, length }: Fragments,
  sequenceLength: number,
  smallest: number,
): { row: Uint32Array; rows: number } {
  const row = new Uint32Array(count)
  // By log2 of the length, and last the ends.
  const ends = 31
  const open = new Int32Array(ends + 1).fill(-1)
  const filled = new Uint32Array(ends + 1)
  let rows = 0
  for (let i = 0; i < count; i++) {
    const tokens = length[i] ?? 0
    const bucket = tokens < smallest ? ends : 31 - Math.clz32(tokens)
    if ((open[bucket] ?? -1) < 0 || (filled[bucket] ?? 0) + tokens > sequenceLength) {
      open[bucket] = rows++
      filled[bucket] = 0
    }
    row[i] = open[bucket] ?? 0
    filled[bucket] = (filled[bucket] ?? 0) + tokens
  }
  return { row, rows }
}

function requirePowerOfTwo(key: string, what: string, value: number): void {
  if (Number.isInteger(Math.log2(value))) return
  const near = 2 ** Math.max(0, Math.round(Math.log2(value)))
  throw new MillraceError('RECIPE_INVALID', `buckets are powers of two, and ${what} has ${value} tokens`, {
    key,
    got: value,
    fix: `Write a power of two, such as ${near}, and \`unit: S\`; or leave \`buckets\` out.`,
  })
}

function tooLarge(smallest: number, sequenceLength: number): MillraceError {
  return new MillraceError(
    'RECIPE_INVALID',
    `the smallest bucket has ${smallest} tokens, and a sequence ${sequenceLength}`,
    {
      key: 'packing.one-document.smallest',
      got: smallest,
      limit: sequenceLength,
      fix: `Write a power of two up to ${sequenceLength}.`,
    },
  )
}
