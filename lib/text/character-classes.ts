import { CLASS_LIMIT, CLASS_RUNS } from './spacy-tables.ts'

/**
 * What the English rules ask of a character, as one bit set per code point. The tables are generated from the
 * references, so no answer depends on the runtime's Unicode version.
 */

type ClassName = keyof typeof CLASS_RUNS

/** Python's `str.isspace`: unlike `\s` with U+001C–1F and U+0085, without U+FEFF. */
export const SPACE = 1 << 0
/** spaCy's ALPHA, ALPHA_LOWER and ALPHA_UPPER; scripts without case are in all three. */
export const ALPHA = 1 << 1
export const ALPHA_LOWER = 1 << 2
export const ALPHA_UPPER = 1 << 3
export const QUOTE = 1 << 4
/** Symbols that are a word of their own wherever they stand (emoji among them). */
export const ICON = 1 << 5
/** Cut off the start, or the end, of a chunk whatever stands beside it. */
export const PREFIX = 1 << 6
export const SUFFIX = 1 << 7
export const CURRENCY = 1 << 8
/** Before a final full stop: the full stop is a word of its own. */
export const BEFORE_DOT = 1 << 9
/** Python's `str.isalpha`, `\w` and `\d`. */
export const LETTER = 1 << 10
export const WORD_CHARACTER = 1 << 11
export const DECIMAL = 1 << 12
/** Unicode category P. */
export const PUNCTUATION = 1 << 13
/** datatrove's PUNCTUATION_SET: a word of these alone is not counted by Gopher. */
export const SYMBOL = 1 << 14
/** Ends a sentence (spaCy's sentencizer), or a line (datatrove's TERMINAL_PUNCTUATION). */
export const SENTENCE_END = 1 << 15
export const TERMINAL = 1 << 16

const BITS: readonly (readonly [ClassName, number])[] = [
  ['space', SPACE],
  ['alpha', ALPHA],
  ['alphaLower', ALPHA_LOWER],
  ['alphaUpper', ALPHA_UPPER],
  ['quote', QUOTE],
  ['icon', ICON],
  ['prefix', PREFIX],
  ['suffix', SUFFIX],
  ['currency', CURRENCY],
  ['beforeDot', BEFORE_DOT],
  ['letter', LETTER],
  ['wordCharacter', WORD_CHARACTER],
  ['decimal', DECIMAL],
  ['punctuation', PUNCTUATION],
  ['symbol', SYMBOL],
  ['sentenceEnd', SENTENCE_END],
  ['terminal', TERMINAL],
]

/** Bit sets by code point, Uint32Array of length CLASS_LIMIT (0.8 MB); a code point beyond it is in no class. */
export const CLASSES: Uint32Array = decodeClasses()

export function classesOf(codePoint: number): number {
  return CLASSES[codePoint] ?? 0
}

/**
 * Notes where each run begins and ends, then sweeps once over all code points: each is its predecessor with the
 * classes turned over that begin or end there.
 *
 * @example `1t+q 6+q` → 65…90 (the gap 1t is 65, q is 26), then 97…122
 */
function decodeClasses(): Uint32Array {
  const table = new Uint32Array(CLASS_LIMIT + 1)
  for (const [name, bit] of BITS) {
    let at = 0
    for (const run of CLASS_RUNS[name].trim().split(/\s/)) {
      const [gap = '', length = '1'] = run.split('+')
      at += Number.parseInt(gap, 36)
      table[at] = (table[at] ?? 0) ^ bit
      at += Number.parseInt(length, 36)
      table[at] = (table[at] ?? 0) ^ bit
    }
  }
  for (let c = 1; c < table.length; c++) table[c] = (table[c] ?? 0) ^ (table[c - 1] ?? 0)
  return table.subarray(0, CLASS_LIMIT)
}

/** What a class holds, as the inside of a regular expression's `[…]` with the `u` flag. */
export function classPattern(classes: number): string {
  let pattern = ''
  for (let c = 0; c < CLASSES.length; c++) {
    if ((classesOf(c) & classes) === 0) continue
    const start = c
    while ((classesOf(c + 1) & classes) !== 0) c++
    pattern += `\\u{${start.toString(16)}}-\\u{${c.toString(16)}}`
  }
  return pattern
}
