import type { LineKind } from './lines.ts'
import type { LineMeasure } from './measure.ts'
import {
  BLOCK_SCALAR,
  COMMENT,
  COMMENT_WORD,
  ELEMENT,
  FENCE,
  MARKUP_START,
  PAGE_HEADING,
  PAGE_LINK,
  PARAGRAPH_TAG,
  POD,
  STATEMENT,
  VALUE,
  VIM_COMMENT,
  YAML,
} from './patterns.ts'

/** What a line stands in: front matter, a fence, a comment, an element, the settings before it. */
export interface State {
  /** Lines that begin before this offset are the front matter of a page. */
  readonly bodyStart: number
  /** What closes the fence that a line stands in; empty outside. */
  fence: string
  /** Lines that begin before this offset stand in a comment. */
  commentEnd: number
  /** Lines that begin before this offset stand in an element of markup. */
  elementEnd: number
  /** Closing of an element, and how far nothing but it was looked for and not found. */
  closing: string
  closingFrom: number
  /** Where the next closing of each comment and fence is, as far as looked for; Infinity: nowhere. */
  readonly closings: Map<string, number>
  /** `#` lines just before this one, and lines of Vim's comments. */
  hashes: number
  quotes: number
  /** The line before is one of a block of C's comments whose opening is not there. */
  stars: boolean
  /** Of the line before: commas that no space follows, and tabs. */
  commas: number
  tabs: number
  /** Lines of a patch's hunk that are still to come, those of both sides twice. */
  hunk: number
  /** A statement of SQL goes on; the line before belongs to a definition of Lisp. */
  sql: boolean
  lisp: boolean
  /** A page of Markdown: its tags are no document of markup. */
  readonly page: boolean
  /** The line before was a key without its value. */
  loneKey: boolean
  /** The line before was a setting; how many there were up to it without another line between. */
  setting: boolean
  settings: number
  /** Indent of the last setting that began at its own key, and whether a block of text is its value. */
  keyIndent: number
  blockScalar: boolean
}

export function newState(text: string): State {
  return {
    bodyStart: frontMatterEnd(text),
    fence: fenceBefore(text),
    commentEnd: openedBefore(text),
    elementEnd: elementBefore(text),
    closing: '',
    closingFrom: 0,
    closings: new Map(),
    hashes: 0,
    quotes: 0,
    stars: false,
    commas: 0,
    tabs: 0,
    hunk: 0,
    sql: false,
    lisp: false,
    page: isPage(text),
    loneKey: false,
    setting: false,
    settings: 0,
    keyIndent: 0,
    blockScalar: false,
  }
}

/** UTF-16 units. */
const LONGEST_FRONT_MATTER = 4000

