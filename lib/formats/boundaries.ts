/** What trainers are told of a sequence's documents; each array has an entry a token, but for `cuSeqlens`. */
export interface Boundaries {
  /** From 0 in each document piece. */
  readonly positionIds: Int32Array
  /** 1 for the tokens of the first piece, 2 for those of the second, …; padding: 0. */
  readonly documentIds: Int32Array
  /** 0, then the end of each piece: what variable-length attention takes. The last one is the sequence's length. */
  readonly cuSeqlens: Int32Array
}

/**
 * The boundaries of a stored sequence in the forms in which models take them. Files have the lengths of the document pieces
 * alone (`pieceLengths`, the column `document_lengths`), since all else follows from them; padding behind the last piece is
 * one piece more.
 *
 * @example
 * boundariesOf([2, 3], 6) // positionIds 0 1 0 1 2 0, documentIds 1 1 2 2 2 0, cuSeqlens 0 2 5 6
 */
export function boundariesOf(pieceLengths: readonly number[], sequenceLength: number): Boundaries {
  const real = pieceLengths.reduce((sum, length) => sum + length, 0)
  const pieces = real < sequenceLength ? [...pieceLengths, sequenceLength - real] : pieceLengths
  const positionIds = new Int32Array(sequenceLength)
  const documentIds = new Int32Array(sequenceLength)
  const cuSeqlens = new Int32Array(pieces.length + 1)
  let start = 0
  for (const [piece, length] of pieces.entries()) {
    const end = start + length
    for (let at = start; at < end; at++) positionIds[at] = at - start
    if (start < real) documentIds.fill(piece + 1, start, end)
    cuSeqlens[piece + 1] = end
    start = end
  }
  return { positionIds, documentIds, cuSeqlens }
}
