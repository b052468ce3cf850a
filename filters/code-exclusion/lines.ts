import { type LineMeasure, measureLine } from './measure.ts'
import {
  ALTERNATIVE,
  BULLET,
  CALCULATION,
  CHARACTER_CODE,
  CHAT,
  CLOCK,
  COLUMN,
  ENCODED,
  ENTRY,
  ESCAPED,
  HEAD,
  HEXADECIMAL,
  JSON_ENTRY,
  LISP,
  LOG,
  LONE_TAG,
  LOUD_SQL,
  MARKUP_START,
  MATHEMATICS,
  MNEMONIC,
  PATCH,
  PATH,
  PLACE,
  PROSE_MARKS,
  QUOTED,
  SECTION,
  SETTING,
  SMALL_COLUMN,
  SQL,
  STATEMENT,
  STRINGS,
  SWITCH,
  YAML,
} from './patterns.ts'
import { closeElement, commentKind, isFenced, isValue, newState, noteSetting, type State } from './state.ts'

/**
 * Sorts the lines of a text by what they look like, in one pass. A line is judged by its shape (which characters,
 * what it begins and ends with) and by the state it stands in: a fence, a block comment, a documentation string, a run
 * of `#` lines. Every pattern is anchored and sees at most {@link HEAD} characters, so that the whole is linear.
 *
 *     # Usage                      neutral        one # line alone is a heading
 *     Call it with a path:         prose
 *     ```js                        fenced
 *     run('a.txt')                 fenced
 *     ```                          fenced
 *         run('a.txt', { n: 1 })   code
 */
export const LINE_KINDS = [
  'prose',
  'neutral',
  'code',
  'comment',
  'markup',
  'configuration',
  'data',
  'log',
  'fenced',
] as const
export type LineKind = (typeof LINE_KINDS)[number]

/** What the lines of a text add up to. Characters are UTF-16 units without white space. */
export interface LineTotals {
  readonly chars: Record<LineKind, number>
  readonly lines: Record<LineKind, number>
  /** Characters of words: letters only, with the punctuation around them. */
  wordChars: number
  /** Characters that sentences seldom have: `{}[]<>=;_$#@\|&*+/~^` and calls, fenced lines left out. */
  symbolChars: number
  /** Characters within `<…>`, fenced lines left out. */
  tagChars: number
  /** Tags that close, declare or have an attribute. */
  tagProofs: number
  /** Lines that end as sentences and clauses do: `.,:;!?` after a word, and their likes in other scripts. */
  sentenceEnds: number
  /** Length of the longest line, UTF-16 units. */
  longest: number
  /** Begins as only a document of markup does. */
  readonly markupStart: boolean
}

/** A line that is not empty. */
export interface VisitedLine {
  readonly kind: LineKind
  /** Where it begins, white space and all. */
  readonly begin: number
  /** [start, end) without the white space at its ends. */
  readonly start: number
  readonly end: number
  /** An empty line stands before it, or nothing. */
  readonly afterEmpty: boolean
}

export function classifyLines(text: string, visit?: (line: VisitedLine) => void): LineTotals {
  const totals = emptyTotals(text)
  const state = newState(text)
  let afterEmpty = true
  for (let begin = 0, next = 0; begin <= text.length; begin = next) {
    let end = text.indexOf('\n', begin)
    if (end < 0) end = text.length
    const line = measureLine(text, begin, end)
    next = end + 1
    if (line.chars === 0) {
      state.hashes = 0
      afterEmpty = true
      continue
    }
    const kind = kindOf(text, line, begin, state)
    visit?.({ kind, begin, start: line.start, end: line.end, afterEmpty })
    afterEmpty = false
    noteSetting(text, state, kind === 'configuration', line, begin)
    totals.chars[kind] += line.chars
    totals.lines[kind]++
    totals.longest = Math.max(totals.longest, line.end - line.start)
    if (kind === 'fenced') continue
    totals.wordChars += line.wordChars
    totals.symbolChars += line.symbols + line.calls
    totals.tagChars += line.tagChars
    totals.tagProofs += line.tagProofs
    if (kind === 'prose' && line.sentenceEnd) totals.sentenceEnds++
  }
  return totals
}

