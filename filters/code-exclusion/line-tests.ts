import type { LineMeasure } from './measure.ts'
import {
  CALCULATION,
  CHARACTER_CODE,
  CHAT,
  CLOCK,
  COLUMN,
  DECLARATION,
  ENCODED,
  EQUATION,
  FORTRAN,
  HEXADECIMAL,
  JSON_ENTRY,
  LISTED,
  LOG,
  LOUD_SQL,
  MATHEMATICS,
  MNEMONIC,
  PATH,
  PLACE,
  SMALL_COLUMN,
  SQL,
  STATEMENT,
  STRINGS,
} from './patterns.ts'

/** What one line is by its own beginning and end, whatever stands around it. */

export function isLog(head: string, line: LineMeasure): boolean {
  if (line.digits < 3) return LOG.test(head) || isPlace(head)
  return (!CHAT.test(head) && (LOG.test(head) || CLOCK.test(head))) || isPlace(head)
}

/** A line that ends as code does is none. */
export function isMathematics(head: string, line: LineMeasure): boolean {
  const isOne = MATHEMATICS.test(head) || (line.digits > 0 && (CALCULATION.test(head) || EQUATION.test(head)))
  return isOne && !/[;{]$/.test(head)
}

/** Looked for only where the first word has a colon. */
export function isPlace(head: string): boolean {
  const space = head.indexOf(' ')
  const colon = head.indexOf(':')
  return colon > 2 && (space < 0 || colon <= space) && PLACE.test(head)
}

export function isData(text: string, head: string, line: LineMeasure): boolean {
  if (JSON_ENTRY.test(head) || LISTED.test(head) || STRINGS.test(head)) return true
  if (line.digits > 0 && HEXADECIMAL.test(head)) return true
  if (CHARACTER_CODE.test(head)) return true
  if (line.chars === line.end - line.start && PATH.test(head)) return true
  if (line.chars >= 40 && line.wide === 0 && ENCODED.test(head)) return true
  return line.chars > 2 && head.startsWith('(') && /\)[,;]$/.test(text.slice(line.end - 2, line.end))
}

export function isStatement(head: string, line: LineMeasure): boolean {
  if (DECLARATION.test(head) || FORTRAN.test(head)) return true
  // `for example, with the following:` begins and ends as a statement may, but is all words.
  const allWords = line.words >= 4 && line.wordChars === line.chars && line.symbols + line.calls === 0
  return !allWords && (STATEMENT.test(head) || MNEMONIC.test(head))
}

export function isSqlPart(text: string, head: string, line: LineMeasure): boolean {
  const last = text.charAt(line.end - 1)
  const isListEnd = last === ',' || last === ')'
  if ((line.codeEnd || isListEnd) && line.symbols + line.calls > 0 && SQL.test(head)) return true
  if ((line.codeEnd && LOUD_SQL.test(head)) || COLUMN.test(head)) return true
  return isListEnd && SMALL_COLUMN.test(head)
}
