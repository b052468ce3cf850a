import {
  ALPHA_LOWER,
  CLASSES,
  classPattern,
  DECIMAL,
  SPACE,
  WORD_CHARACTER,
} from '../../../lib/text/character-classes.ts'
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

/** Python's `str.strip`. */
function strip(text: string): string {
  const points = Array.from(text)
  const first = points.findIndex((c) => !isSpace(c))
  return first === -1 ? '' : points.slice(first, points.findLastIndex((c) => !isSpace(c)) + 1).join('')
}

const lengthOf = (text: string) => Array.from(text).length

/** How many parts stood before, and their length in code points. */
function duplicates(parts: readonly string[]): [elements: number, characters: number] {
  const later = parts.filter((part, i) => parts.indexOf(part) < i)
  return [later.length, later.reduce((sum, part) => sum + lengthOf(part), 0)]
}

/** Characters of the most frequent n-gram times its occurrences; undefined where there is none. */
function topGram(words: readonly string[], n: number): number | undefined {
  const counts = new Map<string, number>()
  for (let i = 0; i + n <= words.length; i++) {
    const gram = words.slice(i, i + n).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  // The sort is stable: the first one among equals.
  const best = [...counts].toSorted((a, b) => b[1] - a[1])[0]
  return best && lengthOf(best[0]) * best[1]
}

function repeatedGrams(words: readonly string[], n: number): number {
  const met = new Set<string>()
  let characters = 0
  for (let i = 0; i + n <= words.length; ) {
    const gram = words.slice(i, i + n).join('')
    if (met.has(gram)) characters += lengthOf(gram)
    i += met.has(gram) ? n : 1
    met.add(gram)
  }
  return characters
}

/** The recorded values of gopher-repetition on a text that is not empty. */
export function referenceRepetition(text: string): Record<string, number> {
  const length = lengthOf(text)
  const words = referenceWords(text)
  const paragraphs = strip(text).split(/\n{2,}/)
  const lines = text.split(/\n+/)
  const values: Record<string, number> = {
    duplicateParagraphs: duplicates(paragraphs)[0] / paragraphs.length,
    duplicateParagraphCharacters: duplicates(paragraphs)[1] / length,
    duplicateLines: duplicates(lines)[0] / lines.length,
    duplicateLineCharacters: duplicates(lines)[1] / length,
  }
  for (const n of [2, 3, 4]) {
    const characters = topGram(words, n)
    if (characters !== undefined) values[`top${n}Gram`] = characters / length
  }
  for (let n = 5; n <= 10; n++) values[`duplicate${n}Grams`] = repeatedGrams(words, n) / length
  return values
}
