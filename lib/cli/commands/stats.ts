import type { Command } from 'commander'
import { formatBytes, formatCount, formatShare, renderTable } from '../../report/text.ts'
import { type Stats, type StatsOptions, stats } from '../../stats.ts'
import { repeated, tokenizerOption, withMapping } from '../options.ts'
import { print } from '../output.ts'
import { createProgress } from '../progress.ts'

export function statsCommand(command: Command): void {
  command
    .argument(
      '<files...>',
      'files, folders, patterns or @lists, of text or of token ids; - is standard input (JSON lines)',
    )
    .option('--reader <name>', 'how to read them, where the name and content do not tell')
    .option(
      '--tokenizer <name>',
      'count tokens; of files of token ids, documents with BOS and EOS',
      tokenizerOption,
    )
    .option(
      '--filters <list>',
      'filters, separated by commas, NAME as OWN where one is there twice: documents by verdict and recorded words',
    )
    .option('--set <filter.setting=value>', 'a setting of a filter (repeatable)', repeated)
  withMapping(command)
    .addHelpText(
      'after',
      `
Exits with 1 where a record cannot be read.

Examples:
  millrace stats web-*.jsonl.zst
  millrace stats web.jsonl.zst --tokenizer mistral-v1 --filters language`,
    )
    .action(async (files: string[], options: StatsOptions & { json: boolean }) => {
      const progress = createProgress(process.stderr)
      const onSize = (bytes: number): void =>
        progress.onEvent({ kind: 'step', step: 'stats', units: 1, reused: 0, bytes })
      const onBytes = (bytes: number): void => {
        progress.onEvent({ kind: 'progress', step: 'stats', amount: { bytes } })
      }
      const found = await stats(files, { ...options, onSize, onBytes })
      progress.onEvent({ kind: 'unit', step: 'stats', done: 1, units: 1 })
      progress.done()
      print(found, options, render)
      if (Object.keys(found.total.bad).length > 0) process.exitCode = 1
    })
}

function right(heading: string): { heading: string; align: 'right' } {
  return { heading, align: 'right' }
}

function render({ files, total }: Stats): string {
  const rows = [...files, ...(files.length > 1 ? [{ file: 'total', ...total }] : [])].map((one) => [
    one.file,
    formatBytes(one.bytes),
    ...[one.records, one.records - one.documents, one.documents, one.characters, one.words, one.tokens].map(
      (count) => formatCount(count),
    ),
  ])
  const headings = ['bytes', 'records', 'bad', 'documents', 'characters', 'words', 'tokens'].map(right)
  const { lengths, records, documents } = total
  const counted = (title: string, table: Readonly<Record<string, number>>, of: number): string[] => {
    const lines = Object.entries(table).map(([name, count]) => [
      name,
      formatCount(count),
      formatShare(count / of),
    ])
    return lines.length === 0
      ? []
      : ['', renderTable([{ heading: title }, right('count'), right('share')], lines)]
  }
  const fields = Object.entries(total.fields).map(([field, types]) => [
    field,
    Object.keys(types).join(', '),
    formatShare(Object.values(types).reduce((sum, count) => sum + count, 0) / records),
  ])
  return [
    renderTable([{ heading: 'file' }, ...headings], rows),
    ...(lengths === null
      ? []
      : [
          '',
          `lengths in ${total.tokens > 0 ? 'tokens' : 'characters'}: ${Object.entries(lengths)
            .map(([name, value]) => `${name} ${formatCount(Math.round(value))}`)
            .join(', ')}`,
        ]),
    ...(fields.length === 0
      ? []
      : ['', renderTable([{ heading: 'field' }, { heading: 'types' }, right('share of records')], fields)]),
    ...counted('bad records', total.bad, records),
    ...counted('texts with', total.hygiene, documents),
    ...counted('documents', total.specials, documents),
    ...counted('verdicts', total.verdicts, documents),
    ...counted('recorded', total.values, documents),
  ].join('\n')
}
