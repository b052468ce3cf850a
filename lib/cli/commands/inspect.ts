import type { Command } from 'commander'
import type { TokenizerSpec } from '../../../tokenizers/index.ts'
import { type InspectedItem, type Inspection, inspect } from '../../inspect.ts'
import { formatBytes, formatCount, formatItems } from '../../report/text.ts'
import { tokenizerOption, wholeNumber } from '../options.ts'
import { print } from '../output.ts'

export function inspectCommand(command: Command): void {
  command
    .argument('<file>', 'a file under shards/, holdout/ or work/ of a build')
    .option('-n, --items <n>', 'items to show', wholeNumber(0), 3)
    .option('--tokenizer <name>', "tokenizer to decode with (default: the build's)", tokenizerOption)
    .addHelpText(
      'after',
      `
Examples:
  millrace inspect corpus/shards/00-base-2048/packed/00000.arrow
  millrace inspect corpus/shards/00-base-2048/megatron/00000.bin -n 1 --json`,
    )
    .action(async (file: string, options: { items: number; tokenizer?: TokenizerSpec; json: boolean }) => {
      print(await inspect(file, options), options, render)
    })
}

function render({ file, format, bytes, header, counts, first }: Inspection): string {
  return [
    `${file}: ${format}, ${formatBytes(bytes)}`,
    ...Object.entries(header).map(
      ([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
    ...Object.entries(counts).map(([name, value]) => `  ${name}: ${formatCount(value)}`),
    ...first.flatMap((item, index) => ['', ...renderItem(item, index)]),
  ].join('\n')
}

function renderItem(item: InspectedItem, index: number): string[] {
  if (item.row !== undefined) {
    return [
      `── row ${index}`,
      ...Object.entries(item.row).map(([name, value]) => `  ${name}: ${shorten(JSON.stringify(value))}`),
    ]
  }
  return [
    `── item ${index}: ${formatItems(item.tokens ?? 0, 'token')} in pieces of ${item.pieces?.join(', ') ?? ''}`,
    `  ids   ${item.ids?.join(' ') ?? ''} …`,
    ...(item.text === undefined ? [] : [`  text  ${shorten(JSON.stringify(item.text))}`]),
  ]
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}
