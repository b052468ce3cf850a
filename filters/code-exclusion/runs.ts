import type { LineMeasure } from './measure.ts'
import { HUNK, LISP_DEFINITION, PATCH_HEAD, SQL_OPENING } from './patterns.ts'
import { nextClosing, type State } from './state.ts'

/** Runs of lines that one of them announces: hunks of a patch, statements of SQL, documentation of Lisp. */

/** Whether a line, an empty one too, belongs to a hunk; its counts say how many more do. */
export function inHunk(text: string, begin: number, state: State): boolean {
  if (state.hunk <= 0) return false
  const first = text.charAt(begin)
  const isOneSided = first === '+' || first === '-'
  if (!isOneSided && first !== ' ' && first !== '\\' && first !== '\n' && first !== '\r') {
    state.hunk = 0
    return false
  }
  if (first !== '\\') state.hunk -= isOneSided ? 1 : 2
  return true
}

/** Whether a line stands before the hunks of a patch, or opens one. */
export function isPatchHead(head: string, state: State): boolean {
  const hunk = HUNK.exec(head)
  if (hunk === null) return PATCH_HEAD.test(head)
  state.hunk = Number(hunk[1] ?? 1) + Number(hunk[2] ?? 1)
  return true
}

/** Whether a line belongs to a statement of SQL that goes on up to a semicolon, or an empty line. */
export function inSql(text: string, head: string, line: LineMeasure, state: State): boolean {
  const last = text.charAt(line.end - 1)
  if (state.sql) {
    if (last === ';') state.sql = false
    return true
  }
  if (!SQL_OPENING.test(head) || !(line.codeEnd || last === ',' || last === ')' || /\bvalues$/i.test(head)))
    return false
  state.sql = last !== ';'
  return true
}

/** UTF-16 units. */
const LONGEST_DOCUMENTATION = 6000

/** Notes up to where the lines behind a definition of Lisp are the string that documents it. */
export function noteLisp(text: string, head: string, line: LineMeasure, isCode: boolean, state: State): void {
  const isDefinition = LISP_DEFINITION.test(head)
  const isString = state.lisp && head.startsWith('"')
  state.lisp = isDefinition || (state.lisp && isCode)
  if (!isDefinition && !isString) return
  const opened = openString(text, line)
  if (opened < 0) return
  const at = nextClosing('lisp', opened + 1, state, () => {
    QUOTE.lastIndex = opened + 1
    return QUOTE.exec(text)?.index ?? -1
  })
  if (at > line.end && at - opened < LONGEST_DOCUMENTATION) state.commentEnd = at
}

const QUOTE = /(?<!\\)"/g

/** Where the string opens that a line does not close; -1 where there is none. */
function openString(text: string, { start, end }: LineMeasure): number {
  let opened = -1
  for (let at = start; at < Math.min(end, start + 400); at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) opened = opened < 0 ? at : -1
  }
  return opened
}
