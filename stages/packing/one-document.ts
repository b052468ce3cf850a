import { z } from 'zod'
import { definePacking, type Packing, type PackingRequest } from '../define-packing.ts'
import { packBuckets } from './buckets.ts'
import { cutDocuments, layOut } from './fragments.ts'
import { requireSequenceLength } from './sequence-length.ts'

/**
 * Every sequence has pieces of one document only: one piece, as a longer document is cut into full sequences and a
 * remainder, and what is left of a sequence is padding. For trainers without a document mask, where documents are about as
 * long as a sequence; short ones waste most of it. Sequences are in mix order.
 *
 * Worked example, sequences of 4: documents of 3, 9, 4 tokens → [0 0 0 –] [1 1 1 1] [1 1 1 1] [1 – – –] [2 2 2 2].
 *
 * With `buckets: power-of-two` the waste goes, see `buckets.ts`.
 */
export const oneDocument = definePacking({
  name: 'one-document',
  summary:
    'One document a sequence, padded: no document sees another; cuts only documents longer than a sequence, wastes room after short ones',
  revision: 1,
  settings: z.strictObject({
    buckets: z
      .enum(['none', 'power-of-two'])
      .default('none')
      .describe(
        'none: a document has whole sequences; power-of-two: documents are cut into pieces of 2^k tokens, and a row of ' +
          'sequenceLength tokens has pieces of one length, to be read as that many sequences.',
      ),
    smallest: z
      .int()
      .min(1)
      .default(64)
      .describe('Tokens of the smallest bucket, a power of two; shorter ends share rows of their own.'),
  }),
  pack: (request, { buckets, smallest }) =>
    buckets === 'none' ? pack(request) : packBuckets(request, smallest),
})

function pack({ lengths, sequenceLength }: PackingRequest): Packing {
  requireSequenceLength(sequenceLength)
  const fragments = cutDocuments(lengths, (tokens, add) => {
    for (let from = 0; from < tokens; from += sequenceLength) add(Math.min(sequenceLength, tokens - from))
  })
  const own = Uint32Array.from({ length: fragments.count }, (_, i) => i)
  return layOut(fragments, own, own)
}
