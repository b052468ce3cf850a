import type { Command } from 'commander'
import { filters as registry } from '../../../filters/index.ts'
import { type FilterRunOptions, runFilters } from '../../filter.ts'
import { repeated, withMapping } from '../options.ts'

export function filterCommand(program: Command): void {
  const names = Object.values(registry).map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`)
  const command = program
    .command('filter')
    .description(
      'judge documents: JSON lines in, each out with the verdicts and recorded values of the filters',
    )
    .argument('[files...]', 'files, folders, patterns or @lists; default: standard input')
    .option('--filters <list>', 'filters, separated by commas; every one judges every document')
    .option('--module <file>', 'a module with filters of your own (repeatable)', repeated)
    .option('--recipe <file>', "use the filters of a recipe's source instead")
    .option('--source <name>', 'the source, where the recipe has several')
    .option(
      '--set <filter.setting=value>',
      'a setting, e.g. gopher-quality.minWords=0 (repeatable)',
      repeated,
    )
  withMapping(command)
    .addHelpText(
      'after',
      `
Each output line is the input document with "verdicts": {FILTER: {"keep", "reason", "value", "threshold", "values"}}.
Filters see the text as it came in: edits of one are not passed on to the next; "text" in a verdict is the edited text.

Filters:
${names.join('\n')}

Example:
  millrace filter --filters language,gopher-quality --set gopher-quality.minWords=20 < docs.jsonl`,
    )
    .action(async (files: string[], options: FilterRunOptions) => {
      for await (const lines of runFilters(files, options)) {
        if (!process.stdout.write(lines))
          await new Promise((resolve) => process.stdout.once('drain', resolve))
      }
    })
}
