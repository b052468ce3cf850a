/** Readable twins of the packings, O(n²): pieces as objects, bins as arrays. */
export interface Piece {
  document: number
  from: number
  length: number
}

/** One stream, cut every `size` tokens. */
export function concatReference(lengths: readonly number[], size: number): Piece[][] {
  const tokens = lengths.flatMap((length, document) =>
    Array.from({ length }, (_, from) => ({ document, from })),
  )
  const sequences: Piece[][] = []
  for (let at = 0; at < tokens.length; at += size) {
    const pieces: Piece[] = []
    for (const { document, from } of tokens.slice(at, at + size)) {
      const last = pieces.at(-1)
      if (last?.document === document) last.length++
      else pieces.push({ document, from, length: 1 })
    }
    sequences.push(pieces)
  }
  return sequences
}

/** Best-fit-decreasing by looking at every open bin; bins as they are opened, pieces in mix order. */
export function bestFitReference(lengths: readonly number[], size: number): Piece[][] {
  const pieces = lengths.flatMap((length, document) => {
    const cut: Piece[] = []
    for (let from = 0; from < length; from += size)
      cut.push({ document, from, length: Math.min(size, length - from) })
    return cut
  })
  const bins: { room: number; since: number; pieces: Piece[] }[] = []
  const longestFirst = pieces.toSorted((a, b) => b.length - a.length)
  for (const [clock, piece] of longestFirst.entries()) {
    const fitting = bins.filter((bin) => bin.room >= piece.length)
    fitting.sort((a, b) => a.room - b.room || a.since - b.since)
    let [bin] = fitting
    if (bin === undefined) {
      bin = { room: size, since: 0, pieces: [] }
      bins.push(bin)
    }
    bin.room -= piece.length
    bin.since = clock
    bin.pieces.push(piece)
  }
  return bins.map((bin) => bin.pieces.toSorted((a, b) => a.document - b.document || a.from - b.from))
}

/** A new sequence for every document, and another one whenever it is full. */
export function oneDocumentReference(lengths: readonly number[], size: number): Piece[][] {
  const sequences: Piece[][] = []
  for (const [document, length] of lengths.entries()) {
    let piece: Piece | undefined
    for (let token = 0; token < length; token++) {
      if (piece === undefined || piece.length === size) {
        piece = { document, from: token, length: 0 }
        sequences.push([piece])
      }
      piece.length++
    }
  }
  return sequences
}
