import type { Packing, PackingRequest } from '../define-packing.ts'

/** What a packing costs and what it does to documents. Counts are of one request. */
export interface PackingMetrics {
  readonly sequences: number
  /** Tokens of documents that are placed, specials included. */
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
  /** Documents of which only the beginning is placed, and the tokens that are not. */
  readonly truncated: number
  readonly truncatedTokens: number
  /** Pieces of documents, over all sequences. */
  readonly pieces: number
  /** Pieces in a sequence, mean; 0 without sequences. */
  readonly documentsPerSequence: number
  /**
   * Tokens of its own document before a token in its sequence, mean over tokens: what attention within documents can
   * use. A piece of l tokens adds l (l - 1) / 2 in sum; 0 without tokens.
   */
  readonly meanUsableContext: number
}

/** What the metrics need of a request. */
type MeasuredPacking = Pick<PackingRequest, 'lengths' | 'sequenceLength'>

export function packingMetrics(
  packing: Pick<Packing, 'sequences' | 'pieces' | 'document' | 'length'>,
  request: MeasuredPacking,
): PackingMetrics {
  const { lengths, sequenceLength } = request
  const { sequences, pieces } = packing
  const piecesOf = new Uint32Array(lengths.length)
  const placed = new Uint32Array(lengths.length)
  let realTokens = 0
  let usable = 0
  for (let i = 0; i < pieces; i++) {
    const tokens = packing.length[i] ?? 0
    const document = packing.document[i] ?? 0
    piecesOf[document] = (piecesOf[document] ?? 0) + 1
    placed[document] = (placed[document] ?? 0) + tokens
    realTokens += tokens
    usable += (tokens * (tokens - 1)) / 2
  }
  const capacity = sequences * sequenceLength
  return {
    sequences,
    realTokens,
    padding: capacity - realTokens,
    efficiency: capacity === 0 ? 1 : realTokens / capacity,
    ...countCuts(piecesOf, placed, request),
    pieces,
    documentsPerSequence: sequences === 0 ? 0 : pieces / sequences,
    meanUsableContext: realTokens === 0 ? 0 : usable / realTokens,
  }
}

function countCuts(
  piecesOf: Uint32Array,
  placed: Uint32Array,
  { lengths, sequenceLength }: MeasuredPacking,
): CutCounts {
  const counts = { cutNeeded: 0, cutNeedless: 0, fragments: 0, truncated: 0, truncatedTokens: 0 }
  for (let d = 0; d < lengths.length; d++) {
    const missing = (lengths[d] ?? 0) - (placed[d] ?? 0)
    if (missing > 0) counts.truncated++
    counts.truncatedTokens += missing
    const pieces = piecesOf[d] ?? 0
    if (pieces < 2) continue
    counts.fragments += pieces
    if ((lengths[d] ?? 0) > sequenceLength) counts.cutNeeded++
    else counts.cutNeedless++
  }
  return counts
}

type CutCounts = Pick<
  PackingMetrics,
  'cutNeeded' | 'cutNeedless' | 'fragments' | 'truncated' | 'truncatedTokens'
>

/** The metrics of several shards' packings as one. */
export function sumMetrics(parts: readonly PackingMetrics[]): PackingMetrics {
  const sum = (count: (part: PackingMetrics) => number): number =>
    parts.reduce((total, part) => total + count(part), 0)
  const [sequences, pieces] = [sum((part) => part.sequences), sum((part) => part.pieces)]
  const [realTokens, padding] = [sum((part) => part.realTokens), sum((part) => part.padding)]
  const usable = sum((part) => part.meanUsableContext * part.realTokens)
  return {
    sequences,
    realTokens,
    padding,
    efficiency: realTokens + padding === 0 ? 1 : realTokens / (realTokens + padding),
    cutNeeded: sum((part) => part.cutNeeded),
    cutNeedless: sum((part) => part.cutNeedless),
    fragments: sum((part) => part.fragments),
    truncated: sum((part) => part.truncated),
    truncatedTokens: sum((part) => part.truncatedTokens),
    pieces,
    documentsPerSequence: sequences === 0 ? 0 : pieces / sequences,
    meanUsableContext: realTokens === 0 ? 0 : usable / realTokens,
  }
}
