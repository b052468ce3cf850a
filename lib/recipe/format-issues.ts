import type { Issue, MillraceError } from '../errors.ts'

/**
 * A recipe's issues for people, one block each:
 *
 *     recipe.yaml:12:5  sources.web.filers  unknown key; did you mean "filters"?
 *         12 |     filers: [language]
 *            |     ^
 *         The keys here are: files, reader, …
 *
 * @param source the recipe's text, to quote the lines from
 */
export function formatIssues(error: MillraceError, source?: string): string {
  const lines = source?.split(/\r?\n/)
  const issues = error.issues.length > 0 ? error.issues : [{ ...error.facts, message: error.message }]
  return issues.map((issue) => block(issue, lines)).join('\n\n')
}

function block(issue: Issue, lines: readonly string[] | undefined): string {
  const head = [place(issue), issue.key, issue.message]
    .filter((part) => part !== undefined && part !== '')
    .join('  ')
  return [
    printable(head),
    ...excerpt(issue, lines),
    ...(issue.fix === undefined ? [] : [`    ${printable(issue.fix)}`]),
  ].join('\n')
}

function place({ file, line, column }: Issue): string | undefined {
  return file === undefined || line === undefined ? file : `${file}:${line}:${column ?? 1}`
}

/** The line with a mark under its column. Long lines are cut around it. */
function excerpt({ line, column }: Issue, lines: readonly string[] | undefined): string[] {
  const text = line === undefined ? undefined : lines?.[line - 1]
  if (text === undefined || column === undefined) return []
  const from = Math.max(0, column - 61)
  const gutter = `    ${line} | `
  const shown = printable(text.slice(from, from + 100))
  return [`${gutter}${shown}`, `${' '.repeat(gutter.length - 2)}| ${' '.repeat(column - 1 - from)}^`]
}

/** Without what would move the terminal's cursor; each character keeps its place. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