function kindOf(text: string, line: LineMeasure, begin: number, state: State): LineKind {
  const head = text.slice(line.start, Math.min(line.end, line.start + HEAD))
  if (line.start < state.bodyStart) return 'neutral'
  if (isFenced(text, head, line, state)) return 'fenced'
  if (line.start < state.commentEnd) return 'comment'
  if (line.start < state.elementEnd) return 'markup'
  if (ALTERNATIVE.test(head)) return 'code'
  if (PROSE_MARKS.test(head)) return 'neutral'
  const commented = commentKind(text, head, line, begin, state)
  if (commented !== undefined) return commented
  if (!CHAT.test(head) && (LOG.test(head) || CLOCK.test(head))) return 'log'
  // Looked for only where the first word has a colon.
  if (head.lastIndexOf(':', head.indexOf(' ')) > 2 && PLACE.test(head)) return 'log'
  if (isMarkup(head, line)) {
    closeElement(text, head, line, state)
    return 'markup'
  }
  if ((MATHEMATICS.test(head) || CALCULATION.test(head)) && !/[;{]$/.test(head))
    return line.words >= 4 ? 'prose' : 'neutral'
  const row = isRow(line, state)
  state.commas = line.commas + line.numberCommas
  state.tabs = line.tabs
  if (row) return 'data'
  if (JSON_ENTRY.test(head) || HEXADECIMAL.test(head)) return 'data'
  if (STRINGS.test(head) || CHARACTER_CODE.test(head)) return 'data'
  if (line.chars === line.end - line.start && PATH.test(head)) return 'data'
  if (line.chars >= 40 && line.wide === 0 && ENCODED.test(head)) return 'data'
  if (line.chars > 2 && head.startsWith('(') && /\)[,;]$/.test(text.slice(line.end - 2, line.end)))
    return 'data'
  // `for example, with the following:` begins and ends as a statement may, but is all words.
  const allWords = line.words >= 4 && line.wordChars === line.chars && line.symbols + line.calls === 0
  if (!allWords && (STATEMENT.test(head) || MNEMONIC.test(head))) return 'code'
  if (
    SQL.test(head) &&
    (line.codeEnd || /[,)]/.test(text.charAt(line.end - 1))) &&
    line.symbols + line.calls > 0
  )
    return 'code'
  if ((line.codeEnd && LOUD_SQL.test(head)) || COLUMN.test(head)) return 'code'
  if (/[,)]/.test(text.charAt(line.end - 1)) && SMALL_COLUMN.test(head)) return 'code'
  if (LISP.test(head) && line.wide === 0) return 'code'
  if (state.setting && ENTRY.test(head)) return 'configuration'
  if (isValue(state, head, line, begin)) return 'configuration'
  return shapeKind(head, line)
}

/** A line of tags: it begins with one or is mostly such. */
function isMarkup(head: string, line: LineMeasure): boolean {
  if (line.tagChars === 0) return false
  if (LONE_TAG.test(head)) return true
  return line.tagProofs > 0 && (line.tagChars >= line.chars * 0.3 || /^<[a-zA-Z/!?]/.test(head))
}

/** Rows of a table: numbers, many delimiters that no space follows, or as many as the row before has. */
function isRow(line: LineMeasure, before: State): boolean {
  if (line.numberChars >= line.chars * 0.7 && line.numbers >= 2) return true
  const commas = line.commas + line.numberCommas
  if (commas > 0 && commas === before.commas && (line.commas > 0 || line.words === 0)) return true
  const delimiters = Math.max(commas, line.tabs)
  if (delimiters >= 4) return line.chars / delimiters < 30
  return line.tabs > 0 && before.tabs === line.tabs && line.words < 12 && line.symbols === 0
}

/** UTF-16 units without white space. A line of so many, with less white space than one in fifteen, is written by no hand. */
const LONG = 300

function shapeKind(head: string, line: LineMeasure): LineKind {
  const words = line.wordChars / line.chars
  const symbols = (line.symbols + line.calls) / line.chars
  const isDense = line.chars > LONG && line.wide === 0 && line.chars * 15 > (line.end - line.start) * 14
  if (isDense) return line.symbols > 0 ? 'code' : 'data'
  if (line.chars > LONG && ESCAPED.test(head)) return 'data'
  if (SECTION.test(head) || QUOTED.test(head)) return 'configuration'
  if (SETTING.test(head) && (words < 0.8 || line.words <= 3)) return line.codeEnd ? 'code' : 'configuration'
  if (YAML.test(head) || SWITCH.test(head)) return line.codeEnd ? 'code' : 'configuration'
  if (BULLET.test(head) && !line.codeEnd && (line.calls === 0 || words >= 0.5))
    return words >= 0.6 && line.words >= 4 ? 'prose' : 'neutral'
  if (line.codeEnd && (words < 0.75 || line.words <= 1)) return 'code'
  if (line.calls > 0 && words < 0.5) return 'code'
  // Mathematics is symbols between numbers and single letters; code has names.
  if (symbols > 0.12 && words < 0.6) return line.letters < line.chars * 0.5 ? 'neutral' : 'code'
  if (PATCH.test(head) && symbols > 0.06) return 'code'
  if (words >= 0.6 && (line.words >= 4 || line.sentenceEnd || line.wide > 8)) return 'prose'
  return words < 0.3 && line.letters > 0 && symbols > 0.06 ? 'code' : 'neutral'
}

function emptyTotals(text: string): LineTotals {
  return {
    chars: zeros(),
    lines: zeros(),
    wordChars: 0,
    symbolChars: 0,
    tagChars: 0,
    tagProofs: 0,
    sentenceEnds: 0,
    longest: 0,
    markupStart: MARKUP_START.test(text.slice(0, 1000)),
  }
}

function zeros(): Record<LineKind, number> {
  return {
    prose: 0,
    neutral: 0,
    code: 0,
    comment: 0,
    markup: 0,
    configuration: 0,
    data: 0,
    log: 0,
    fenced: 0,
  }
}
