import { definePacking, type Packing, type PackingRequest } from '../define-packing.ts'
import { requireSequenceLength } from './sequence-length.ts'

/**
 * Every sequence has pieces of one document only: one piece, as a longer document is cut into full sequences and a
 * remainder, and what is left of a sequence is padding. For trainers without a document mask, where documents are about as
 * long as a sequence; short ones waste most of it. Sequences are in mix order.
 *
 * Worked example, sequences of 4: documents of 3, 9, 4 tokens → [0 0 0 –] [1 1 1 1] [1 1 1 1] [1 – – –] [2 2 2 2].
 */
export const oneDocument = definePacking({
  name: 'one-document',
  summary:
    'One document a sequence, padded: no document sees another; cuts only documents longer than a sequence, wastes room after short ones',
  revision: 1,
  pack,
})

function pack({ lengths, sequenceLength }: PackingRequest): Packing {
  requireSequenceLength(sequenceLength)
  let pieces = 0
  for (let d = 0; d < lengths.length; d++) pieces += Math.ceil((lengths[d] ?? 0) / sequenceLength)
  const document = new Uint32Array(pieces)
  const documentStart = new Uint32Array(pieces)
  const length = new Uint32Array(pieces)
  let piece = 0
  for (let d = 0; d < lengths.length; d++) {
    const tokens = lengths[d] ?? 0
    for (let from = 0; from < tokens; from += sequenceLength) {
      document[piece] = d
      documentStart[piece] = from
      length[piece] = Math.min(sequenceLength, tokens - from)
      piece++
    }
  }
  const sequence = Uint32Array.from(length, (_, i) => i)
  return {
    sequences: pieces,
    pieces,
    document,
    documentStart,
    sequence,
    start: new Uint32Array(pieces),
    length,
  }
}
