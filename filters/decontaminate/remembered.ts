/** Which alignments of benchmarks' texts with a document were made, so that none is made again for each of its words. */

/** Texts whose last alignment is remembered: one that takes another's place costs time or a match over a gap, nothing else. */
export const REMEMBERED = 4096

export interface Remembered {
  /** Whether an alignment of the text went over this word of the document, at this distance between the two. */
  covers(text: number, word: number, diagonal: number): boolean
  remember(text: number, end: number, diagonal: number, least: number, most: number): void
  /** The words in a row that were looked at last at this distance, alike in both, end before this word of the document. */
  runEnd(text: number, diagonal: number): number
  rememberRun(text: number, diagonal: number, end: number): void
  clear(): void
}

/**
 * The last alignment of each text, and that of each distance between it and the document: a text that says one thing again and
 * again is aligned at several distances in turn. An alignment goes over words that it had no use for: so each run of
 * alike words is looked at once, in what is covered too.
 */
export function createRemembered(): Remembered {
  const texts = new Int32Array(2 * REMEMBERED)
  const ends = new Float64Array(2 * REMEMBERED)
  const least = new Float64Array(2 * REMEMBERED)
  const most = new Float64Array(2 * REMEMBERED)
  const runTexts = new Int32Array(REMEMBERED)
  const runDiagonals = new Float64Array(REMEMBERED)
  const runEnds = new Float64Array(REMEMBERED)
  const placeOf = (text: number, diagonal: number): number =>
    (((diagonal + 31 * text) % REMEMBERED) + REMEMBERED) % REMEMBERED
  const coversAt = (place: number, text: number, word: number, diagonal: number): boolean =>
    texts[place] === text + 1 &&
    word < (ends[place] ?? 0) &&
    diagonal >= (least[place] ?? 0) &&
    diagonal <= (most[place] ?? 0)
  const rememberAt = (place: number, text: number, end: number, from: number, to: number): void => {
    texts[place] = text + 1
    ends[place] = end
    least[place] = from
    most[place] = to
  }
  return {
    covers: (text, word, diagonal) =>
      coversAt(text % REMEMBERED, text, word, diagonal) ||
      coversAt(REMEMBERED + placeOf(text, diagonal), text, word, diagonal),
    remember(text, end, diagonal, from, to) {
      rememberAt(text % REMEMBERED, text, end, from, to)
      rememberAt(REMEMBERED + placeOf(text, diagonal), text, end, from, to)
    },
    runEnd(text, diagonal) {
      const place = placeOf(text, diagonal)
      const isKnown = runTexts[place] === text + 1 && runDiagonals[place] === diagonal
      return isKnown ? (runEnds[place] ?? 0) : 0
    },
    rememberRun(text, diagonal, end) {
      const place = placeOf(text, diagonal)
      runTexts[place] = text + 1
      runDiagonals[place] = diagonal
      runEnds[place] = end
    },
    clear() {
      texts.fill(0)
      runTexts.fill(0)
    },
  }
}
