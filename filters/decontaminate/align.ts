import type { BenchmarkIndex } from './benchmark-index.ts'
import type { Words } from './words.ts'

/** Words of a text that a near match needs a share of: in a longer one, so many in a row of its words. */
export const NEAR_WORDS = 50

/** Words that may be other ones, too many or missing at one place of an alignment. */
const MOST_SKIPPED = 4

/** Skips (words of the benchmark, words of the document) in the order in which they are tried: fewest first. */
const SKIPS: readonly (readonly [number, number])[] = ((): [number, number][] => {
  const skips: [number, number][] = []
  for (let most = 1; most <= MOST_SKIPPED; most++) {
    skips.push([most, most])
    for (let less = most - 1; less >= 0; less--) skips.push([most, less], [less, most])
  }
  return skips
})()

/** What one direction of an alignment reached: words that are alike, and the ends of the last of them. */
interface Reach {
  matched: number
  missed: number
  /** Words gone from the start, in the document and in the benchmark, up to the last word that is alike. */
  document: number
  text: number
}

/**
 * Aligns words from a place on, in one direction (`step` 1 or -1): `document` and `text` are the first words to compare,
 * of which there are `documentLeft` and `textLeft`. Where words differ it tries to go on behind a few of them, if two in a
 * row are alike there (or one behind one replaced word). It ends when more than `budget` words were missed, and more than
 * `missShare` of all so far. Bounded by the words that are alike.
 */
export function alignOneWay(
  { hashes }: Words,
  { words }: Pick<BenchmarkIndex, 'words'>,
  document: number,
  text: number,
  step: 1 | -1,
  documentLeft: number,
  textLeft: number,
  budget: number,
  missShare: number,
): Reach {
  const reach: Reach = { matched: 0, missed: 0, document: 0, text: 0 }
  let inDocument = 0
  let inText = 0
  let missed = 0
  const alike = (d: number, t: number): boolean =>
    d < documentLeft && t < textLeft && hashes[document + d * step] === words[text + t * step]
  for (;;) {
    while (alike(inDocument, inText)) {
      inDocument++
      inText++
      reach.matched++
      reach.document = inDocument
      reach.text = inText
      reach.missed = missed
    }
    if (inDocument >= documentLeft || inText >= textLeft) return reach
    const skip = SKIPS.find(
      ([t, d]) =>
        alike(inDocument + d, inText + t) &&
        ((t === 1 && d === 1) || inText + t + 1 >= textLeft || alike(inDocument + d + 1, inText + t + 1)),
    )
    if (skip === undefined) return reach
    missed += Math.max(skip[0], skip[1])
    if (missed > Math.max(budget, missShare * (reach.matched + missed))) return reach
    inText += skip[0]
    inDocument += skip[1]
  }
}
