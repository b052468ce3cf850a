import { stripped } from '../../lib/text/lines.ts'

/** What dolma's tagger says of a text, and what the spans that it tags leave of it. */
export interface DolmaC4 {
  /** Lines by what they have; one can be in several counts. */
  readonly values: {
    lines: number
    linesWithoutEnd: number
    linesTooShort: number
    linesWithLoremIpsum: number
    linesWithJavascript: number
    linesWithCurlyBracket: number
    linesKept: number
  }
  /** Lines with a listed word or phrase, and the first one found. */
  readonly badWords: number
  readonly firstBadWord: string | undefined
  readonly text: string
}

export interface DolmaC4Limits {
  readonly terminalPunctuation: boolean
  readonly minWordsPerLine: number | null
}

/**
 * C4's rules as dolma's `c4_v1`: lines are cut at line feeds alone, blank ones count, and every line is looked at, whether or
 * not it goes; a line goes with its line feed, and those that stay are not stripped. `...` is an end, `'` is none;
 * `javascript` is a word between white space. Listed words are such words too, phrases (with a space) stand anywhere in a line.
 */
export function dolmaC4(limits: DolmaC4Limits, listed: readonly string[]): (text: string) => DolmaC4 {
  const entries = listed.map((entry) => entry.toLowerCase()).filter((entry) => entry !== '')
  const words = new Set(entries.filter((entry) => !entry.includes(' ')))
  const phrases = entries.filter((entry) => entry.includes(' '))
  return (text) => {
    const values = {
      lines: 0,
      linesWithoutEnd: 0,
      linesTooShort: 0,
      linesWithLoremIpsum: 0,
      linesWithJavascript: 0,
      linesWithCurlyBracket: 0,
      linesKept: 0,
    }
    let badWords = 0
    let firstBadWord: string | undefined
    let left = ''
    for (let start = 0, next = 0; start <= text.length; start = next) {
      const feed = text.indexOf('\n', start)
      const end = feed < 0 ? text.length : feed
      next = end + 1
      const line = stripped(text.slice(start, end)).toLowerCase()
      const own: readonly string[] = line.match(WORD) ?? []
      const isOpen = !/[.?!"]$/.test(line)
      const isShort = limits.minWordsPerLine !== null && own.length < limits.minWordsPerLine
      values.lines++
      if (isOpen) values.linesWithoutEnd++
      if (isShort) values.linesTooShort++
      if (line.includes('lorem ipsum')) values.linesWithLoremIpsum++
      if (own.includes('javascript')) values.linesWithJavascript++
      if (line.includes('{')) values.linesWithCurlyBracket++
      const bad = own.find((word) => words.has(word)) ?? phrases.find((phrase) => line.includes(phrase))
      if (bad !== undefined) badWords++
      firstBadWord ??= bad
      if (isShort || (limits.terminalPunctuation && isOpen)) continue
      values.linesKept++
      left += text.slice(start, next)
    }
    return { values, badWords, firstBadWord, text: left }
  }
}

// oxlint-disable-next-line no-control-regex -- Python's white space
const WORD = /(?:[^\s\x1c-\x1f\x85]|\ufeff)+/g
