import os from 'node:os'
import type { Command } from 'commander'
import { dedupMethods } from '../../../filters/dedup/index.ts'
import { type DedupSummary, dedup } from '../../dedup.ts'
import type { MappingOptions } from '../../head.ts'
import { formatCount } from '../../report/text.ts'
import { wholeNumber, withMapping } from '../options.ts'
import { print } from '../output.ts'

interface DedupFlags extends MappingOptions {
  readonly out: string
  readonly method: string
  readonly threshold?: string
  readonly ngram?: string
  readonly workers: number
  readonly json: boolean
}

export function dedupCommand(program: Command): void {
  const command = program
    .command('dedup')
    .description('remove duplicates from files, and say of each which document was kept instead')
    .argument('<files...>', 'files, folders, patterns or @lists; - is standard input (JSON lines)')
    .requiredOption('--out <dir>', 'folder for kept-*.jsonl.zst and duplicates.jsonl')
    .option('--method <name>', Object.keys(dedupMethods).toSorted().join(', '), 'minhash')
    .option('--threshold <share>', 'minhash: Jaccard similarity from which a document goes (default: 0.8)')
    .option('--ngram <words>', 'minhash: words a shingle (default: 5)')
    .option(
      '--workers <n>',
      'worker threads; the result is the same for any number',
      wholeNumber(1),
      os.availableParallelism(),
    )
  withMapping(command)
    .addHelpText(
      'after',
      `
duplicates.jsonl has {"id", "duplicateOf", "similarity"} a line, by the input's own ids (or file:offset where it has none).

Example:
  millrace dedup web-*.jsonl.zst --out deduplicated --threshold 0.8`,
    )
    .action(async (files: string[], flags: DedupFlags) => {
      const settings = {
        ...(flags.threshold !== undefined && { threshold: Number(flags.threshold) }),
        ...(flags.ngram !== undefined && { ngram: Number(flags.ngram) }),
      }
      print(await dedup(files, { ...flags, settings }), flags, render)
    })
}

function render({ documents, kept, duplicates, unreadable, files }: DedupSummary): string {
  return [
    `${formatCount(documents)} documents: ${formatCount(kept)} kept, ${formatCount(duplicates)} duplicates${unreadable > 0 ? `; ${formatCount(unreadable)} unreadable records, see quarantine.jsonl` : ''}`,
    ...files,
  ].join('\n')
}
