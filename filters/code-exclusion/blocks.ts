import type { TextEdit } from '../../lib/documents/text-edits.ts'
import { classifyLines, type LineKind, type VisitedLine } from './lines.ts'
import { BULLET, HEAD } from './patterns.ts'

/**
 * Cuts blocks of code out of prose: fences with what stands in them, and indented blocks. One empty line stays between
 * what stood around a block; at an end of the text nothing stays.
 *
 *     Call it so:                      Call it so:
 *
 *         const meal = grind(a);   →   It says what it made.
 *         console.log(meal);
 *
 *     It says what it made.
 */
export function cutBlocks(text: string): TextEdit[] {
  const lines: VisitedLine[] = []
  classifyLines(text, (line) => lines.push(line))
  const isCut = indentedBlocks(text, lines)
  for (const [at, { kind }] of lines.entries()) if (kind === 'fenced') isCut[at] = 1
  const edits: TextEdit[] = []
  for (let first = isCut.indexOf(1); first >= 0; ) {
    const after = isCut.indexOf(0, first)
    const before = lines[first - 1]
    const next = after < 0 ? undefined : lines[after]
    const end = next?.begin ?? text.length
    edits.push({ start: before?.end ?? 0, end, text: between(text, before, next) })
    first = after < 0 ? -1 : isCut.indexOf(1, after)
  }
  return edits
}

function between(text: string, before: VisitedLine | undefined, next: VisitedLine | undefined): string {
  if (before === undefined) return ''
  if (next !== undefined) return '\n\n'
  return text.endsWith('\n') ? '\n' : ''
}

/** Least lines of code in an indented block: one alone may be a quote, an address or a formula. */
const LEAST = 2
const INDENT = / {4}| {0,3}\t/y
/** What programs and their settings are made of. Tables are indented in prose, as are quotes and times, and stay. */
const CODE: ReadonlySet<LineKind> = new Set(['code', 'configuration', 'markup'])

/**
 * Marks the lines of indented blocks: what is indented by four columns or more behind an empty line, with empty lines
 * within, and has at least {@link LEAST} lines of code, and more of them than of prose. Paragraphs and lists without code
 * end a block, as they are indented under the items of lists.
 */
function indentedBlocks(text: string, lines: readonly VisitedLine[]): Uint8Array {
  const marked = new Uint8Array(lines.length)
  let block = { first: 0, code: 0, prose: 0 }
  const close = (end: number): void => {
    if (block.code >= LEAST && block.code > block.prose) marked.fill(1, block.first, end)
  }
  for (let first = 0; first < lines.length; ) {
    const { end, code, prose, indented } = paragraph(text, lines, first)
    const goesOn = indented && (code > 0 || prose === 0)
    if (goesOn) {
      block.code += code
      block.prose += prose
    }
    if (!goesOn || end === lines.length) {
      close(goesOn ? end : first)
      block = { first: end, code: 0, prose: 0 }
    }
    first = end
  }
  return marked
}

/** Lines up to an empty one; where the first is indented, also up to one that is not, and which begins the next. */
function paragraph(text: string, lines: readonly VisitedLine[], first: number) {
  let end = first
  let code = 0
  let prose = 0
  let indented = false
  for (; end < lines.length; end++) {
    const line = lines[end]
    if (line === undefined || (end > first && line.afterEmpty)) break
    INDENT.lastIndex = line.begin
    const isIndented = line.kind !== 'fenced' && INDENT.test(text)
    if (end === first) indented = isIndented
    else if (indented && !isIndented) break
    const isItem = BULLET.test(text.slice(line.start, Math.min(line.end, line.start + HEAD)))
    if (isItem || line.kind === 'prose') prose++
    else if (CODE.has(line.kind)) code++
  }
  return { end, code, prose, indented }
}
