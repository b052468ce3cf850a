import { type Facts, type Issue, type MillraceError, toErrorRecord } from '../errors.ts'

/** Options that every command has. */
export interface GlobalOptions {
  readonly json: boolean
}

/** Prints a command's result: JSON on request, else the text that `render` makes for people. */
export function print<T>(value: T, { json }: GlobalOptions, render: (value: T) => string): void {
  process.stdout.write(json ? `${JSON.stringify(value, undefined, 2)}\n` : `${render(value)}\n`)
}

/** Prints an error on stderr: what is wrong, where, and the way out; with `--json`, all its facts on stdout too. */
export function printError(error: MillraceError, { json }: GlobalOptions): void {
  if (json) {
    const { stack: _, ...record } = toErrorRecord(error)
    process.stdout.write(`${JSON.stringify({ error: record }, undefined, 2)}\n`)
  }
  process.stderr.write(`${renderError(error)}\n`)
}

function renderError({ code, message, issues, facts, stack }: MillraceError): string {
  const lines = [`millrace: ${message}`]
  const [only] = issues
  if (issues.length === 1 && only !== undefined && message.includes(only.message)) {
    // The message has said it: what is left is where.
    if (only.line !== undefined) lines.push(`  at ${place(only)}`)
    return [...lines, `  → ${facts.fix}`].join('\n')
  }
  for (const issue of issues) {
    lines.push('', `  ${[place(issue), issue.key].filter(Boolean).join('  ')}`.trimEnd())
    lines.push(`    ${issue.message}`)
    if (issue.fix !== undefined) lines.push(`    → ${issue.fix}`)
  }
  if (issues.length > 0) lines.push('')
  lines.push(`  → ${facts.fix}`)
  if (code === 'INTERNAL' && stack !== undefined) lines.push('', stack)
  return lines.join('\n')
}

/** `recipe.yaml:12:5` */
function place({ file, line, column }: Partial<Facts> | Issue): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}
