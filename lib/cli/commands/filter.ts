import type { Command } from 'commander'
import { filters as registry } from '../../../filters/index.ts'
import { MillraceError } from '../../errors.ts'
import { type FilterRunOptions, runFilters } from '../../filter.ts'
import { formatCount, renderTable } from '../../report/text.ts'
import { type WhatIf, type WhatIfLimit, whatIf } from '../../what-if/what-if.ts'
import { repeated, wholeNumber, withMapping } from '../options.ts'
import { print } from '../output.ts'

interface FilterFlags extends FilterRunOptions {
  readonly whatIf?: readonly string[]
  readonly nearest?: number
  readonly json: boolean
}

export function filterCommand(command: Command): void {
  const names = Object.values(registry).map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`)
  command
    .argument('[files...]', 'files, folders, patterns or @lists; default: standard input')
    .option(
      '--filters <list>',
      'filters, separated by commas; every one judges every document. NAME as OWN where one is there twice',
    )
    .option('--module <file>', 'a module with filters of your own (repeatable)', repeated)
    .option('--recipe <file>', "use the filters of a recipe's source instead")
    .option('--source <name>', 'the source, where the recipe has several')
    .option(
      '--set <filter.setting=value>',
      'a setting, e.g. gopher-quality.minWords=0 (repeatable)',
      repeated,
    )
    .option(
      '--what-if <filter.setting=value>',
      'print what another limit would drop, from the values recorded by a build (its folder) or by filter (its output); repeatable',
      repeated,
    )
    .option(
      '--nearest <n>',
      'with --what-if: documents to name on either side of a limit (default: 5)',
      wholeNumber(0),
    )
  withMapping(command)
    .addHelpText(
      'after',
      `
Each output line is the input document with "verdicts": {FILTER: {"keep", "reason", "value", "threshold", "values"}}.
Filters see the text as it came in: edits of one are not passed on to the next; "text" in a verdict is the edited text.

Filters:
${names.join('\n')}

Examples:
  millrace filter --filters language,gopher-quality --set gopher-quality.minWords=20 < docs.jsonl
  millrace filter --filters "length,length as long" --set length.minWords=5 --set long.maxWords=1000 < docs.jsonl
  millrace filter corpus --what-if gopher-quality.minWords=100 --what-if language.minScore=0.8
  millrace filter judged.jsonl --filters gopher-quality --what-if gopher-quality.minStopWords=3 --json`,
    )
    .action(async (files: string[], options: FilterFlags) => {
      if (options.whatIf !== undefined) {
        print(await whatIf(files, { ...options, whatIf: options.whatIf }), options, renderWhatIf)
        return
      }
      if (options.nearest !== undefined) {
        throw new MillraceError('USAGE', '--nearest is of no use without --what-if', {
          key: '--nearest',
          fix: 'Add --what-if FILTER.SETTING=VALUE, or leave it out.',
        })
      }
      for await (const lines of runFilters(files, options)) {
        if (!process.stdout.write(lines))
          await new Promise((resolve) => process.stdout.once('drain', resolve))
      }
    })
}

function renderWhatIf({ sources, limits }: WhatIf): string {
  const right = { align: 'right' as const }
  const rows = Object.entries(sources).flatMap(([source, { records, fates, tags }]) => [
    [source, 'records', formatCount(records), formatCount(records), ''],
    ...fates.map(({ fate, before, after }) => ['', fate, ...counts(before, after)]),
    ...tags.map(({ tag, before, after }) => ['', `(tagged ${tag})`, ...counts(before, after)]),
  ])
  const funnel = renderTable(
    [
      { heading: 'source' },
      { heading: 'fate' },
      { heading: 'before', ...right },
      { heading: 'after', ...right },
      { heading: 'change', ...right },
    ],
    rows,
  )
  return [funnel, ...limits.map(renderLimit)].join('\n\n')
}

function counts(before: number, after: number): string[] {
  const change = after - before
  const sign = change > 0 ? '+' : change < 0 ? '-' : ''
  return [
    formatCount(before),
    formatCount(after),
    change === 0 ? '' : `${sign}${formatCount(Math.abs(change))}`,
  ]
}

function renderLimit({ setting, value, before, after, passing, failing }: WhatIfLimit): string {
  const rows = [
    ...passing.toReversed().map((document) => ({ side: 'passes', document })),
    ...failing.map((document) => ({ side: 'fails', document })),
  ].map(({ side, document }) => [
    side,
    String(document.value),
    document.uid ?? document.id ?? '',
    document.source,
  ])
  return [
    `${setting}: ${String(before ?? 'no limit')} -> ${String(after ?? 'no limit')}; nearest documents:`,
    renderTable(
      [{ heading: '' }, { heading: value, align: 'right' }, { heading: 'document' }, { heading: 'source' }],
      rows,
    ),
  ].join('\n')
}
