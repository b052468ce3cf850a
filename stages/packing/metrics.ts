import type { Packing, PackingRequest } from '../define-packing.ts'

/** What a packing costs and what it does to documents. Counts are of one request. */
export interface PackingMetrics {
  readonly sequences: number
  /** Tokens of documents, specials included. */
  readonly realTokens: number
  /** Tokens that the sequences leave empty. */
  readonly padding: number
  /** realTokens / (sequences x sequenceLength); 1 without sequences. */
  readonly efficiency: number
  /** Documents in two pieces or more that no packing could keep whole: longer than a sequence. */
  readonly cutNeeded: number
  /** Documents in two pieces or more that a sequence would have held. */
  readonly cutNeedless: number
  /** Pieces of the documents that are cut. */
  readonly fragments: number
  /** Pieces in a sequence, mean; 0 without sequences. */
  readonly documentsPerSequence: number
  /**
   * Tokens of its own document before a token in its sequence, mean over tokens: what attention within documents can
   * use. A piece of l tokens adds l (l - 1) / 2 in sum; 0 without tokens.
   */
  readonly meanUsableContext: number
}

export function packingMetrics(packing: Packing, request: PackingRequest): PackingMetrics {
  const { lengths, sequenceLength } = request
  const { sequences, pieces } = packing
  const piecesOf = new Uint32Array(lengths.length)
  let realTokens = 0
  let usable = 0
  for (let i = 0; i < pieces; i++) {
    const tokens = packing.length[i] ?? 0
    const document = packing.document[i] ?? 0
    piecesOf[document] = (piecesOf[document] ?? 0) + 1
    realTokens += tokens
    usable += (tokens * (tokens - 1)) / 2
  }
  const capacity = sequences * sequenceLength
  return {
    sequences,
    realTokens,
    padding: capacity - realTokens,
    efficiency: capacity === 0 ? 1 : realTokens / capacity,
    ...countCuts(piecesOf, request),
    documentsPerSequence: sequences === 0 ? 0 : pieces / sequences,
    meanUsableContext: realTokens === 0 ? 0 : usable / realTokens,
  }
}

function countCuts(piecesOf: Uint32Array, { lengths, sequenceLength }: PackingRequest): CutCounts {
  const counts = { cutNeeded: 0, cutNeedless: 0, fragments: 0 }
  for (let d = 0; d < lengths.length; d++) {
    const pieces = piecesOf[d] ?? 0
    if (pieces < 2) continue
    counts.fragments += pieces
    if ((lengths[d] ?? 0) > sequenceLength) counts.cutNeeded++
    else counts.cutNeedless++
  }
  return counts
}

type CutCounts = Pick<PackingMetrics, 'cutNeeded' | 'cutNeedless' | 'fragments'>
