import type { TextEdit } from '../../lib/documents/text-edits.ts'
import { classifyLines, type LineKind, type VisitedLine } from './lines.ts'
import { BULLET, HEAD } from './patterns.ts'

/** Least lines of code in an indented block: one alone may be a quote, an address or a formula. */
const LEAST = 2
const INDENT = / {4}| {0,3}\t/y
/** What programs and their settings are made of. Tables are indented in prose, as are quotes and times, and stay. */
const CODE: ReadonlySet<LineKind> = new Set(['code', 'configuration', 'markup'])

/** Lines side by side: where the first begins and the last ends, and how many are of code and of prose. */
interface Lines {
  readonly begin: number
  end: number
  code: number
  prose: number
}

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
 *
 * An indented block is what is indented by four columns or more behind an empty line, with empty lines within, that has at
 * least {@link LEAST} lines of code, and more of them than of prose. Paragraphs and lists without code end a block, as they
 * are indented under the items of lists. Nothing is kept of a line that was read, so that no number of lines costs memory.
 */
export function cutBlocks(text: string): TextEdit[] {
  const cuts = newCuts(text)
  /** Indented lines up to an empty one, and the paragraphs before them that make a block. */
  let paragraph: Lines | undefined
  let block: Lines | undefined
  let isOpen = false

  const closeBlock = (): void => {
    if (block !== undefined) cuts.add(block, block.code >= LEAST && block.code > block.prose)
    block = undefined
  }
  const closeParagraph = (): void => {
    if (paragraph === undefined) return
    if (paragraph.code > 0 || paragraph.prose === 0) block = joined(block, paragraph)
    else {
      closeBlock()
      cuts.add(paragraph, false)
    }
    paragraph = undefined
  }

  classifyLines(text, (line) => {
    INDENT.lastIndex = line.begin
    const isIndented = line.kind !== 'fenced' && INDENT.test(text)
    if (line.afterEmpty || !isIndented) closeParagraph()
    // What begins without an indent is no part of a block up to the next empty line.
    if (line.afterEmpty) isOpen = isIndented
    else if (!isIndented) isOpen = false
    if (isOpen) paragraph = joined(paragraph, counted(text, line))
    else {
      closeBlock()
      cuts.add(line, line.kind === 'fenced')
    }
  })
  closeParagraph()
  closeBlock()
  return cuts.end()
}

function counted(text: string, { begin, start, end, kind }: VisitedLine): Lines {
  const isProse = kind === 'prose' || BULLET.test(text.slice(start, Math.min(end, start + HEAD)))
  return { begin, end, code: !isProse && CODE.has(kind) ? 1 : 0, prose: isProse ? 1 : 0 }
}

function joined(first: Lines | undefined, next: Lines): Lines {
  if (first === undefined) return next
  first.end = next.end
  first.code += next.code
  first.prose += next.prose
  return first
}

/** Collects what is cut: lines in their order, and whether they are. */
function newCuts(text: string) {
  const edits: TextEdit[] = []
  /** Where the line before ends that stays; undefined at the start of the text. */
  let before: number | undefined
  let isCutting = false
  return {
    add({ begin, end }: { readonly begin: number; readonly end: number }, isCut: boolean): void {
      if (isCutting && !isCut)
        edits.push({ start: before ?? 0, end: begin, text: before === undefined ? '' : '\n\n' })
      isCutting = isCut
      if (!isCut) before = end
    },
    end(): TextEdit[] {
      const left = before !== undefined && text.endsWith('\n') ? '\n' : ''
      if (isCutting) edits.push({ start: before ?? 0, end: text.length, text: left })
      return edits
    },
  }
}
