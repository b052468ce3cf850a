import type { Command } from 'commander'
import { describeFilter, type FilterDescription, listFilters } from '../../describe-filters.ts'
import { renderTable } from '../../report/text.ts'
import { print } from '../output.ts'

export function filtersCommand(program: Command): void {
  program
    .command('filters')
    .description('list the filters, or say what one does: settings with defaults, reasons, recorded values')
    .argument('[name]', 'a filter')
    .addHelpText(
      'after',
      `
Examples:
  millrace filters
  millrace filters gopher-quality
  millrace filters pii --json`,
    )
    .action((name: string | undefined, options: { json: boolean }) => {
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
