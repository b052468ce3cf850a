import type { Command } from 'commander'
import { benchmarkNames } from '../../../filters/decontaminate/index.ts'
import { type DecontaminateSummary, decontaminate } from '../../decontaminate.ts'
import { formatCount, formatItems, formatShare } from '../../report/text.ts'
import { anyNumber, benchmarkOption, repeated, withMapping } from '../options.ts'
import { print } from '../output.ts'

interface DecontaminateFlags {
  readonly out: string
  readonly benchmark: string[]
  readonly benchmarkField?: string[]
  readonly action?: string
  readonly ngram?: number
  readonly similarity?: number
  readonly margin?: number
  readonly part?: string[]
  readonly field?: string[]
  readonly template?: string
  readonly messages?: string
  readonly json: boolean
}

export function decontaminateCommand(command: Command): void {
  withMapping(
    command
      .argument('<files...>', 'files, folders, patterns or @lists; - is standard input (JSON lines)')
      .requiredOption(
        '--benchmark <file[:name]>',
        `a benchmark (repeatable); fields are known for ${benchmarkNames.join(', ')}`,
        repeated,
      )
      .requiredOption('--out <dir>', 'folder for kept-*.jsonl.zst and contaminated.jsonl'),
  )
    .option(
      '--benchmark-field <name=path>',
      'where the benchmarks’ records have id, question, answer, passage or choices (repeatable)',
      repeated,
    )
    .option('--action <action>', 'drop documents, cut spans, or only report (default: drop)')
    .option('--ngram <words>', 'words in a row that make a hit (default: 13)', anyNumber)
    .option(
      '--similarity <share>',
      'share of an item’s words, in order, that makes a hit (default: 0.7)',
      anyNumber,
    )
    .option('--margin <bytes>', 'with --action cut: what goes too on either side (default: 200)', anyNumber)
    .option(
      '--part <part>',
      'look for question, answer or passage (repeatable; default: question, answer)',
      repeated,
    )
    .addHelpText(
      'after',
      `
contaminated.jsonl has {"id", "outcome", "benchmark", "item", "part", "rule", "similarity", "span", "text", "benchmarkText"} a line,
by the input's own ids (or file:offset where it has none). uncheckable.jsonl has {"benchmark", "item"} for each item that is too
short or too common to be looked for.

Example:
  millrace decontaminate web-*.jsonl.zst --benchmark gsm8k-test.jsonl.gz:gsm8k --out clean`,
    )
    .action(async (files: string[], flags: DecontaminateFlags) => {
      const { out, action, part, field, template, messages } = flags
      const settings = {
        ...(action !== undefined && { action }),
        ...(flags.ngram !== undefined && { ngram: flags.ngram }),
        ...(flags.similarity !== undefined && { similarity: flags.similarity }),
        ...(flags.margin !== undefined && { margin: flags.margin }),
        ...(part !== undefined && { parts: part }),
      }
      const benchmarks = flags.benchmark.map((value) => benchmarkOption(value, flags.benchmarkField))
      const summary = await decontaminate(files, {
        out,
        benchmarks,
        settings,
        ...(field && { field }),
        ...(template !== undefined && { template }),
        ...(messages !== undefined && { messages }),
      })
      print(summary, flags, render)
    })
}

function render({
  documents,
  kept,
  contaminated,
  cut,
  unreadable,
  benchmarks,
  files,
}: DecontaminateSummary): string {
  return [
    `${formatItems(documents, 'document')}: ${formatCount(kept)} kept, ${formatCount(contaminated)} with something of a benchmark${cut > 0 ? `, ${formatCount(cut)} of them cut` : ''}${unreadable > 0 ? `; ${formatItems(unreadable, 'unreadable record')}, see quarantine.jsonl` : ''}`,
    ...Object.entries(benchmarks).map(
      ([name, { items, uncheckable, found, documents: with_ }]) =>
        `${name}: ${formatCount(found)} of ${formatItems(items, 'item')} (${formatShare(found / items)}) in ${formatItems(with_, 'document')}${uncheckable > 0 ? `; ${formatItems(uncheckable, 'item')} too short or too common to be looked for, see uncheckable.jsonl` : ''}`,
    ),
    ...files,
  ].join('\n')
}