/** Where the settings end that a page of Markdown begins with, between `---` lines; 0 where more settings follow, as in YAML. */
function frontMatterEnd(text: string): number {
  if (!text.startsWith('---\n')) return 0
  const head = text.slice(0, LONGEST_FRONT_MATTER)
  const end = head.indexOf('\n---\n')
  if (end < 0) return 0
  const next =
    head
      .slice(end + 5)
      .trimStart()
      .split('\n', 1)[0] ?? ''
  return next === '' || next.startsWith('---') || YAML.test(next) || /^[#{[-]\s?\S*: /.test(next)
    ? 0
    : end + 5
}

/**
 * The fence that a text begins in: of an excerpt whose first line of a fence is bare and the next one names a language, the
 * first closes. A bare one that opens is followed by the one that closes it.
 */
function fenceBefore(text: string): string {
  if (!text.includes('```') && !text.includes('~~~')) return ''
  const line = /^[ \t]*(```|~~~)[ \t]*(.*)$/gm
  const [first, second] = [line.exec(text), line.exec(text)]
  const isInside = first?.[2] === '' && second !== null && second[1] === first[1] && second[2] !== ''
  return isInside ? (first[1] ?? '') : ''
}

/** UTF-16 units. */
const LONGEST_OPENED = 4000
const CLOSING_LINE = /^[ \t*]*(?:\*\/|""")[ \t]*$/m

/** Where a comment of C, or a string of Python, ends that began before the text: an excerpt; 0 where there is none. */
function openedBefore(text: string): number {
  const head = text.slice(0, LONGEST_OPENED)
  const closing = CLOSING_LINE.exec(head)
  if (closing === null || /\/\*|"""/.test(head.slice(0, closing.index))) return 0
  const end = closing.index + closing[0].length
  if (closing[0].trimEnd().endsWith('/')) return end
  // A string of Python opens as it closes: behind one that closes stands a statement.
  const next = /\S.*/.exec(head.slice(end))?.[0] ?? ''
  return STATEMENT.test(next) || /^[a-z_][\w.]*(?: = |\()/.test(next) ? end : 0
}

/** Where the paragraph of markup ends that began before the text: an excerpt; 0 where there is none. */
function elementBefore(text: string): number {
  const first = PARAGRAPH_TAG.exec(text.slice(0, LONGEST_ELEMENT))
  return first?.[1] === '/' ? first.index : 0
}

/** Whether a text has headings and links of Markdown, and does not begin as a document of markup. */
function isPage(text: string): boolean {
  const head = text.slice(0, LONGEST_FRONT_MATTER)
  return PAGE_HEADING.test(head) && PAGE_LINK.test(head) && !MARKUP_START.test(head)
}

/** UTF-16 units. What closes only after more than this was most likely no comment, or more than a paragraph. */
const LONGEST_COMMENT = 20_000
const LONGEST_ELEMENT = 2000

/** Whether a line opens a fence, stands in one, or closes it. */
export function isFenced(text: string, head: string, line: LineMeasure, state: State): boolean {
  if (state.fence !== '') {
    if (head.startsWith(state.fence)) state.fence = ''
    return true
  }
  // One that nothing closes is no fence: a rule of tildes, or a part of a text that was cut.
  if (!FENCE.test(head) || !isClosed(text, line.end, head.slice(0, 3), state)) return false
  state.fence = head.slice(0, 3)
  return true
}

/** Whether a line behind `from` begins with the fence. */
function isClosed(text: string, from: number, fence: string, state: State): boolean {
  return (
    nextClosing(fence, from, state, () => {
      const next = new RegExp(`\\n[ \\t]*${fence}`, 'g')
      next.lastIndex = from
      return next.exec(text)?.index ?? -1
    }) < Infinity
  )
}

/** Looks no second time for what it found behind `from`, so that many openings before one closing cost one search. */
export function nextClosing(
  closing: string,
  from: number,
  { closings }: State,
  search: () => number,
): number {
  const known = closings.get(closing)
  if (known !== undefined && known >= from) return known
  const found = search()
  const at = found < 0 ? Infinity : found
  closings.set(closing, at)
  return at
}

/** Whether a line is a comment, or opens one that goes on. Undefined where it does neither. */
export function commentKind(
  text: string,
  head: string,
  line: LineMeasure,
  begin: number,
  state: State,
): LineKind | undefined {
  // A `#` line is a heading when it stands alone, and a comment in a run of them or when nothing follows the mark.
  if (head.startsWith('#') && !STATEMENT.test(head)) {
    state.hashes++
    return state.hashes > 1 || !/^#{1,6} /.test(head) ? 'comment' : 'neutral'
  }
  state.hashes = 0
  // A quotation mark that nothing closes, with white space or a rule behind it: a comment of Vim from the second line on.
  if (VIM_COMMENT.test(head) || (state.quotes > 0 && /^"[^"]*$/.test(head))) {
    state.quotes++
    return state.quotes > 1 ? 'comment' : 'neutral'
  }
  state.quotes = 0
  // A star alone is an empty line of a comment, whose opening was cut off; items of lists have something behind theirs,
  // and those of a ChangeLog a tab before it.
  const isTabbed = line.start > begin && text[line.start - 1] === '\t'
  state.stars = (head === '*' && !isTabbed) || (state.stars && head.startsWith('* '))
  if (state.stars) return 'comment'
  const closing = closingOf(head)
  if (closing !== '') {
    state.commentEnd = endOf(text, line.start + 2, closing, state)
    return 'comment'
  }
  return COMMENT.test(head) || COMMENT_WORD.test(head) ? 'comment' : undefined
}

/** Offset behind the `closing` of what opened before `from`; `from` where nothing closes it, or nothing near. */
function endOf(text: string, from: number, closing: string, state: State): number {
  const at = nextClosing(closing, from, state, () => text.indexOf(closing, from))
  return at - from > LONGEST_COMMENT ? from : at + closing.length
}

function closingOf(head: string): string {
  if (POD.test(head)) return '\n=cut'
  if (head.startsWith('/*')) return '*/'
  if (head.startsWith('(*')) return '*)'
  if (head.startsWith('{-')) return '-}'
  if (head.startsWith('<!--')) return '-->'
  // Three single quotes alone are a rule under a heading as often as a string.
  return /^[rRuUbB]?(?:("""(?!")|'''(?=[\w ])))/.exec(head)?.[1] ?? ''
}

/** Notes where the element that a line of markup begins with ends, if it is a paragraph: its words go on over lines. */
export function closeElement(text: string, head: string, line: LineMeasure, state: State): void {
  const name = ELEMENT.exec(head)?.[1]
  if (name === undefined) return
  const closing = `</${name}`
  // Not looked for again where the line before, which opened the same element, did without finding one.
  const from = state.closing === closing ? Math.max(line.start, state.closingFrom) : line.start
  const end = line.start + LONGEST_ELEMENT
  const at = text.slice(from, end).indexOf(closing)
  if (at >= 0) state.elementEnd = from + at
  state.closing = closing
  state.closingFrom = at >= 0 ? from + at : Math.max(from, Math.min(end, text.length) - closing.length)
}

/** Settings before a text that is not YAML's for sure are taken for YAML. */
const SETTINGS = 2

/** Whether a line goes on with the value of a setting: a list of single words, or text that is indented under its key. */
export function isValue(state: State, head: string, line: LineMeasure, begin: number): boolean {
  if (!state.setting) return false
  const indent = line.start - begin
  if (indent > state.keyIndent && (state.blockScalar || state.settings >= SETTINGS)) return true
  return indent >= state.keyIndent && VALUE.test(head)
}

/** What isValue asks for, noted after each line. */
export function noteSetting(
  text: string,
  state: State,
  isSetting: boolean,
  line: LineMeasure,
  begin: number,
): void {
  const indent = line.start - begin
  if (!isSetting) {
    state.settings = 0
    state.blockScalar = false
  } else {
    state.settings++
    if (!state.setting || indent <= state.keyIndent) {
      state.keyIndent = indent
      state.blockScalar = BLOCK_SCALAR.test(text.slice(Math.max(line.start, line.end - 8), line.end))
    }
  }
  state.setting = isSetting
}
