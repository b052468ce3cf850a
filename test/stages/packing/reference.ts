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

export interface BestFitSettings {
  readonly long?: 'fragment' | 'truncate' | 'own'
  readonly maxDocuments?: number
}

/** Best-fit-decreasing by looking at every open bin; bins as they are opened, pieces in mix order. */
export function bestFitReference(
  lengths: readonly number[],
  size: number,
  {
    long = 'fragment',
    maxDocuments = Infinity,
  }: { long?: 'fragment' | 'truncate' | 'own'; maxDocuments?: number } = {},
): Piece[][] {
  const pieces = lengths.flatMap((length, document) => {
    const cut: Piece[] = []
    for (let from = 0; from < length; from += size)
      cut.push({ document, from, length: Math.min(size, length - from) })
    return long === 'truncate' ? cut.slice(0, 1) : cut
  })
  const isAlone = ({ document }: Piece): boolean => long === 'own' && (lengths[document] ?? 0) > size
  const bins: { room: number; since: number; pieces: Piece[] }[] = []
  const longestFirst = pieces.toSorted((a, b) => b.length - a.length)
  for (const [clock, piece] of longestFirst.entries()) {
    const fitting = bins.filter(
      (bin) =>
        bin.room >= piece.length &&
        bin.pieces.length < maxDocuments &&
        ![piece, ...bin.pieces].some((each) => isAlone(each)),
    )
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

/** Pieces by what they are long; each kind in rows of its own, in mix order. */
export function bucketsReference(lengths: readonly number[], size: number, smallest: number): Piece[][] {
  const rows: Piece[][] = []
  const sizes = [...Array.from({ length: Math.log2(size) + 1 }, (_, power) => 2 ** power), 0]
  const pieces = lengths.flatMap((length, document) => {
    const cut: Piece[] = []
    let from = 0
    while (from < length) {
      const left = length - from
      const fitting = sizes.filter((each) => each >= smallest && each <= left)
      const taken = fitting.length > 0 ? Math.max(...fitting) : left
      cut.push({ document, from, length: taken })
      from += taken
    }
    return cut
  })
  for (const bucket of sizes) {
    const own = pieces.filter(({ length }) =>
      bucket === 0 ? length < smallest : length >= smallest && length === bucket,
    )
    let room = 0
    for (const piece of own) {
      if (room < piece.length) {
        rows.push([])
        room = size
      }
      rows.at(-1)?.push(piece)
      room -= piece.length
    }
  }
  return rows
}
