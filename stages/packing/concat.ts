import { z } from 'zod'
import { definePacking, type Packing, type PackingRequest } from '../define-packing.ts'
import { requireSequenceLength } from './sequence-length.ts'

/**
 * One stream of all documents in mix order, cut every `sequenceLength` tokens. Documents are cut wherever a sequence
 * ends; only the last sequence may be short, and its writer pads it. A document of no tokens gives no piece.
 *
 * Worked example, sequences of 4: documents of 3, 3, 4 tokens → [0 0 0 1] [1 1 2 2] [2 2 – –].
 */
export const concat = definePacking({
  name: 'concat',
  summary:
    'One stream cut every sequenceLength tokens: no padding but in the last sequence, documents are cut anywhere',
  revision: 1,
  settings: z.strictObject({}),
  pack,
})

function pack({ lengths, sequenceLength }: PackingRequest): Packing {
  requireSequenceLength(sequenceLength)
  const pieces = countPieces(lengths, sequenceLength)
  const document = new Uint32Array(pieces)
  const documentStart = new Uint32Array(pieces)
  const sequence = new Uint32Array(pieces)
  const start = new Uint32Array(pieces)
  const length = new Uint32Array(pieces)
  let piece = 0
  let current = 0
  let filled = 0
  for (let d = 0; d < lengths.length; d++) {
    const tokens = lengths[d] ?? 0
    for (let from = 0; from < tokens; ) {
      if (filled === sequenceLength) {
        current++
        filled = 0
      }
      const taken = Math.min(tokens - from, sequenceLength - filled)
      document[piece] = d
      documentStart[piece] = from
      sequence[piece] = current
      start[piece] = filled
      length[piece] = taken
      piece++
      from += taken
      filled += taken
    }
  }
  return {
    sequences: pieces === 0 ? 0 : current + 1,
    pieces,
    document,
    documentStart,
    sequence,
    start,
    length,
  }
}

function countPieces(lengths: Uint32Array, sequenceLength: number): number {
  let pieces = 0
  let filled = 0
  for (let d = 0; d < lengths.length; d++) {
    const tokens = lengths[d] ?? 0
    if (tokens === 0) continue
    if (filled === sequenceLength) filled = 0
    const end = filled + tokens
    pieces += Math.ceil(end / sequenceLength)
    filled = end % sequenceLength === 0 ? sequenceLength : end % sequenceLength
  }
  return pieces
}
