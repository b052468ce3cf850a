import { ALPHA_LOWER, CLASSES, classPattern, DECIMAL, SPACE, WORD_CHARACTER } from '../../../lib/text/character-classes.ts'
import { int32List } from '../../../lib/text/int32-list.ts'
import { splitChunk } from '../../../lib/text/special-cases.ts'

/** Readable twins of the text kernels: strings, no tables that outlive a call, nothing shared with the fast versions. */

export function isSpace(character: string): boolean {
  return (CLASSES[character.codePointAt(0)!]! & SPACE) !== 0
}

/** White-space-free runs of a text (Python's `text.split()`). */
export function chunksOf(text: string): string[] {
  const chunks = ['']
  for (const character of text) {
    if (isSpace(character)) chunks.push('')
    else chunks[chunks.length - 1] += character
  }
  return chunks.filter((chunk) => chunk !== '')
}

/** Each chunk split on its own, nothing remembered. */
export function referenceWords(text: string): string[] {
  return chunksOf(text).flatMap((chunk) => {
    const points = Array.from(chunk)
    const starts = int32List()
    splitChunk(
      Int32Array.from(points, (c) => c.codePointAt(0)!),
      points.length,
      starts,
    )
    const cuts = [...starts.items.slice(0, starts.length), points.length]
    return cuts.slice(1).map((end, i) => points.slice(cuts[i], end).join(''))
  })
}

const d = `[${classPattern(DECIMAL)}]`
const label = '[A-Za-z0-9\\u00a1-\\uffff]'

/** The URL rule as the one pattern that it is in the reference; quadratic on `a:a:a:…`. */
export const urlPattern = new RegExp(
  `^(?:(?:[${classPattern(WORD_CHARACTER)}+\\-.]{2,})://)?(?:[^]+(?::[^]*)?@)?(?:` +
    `(?!(?:10|127)(?:\\.${d}{1,3}){3})(?!(?:169\\.254|192\\.168)(?:\\.${d}{1,3}){2})` +
    `(?!172\\.(?:1[6-9]|2${d}|3[0-1])(?:\\.${d}{1,3}){2})(?:[1-9]${d}?|1${d}${d}|2[01]${d}|22[0-3])` +
    `(?:\\.(?:1?${d}{1,2}|2[0-4]${d}|25[0-5])){2}(?:\\.(?:[1-9]${d}?|1${d}${d}|2[0-4]${d}|25[0-4]))` +
    `|(?:(?:${label}[A-Za-z0-9\\u00a1-\\uffff_\\-]{0,62})?${label}\\.)+(?:[${classPattern(ALPHA_LOWER)}]{2,63}))` +
    `(?::${d}{2,5})?(?:[/?#][^]*)?$`,
  'u',
)
