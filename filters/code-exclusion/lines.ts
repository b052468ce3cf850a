import { isData, isLog, isMathematics, isPlace, isSqlPart, isStatement } from './line-tests.ts'
import { type LineMeasure, measureLine } from './measure.ts'
import {
  ALTERNATIVE,
  BULLET,
  CODE_START,
  COMMENT_WORD,
  ENTRY,
  ESCAPED,
  HEAD,
  LISP,
  LIST_VALUE,
  LOG_WORDS,
  LONE_KEY,
  LONE_TAG,
  MARKUP_START,
  PATCH,
  PROSE_MARKS,
  QUOTED,
  SECTION,
  SETTING,
  SWITCH,
  YAML,
} from './patterns.ts'
import { inHunk, inSql, isPatchHead, noteLisp } from './runs.ts'
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
  /** Lines outside of fences that begin with a small Latin letter. */
  smallStarts: number
  /** Begins as only a document of markup does; as only a program, a script, a patch or data do. */
  readonly markupStart: boolean
  readonly codeStart: boolean
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

export function classifyLines(
  text: string,
  visit?: (line: VisitedLine) => void,
  looksOnlyAtWords = isWordy,
): LineTotals {
  const totals = emptyTotals(text)
  const state = newState(text)
  let afterEmpty = true
  for (let begin = 0, next = 0; begin <= text.length; begin = next) {
    let end = text.indexOf('\n', begin)
    if (end < 0) end = text.length
    const line = measureLine(text, begin, end)
    next = end + 1
    const isPatched = inHunk(text, begin, state)
    if (line.chars === 0) {
      state.hashes = 0
      state.sql = false
      afterEmpty = true
      continue
    }
    const kind = isPatched ? 'code' : kindOf(text, line, begin, state, looksOnlyAtWords)
    visit?.({ kind, begin, start: line.start, end: line.end, afterEmpty })
    afterEmpty = false
    noteSetting(text, state, kind === 'configuration', line, begin)
    totals.chars[kind] += line.chars
    totals.lines[kind]++
    totals.longest = Math.max(totals.longest, line.end - line.start)
    if (kind === 'fenced') continue
    totals.wordChars += line.wordChars
    totals.symbolChars += line.symbols + line.calls
    if (isSmall(text.charCodeAt(line.start))) totals.smallStarts++
    if (!state.page) {
      totals.tagChars += line.tagChars
      totals.tagProofs += line.tagProofs
    }
    if (kind === 'prose' && line.sentenceEnd) totals.sentenceEnds++
  }
  return totals
}

function isSmall(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

function isAsciiLetter(code: number): boolean {
  return isSmall(code | 0x20)
}

function kindOf(
  text: string,
  line: LineMeasure,
  begin: number,
  state: State,
  looksOnlyAtWords: typeof isWordy,
): LineKind {
  const head = text.slice(line.start, Math.min(line.end, line.start + HEAD))
  if (line.start < state.bodyStart) return 'neutral'
  if (isFenced(text, head, line, state)) return 'fenced'
  if (line.start < state.commentEnd) return 'comment'
  if (line.start < state.elementEnd) return 'markup'
  if (looksOnlyAtWords(text, line, state)) return wordyKind(text, head, line, state)
  if (isPatchHead(head, state) || inSql(text, head, line, state) || ALTERNATIVE.test(head)) return 'code'
  if (PROSE_MARKS.test(head)) return 'neutral'
  const commented = commentKind(text, head, line, begin, state)
  if (commented !== undefined) return commented
  if (isLog(head, line)) return 'log'
  if (isMarkup(head, line)) {
    if (state.page) return 'neutral'
    closeElement(text, head, line, state)
    return 'markup'
  }
  if (isMathematics(head, line)) return line.words >= 4 ? 'prose' : 'neutral'
  const isLisp = line.wide === 0 && LISP.test(head)
  noteLisp(text, head, line, isLisp, state)
  const row = isRow(line, state)
  state.commas = line.commas + line.numberCommas
  state.tabs = line.tabs
  if (row || isData(text, head, line)) return 'data'
  if (isStatement(head, line) || isSqlPart(text, head, line) || isLisp) return 'code'
  const isListed = state.loneKey && LIST_VALUE.test(head)
  state.loneKey = LONE_KEY.test(head)
  if (isListed || (state.setting && ENTRY.test(head)) || isValue(state, head, line, begin))
    return 'configuration'
  return shapeKind(head, line)
}

/**
 * Whether a line begins with a letter, has words, and nothing that most patterns ask for: no digits, symbols, calls or tabs,
 * and no run goes on. Half of the lines of prose: {@link wordyKind} gives what all patterns together give, sooner.
 */
export function isWordy(text: string, line: LineMeasure, state: State): boolean {
  return (
    line.words >= 4 &&
    line.digits === 0 &&
    line.symbols + line.calls + line.tabs + line.commas + line.tagChars === 0 &&
    !line.codeEnd &&
    line.wordChars >= line.chars * 0.6 &&
    isAsciiLetter(text.charCodeAt(line.start)) &&
    !state.setting &&
    !state.sql &&
    line.chars <= LONG &&
    !isQuote(text.charCodeAt(line.start + 1))
  )
}

/** `r"""` opens a string. */
function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27
}

function wordyKind(text: string, head: string, line: LineMeasure, state: State): LineKind {
  if (isPatchHead(head, state) || inSql(text, head, line, state)) return 'code'
  state.hashes = 0
  state.quotes = 0
  state.stars = false
  if (COMMENT_WORD.test(head)) return 'comment'
  if (LOG_WORDS.test(head) || isPlace(head)) return 'log'
  state.lisp = false
  state.commas = 0
  state.tabs = 0
  if (isStatement(head, line) || isSqlPart(text, head, line)) return 'code'
  state.loneKey = false
  if (QUOTED.test(head) || YAML.test(head)) return 'configuration'
  return 'prose'
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
    smallStarts: 0,
    codeStart: CODE_START.test(text.slice(0, 1000)),
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
