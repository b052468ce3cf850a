import type { Command } from 'commander'
import { registerFilters } from '../../../filters/own-filters.ts'
import {
  type CheckedFilter,
  checkFilters,
  describeFilter,
  type FilterDescription,
  listFilters,
} from '../../describe-filters.ts'
import { renderTable } from '../../report/text.ts'
import { repeated } from '../options.ts'
import { print } from '../output.ts'

export function filtersCommand(command: Command): void {
  command
    .argument('[name]', 'a filter')
    .option('--module <file>', 'a module with filters of your own: lists them, and checks each', repeated)
    .addHelpText(
      'after',
      `
Examples:
  millrace filters
  millrace filters gopher-quality
  millrace filters pii --json
  millrace filters --module ./my-filter.mjs

A module is checked over texts that break filters: no exception, the same verdict every time, and no reason or value that
it does not declare. Exit code 1: something is wrong with it.`,
    )
    .action(async (name: string | undefined, options: { json: boolean; module?: string[] }) => {
      const own = await registerFilters(options.module ?? [], process.cwd())
      if (name === undefined && own.length > 0) {
        const checked = await checkFilters(own)
        print(checked, options, renderChecked)
        if (checked.some(({ problems }) => problems.length > 0)) process.exitCode = 1
        return
      }
      if (name !== undefined) {
        print(describeFilter(name), options, renderFilter)
        return
      }
      print(listFilters(), options, (all) =>
        renderTable(
          [{ heading: 'filter' }, { heading: 'what it does' }],
          all.map((each) => [each.name, each.summary]),
        ),
      )
    })
}

function renderChecked(checked: readonly CheckedFilter[]): string {
  return checked
    .map(({ name, problems }) =>
      [
        `${name}: ${problems.length === 0 ? 'ok' : `${problems.length} problems`}`,
        ...problems.map((problem) => `  ${problem}`),
      ].join('\n'),
    )
    .join('\n')
}

function renderFilter({ name, summary, settings, reasons, values }: FilterDescription): string {
  const [first] = settings
  const written = settings.map((setting) => [
    setting.name,
    JSON.stringify(setting.default),
    setting.description,
  ])
  const columns = [{ heading: 'setting' }, { heading: 'default' }, { heading: 'what it is' }]
  const recorded = Object.entries(values).map(([value, type]) => `${name}.${value} (${type})`)
  return [
    `${name}: ${summary}`,
    '',
    ...(first === undefined ? [] : [renderTable(columns, written), '']),
    `reasons: ${reasons.join(', ')}`,
    `values:  ${recorded.join(', ')}`,
    '',
    'In a recipe:',
    first === undefined
      ? `  filters: [${name}]`
      : `  filters: [{${name}: {${first.name}: ${JSON.stringify(first.default)}}}]`,
  ].join('\n')
}
