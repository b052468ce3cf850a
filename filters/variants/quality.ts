import type { Document } from '../../lib/documents/document.ts'
import { INFO_SHIFT } from '../../lib/text/chunk-table.ts'
import { stripped } from '../../lib/text/lines.ts'
import type { Words } from '../../lib/text/word-arrays.ts'
import { wordsBy } from '../../lib/text/word-kinds.ts'
import { idOfWord } from '../../lib/text/words.ts'
import { measured, ratio } from '../threshold-rules.ts'

/** What `gopher-quality` measures, by the names of its values. */
export type Measure = (document: Document, stopWords: readonly string[]) => Record<string, number>

/**
 * As dolma's `gopher_v1`: words between white space, their median length; words with # or …; lines cut at line feeds, with *
 * or - at the very start, … at the very end; every occurrence of a stop word.
 */
export const dolmaQuality: Measure = (document, stopWords) => {
  const text = wordsBy('whitespace')(document)
  const count = text.ids.length
  const lines = document.text.split('\n')
  const share = (part: number, whole: number): number =>
    document.text === '' ? 0 : part / Math.max(whole, 1)
  return {
    words: count,
    allWords: count,
    medianWordLength: medianLength(text),
    symbolWordRatio: share(countSymbolWords(text), count),
    alphabeticWordRatio: share(text.sums.alphabetics, count),
    bulletLineRatio: share(lines.filter((line) => /^[*-]/.test(line)).length, lines.length),
    ellipsisLineRatio: share(lines.filter((line) => line.endsWith('…')).length, lines.length),
    stopWords: countWords(
      text,
      stopWords.map((word) => idOfWord(text, word)),
    ),
  }
}

/**
 * As DCLM's baselines: length in words between ASCII white space that begin with a letter or a digit; the rest over words
 * between white space; lines without the white space around them, empty ones left out; stop words in any case, every
 * occurrence.
 */
export const dclmQuality: Measure = (document, stopWords) => {
  const text = wordsBy('whitespace')(document)
  const { sums, ids, info } = text
  const count = ids.length
  const lines = document.text
    .split('\n')
    .map(stripped)
    .filter((line) => line !== '')
  let characters = 0
  for (let word = 0; word < count; word++) characters += (info[ids.items[word] ?? 0] ?? 0) >>> INFO_SHIFT
  // Each counted by itself, as there: of `....` one `...`; `. . .` beside.
  const symbols = sums.hashes + sums.ellipses + (document.text.match(/\. \. \./g)?.length ?? 0)
  const known = new Set(stopWords.map((word) => word.toLowerCase()))
  const lowered = document.text.match(NOT_WHITE) ?? []
  return measured({
    words: (document.text.match(ALPHANUMERIC_START) ?? []).length,
    allWords: count,
    meanWordLength: ratio(characters, count),
    symbolWordRatio: ratio(symbols, count),
    alphabeticWordRatio: ratio(sums.alphabetics, count),
    bulletLineRatio: ratio(lines.filter((line) => /^[●•*-]/.test(line)).length, lines.length),
    ellipsisLineRatio: ratio(
      lines.filter((line) => /(?:\.\.\.|\. \. \.|…)$/.test(line)).length,
      lines.length,
    ),
    stopWords: lowered.filter((word) => known.has(word.toLowerCase())).length,
  })
}

/** What fastText's reader takes for a word: between NUL and ASCII white space. */
// oxlint-disable-next-line no-control-regex -- they separate words
const ALPHANUMERIC_START = /(?<![^\0\t-\r ])[\p{L}\p{N}]/gu
// oxlint-disable-next-line no-control-regex -- Python's white space
const NOT_WHITE = /[^\s\x1c-\x1f\x85]+/g

function medianLength({ ids, info }: Words): number {
  const count = ids.length
  if (count === 0) return 0
  const lengths = Int32Array.from(
    { length: count },
    (_, word) => (info[ids.items[word] ?? 0] ?? 0) >>> INFO_SHIFT,
  )
  lengths.sort()
  const [low = 0, high = 0] = [lengths[(count - 1) >> 1], lengths[count >> 1]]
  return (low + high) / 2
}

function countSymbolWords({ units, chunkCount, chunkStarts, chunkEnds }: Words): number {
  let count = 0
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    const end = chunkEnds[chunk] ?? 0
    for (let at = chunkStarts[chunk] ?? 0; at < end; at++) {
      if (units[at] !== 0x23 && units[at] !== 0x2026) continue
      count++
      break
    }
  }
  return count
}

function countWords({ ids }: Words, wanted: readonly number[]): number {
  const known = new Set(wanted)
  let count = 0
  for (let word = 0; word < ids.length; word++) if (known.has(ids.items[word] ?? -1)) count++
  return count
}
