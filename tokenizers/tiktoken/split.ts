import { type CodePointMap, lookUp } from '../bpe/code-point-map.ts'
import { contractionEnd } from '../bpe/contractions.ts'
import type { FindMatchEnd } from '../bpe/rank-encoder.ts'
import { characterLength, codePointAt } from '../bpe/text-bytes.ts'
import { BOTH, LINE, LOWER, NUMBER, SPACE, UPPER } from '../tekken/character-classes.ts'
import { createSplitter } from '../tekken/split.ts'

/** The split patterns by name, as tiktoken's encodings have them. */
export const PATTERNS = {
  gpt2: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  cl100k: [
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
    '\\p{N}{1,3}',
    ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*',
    '\\s*[\\r\\n]+',
    '\\s+(?!\\S)',
    '\\s+',
  ].join('|'),
  o200k: [
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    '\\p{N}{1,3}',
    ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*',
    '\\s*[\\r\\n]+',
    '\\s+(?!\\S)',
    '\\s+',
  ].join('|'),
} as const

export type PatternName = keyof typeof PATTERNS

/** A pattern by hand, over valid UTF-8: each character is read at most three times, whatever the text. */
export function createTiktokenSplitter(pattern: PatternName, classes: CodePointMap): FindMatchEnd {
  if (pattern === 'o200k') return createSplitter(classes, { digits: 3, contractions: true })
  return pattern === 'gpt2' ? createGpt2Splitter(classes) : createCl100kSplitter(classes)
}

function createGpt2Splitter(classes: CodePointMap): FindMatchEnd {
  const { kindAt, runEnd, spaceEnd } = createRuns(classes)
  return (bytes, from, end) => {
    const contraction = contractionEnd(bytes, from, end, false)
    if (contraction > from) return contraction
    const afterSpace = bytes[from] === 0x20 && from + 1 < end && kindAt(bytes, from + 1) < BLANK
    const start = afterSpace ? from + 1 : from
    const kind = kindAt(bytes, start)
    return kind < BLANK ? runEnd(bytes, start, end, kind) : spaceEnd(bytes, from, end, false)
  }
}

function createCl100kSplitter(classes: CodePointMap): FindMatchEnd {
  const { kindAt, runEnd, spaceEnd } = createRuns(classes)

  function symbolsEnd(bytes: Uint8Array, from: number, end: number): number {
    return runEnd(bytes, runEnd(bytes, from, end, SYMBOL), end, BREAK)
  }

  return (bytes, from, end) => {
    const contraction = contractionEnd(bytes, from, end, true)
    if (contraction > from) return contraction
    const kind = kindAt(bytes, from)
    if (kind === LETTER) return runEnd(bytes, from, end, LETTER)
    if (kind === DIGIT) return runEnd(bytes, from, end, DIGIT, 3)
    if (kind === BREAK) return spaceEnd(bytes, from, end, true)
    const second = from + characterLength(bytes[from] ?? 0)
    const next = second < end ? kindAt(bytes, second) : undefined
    if (next === LETTER) return runEnd(bytes, second, end, LETTER)
    if (kind === SYMBOL) return symbolsEnd(bytes, from, end)
    if (next === SYMBOL && bytes[from] === 0x20) return symbolsEnd(bytes, second, end)
    return spaceEnd(bytes, from, end, true)
  }
}

/** What these two patterns tell apart: a mark is a symbol. White space comes last. */
const SYMBOL = 0
const LETTER = 1
const DIGIT = 2
const BLANK = 3
const BREAK = 4

function kindOf(characterClass: number): number {
  switch (characterClass) {
    case UPPER:
    case LOWER:
    case BOTH:
      return LETTER
    case NUMBER:
      return DIGIT
    case SPACE:
      return BLANK
    case LINE:
      return BREAK
    default:
      return SYMBOL
  }
}

function createRuns(classes: CodePointMap) {
  const kinds = Uint8Array.from({ length: 8 }, (_, characterClass) => kindOf(characterClass))
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => kindOf(lookUp(classes, code)))

  function kindAt(bytes: Uint8Array, at: number): number {
    const lead = bytes[at] ?? 0
    return (lead < 0x80 ? ascii[lead] : kinds[lookUp(classes, codePointAt(bytes, at))]) ?? SYMBOL
  }

  /** The end of the run of that kind at `from`, of at most `most` characters. */
  function runEnd(bytes: Uint8Array, from: number, end: number, kind: number, most = Infinity): number {
    let at = from
    for (let left = most; left > 0 && at < end && kindAt(bytes, at) === kind; left--) {
      at += characterLength(bytes[at] ?? 0)
    }
    return at
  }

  /**
   * `\s*[\r\n]+|\s+(?!\S)|\s+`, without `lines` only the last two: through the last line end; else all white space but its
   * last character, which may go with the next word; all of it at the text's end, or when it is one character.
   */
  function spaceEnd(bytes: Uint8Array, from: number, end: number, lines: boolean): number {
    let at = from
    let last = from
    let afterLine = 0
    while (at < end) {
      const kind = kindAt(bytes, at)
      if (kind < BLANK) break
      last = at
      at += characterLength(bytes[at] ?? 0)
      if (kind === BREAK) afterLine = at
    }
    if (lines && afterLine > 0) return afterLine
    return at < end && last > from ? last : at
  }

  return { kindAt, runEnd, spaceEnd }
}
