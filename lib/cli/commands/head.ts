import type { Command } from 'commander'
import { type HeadOptions, type HeadRecord, head } from '../../head.ts'
import { tokenizerOption, wholeNumber, withMapping } from '../options.ts'
import { print } from '../output.ts'

export function headCommand(command: Command): void {
  command
    .argument(
      '<files...>',
      'files, folders, patterns or @lists, plain or compressed; - is standard input (JSON lines)',
    )
    .option('-n, --records <n>', 'records a file', wholeNumber(1), 5)
    .option('--tokenizer <name>', 'decode files of token ids', tokenizerOption)
    .option('--reader <name>', 'how to read them, where the name and content do not tell')
  withMapping(command)
    .addHelpText(
      'after',
      `
Examples:
  millrace head web.jsonl.zst -n 3
  millrace head posts.jsonl --field text=body --field url=meta.link`,
    )
    .action(async (files: string[], options: HeadOptions & { json: boolean }) => {
      print(await head(files, options), options, (records) => records.map(render).join('\n\n'))
    })
}

/** Characters of a text that are shown. */
const SHOWN = 600

function render(record: HeadRecord): string {
  const at = `${record.file} at ${record.offset}`
  if (record.problem !== null) return `${at}: ${record.problem}`
  const facts = [record.id === null ? '' : `id ${record.id}`, record.url ?? ''].filter(Boolean).join(', ')
  const text = record.text ?? ''
  const rest = text.length > SHOWN ? `\n… ${text.length - SHOWN} more characters` : ''
  return `── ${at}${facts === '' ? '' : ` (${facts})`}\n${text.slice(0, SHOWN)}${rest}`
}
