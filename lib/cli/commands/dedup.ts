import os from 'node:os'
import type { Command } from 'commander'
import { dedupMethods } from '../../../filters/dedup/index.ts'
import { type DedupSummary, dedup } from '../../dedup.ts'
import { type DedupExplanation, explainDuplicates } from '../../dedup-explain.ts'
import { MillraceError } from '../../errors.ts'
import type { MappingOptions } from '../../head.ts'
import { formatCount } from '../../report/text.ts'
import { repeated, wholeNumber, withMapping } from '../options.ts'
import { print } from '../output.ts'

interface DedupFlags extends MappingOptions {
  readonly out?: string
  readonly explain?: boolean
  readonly id?: readonly string[]
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
    .option('--out <dir>', 'folder for kept-*.jsonl.zst and duplicates.jsonl')
    .option('--method <name>', Object.keys(dedupMethods).toSorted().join(', '), 'minhash')
    .option('--threshold <share>', 'minhash: Jaccard similarity from which a document goes (default: 0.8)')
    .option('--ngram <words>', 'minhash: words a shingle (default: 5)')
    .option('--explain', 'say what two documents share, and write nothing')
    .option(
      '--id <id>',
      'with --explain: a document of the pair, unless the files hold two (twice)',
      repeated,
    )
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

Examples:
  millrace dedup web-*.jsonl.zst --out deduplicated --threshold 0.8
  millrace dedup web-*.jsonl.zst --explain --id page-17 --id page-4711`,
    )
    .action(async (files: string[], flags: DedupFlags) => {
      const settings = {
        ...(flags.threshold !== undefined && { threshold: Number(flags.threshold) }),
        ...(flags.ngram !== undefined && { ngram: Number(flags.ngram) }),
      }
      if (flags.explain === true) {
        const ids = flags.id && { ids: flags.id }
        print(await explainDuplicates(files, { ...flags, ...ids, settings }), flags, renderExplanation)
        return
      }
      if (flags.out === undefined) {
        const fix = 'Add --out DIR, or --explain.'
        throw new MillraceError('USAGE', 'there is no folder to write to', { key: '--out', fix })
      }
      print(await dedup(files, { ...flags, out: flags.out, settings }), flags, render)
    })
}

function render({ documents, kept, duplicates, unreadable, files }: DedupSummary): string {
  return [
    `${formatCount(documents)} documents: ${formatCount(kept)} kept, ${formatCount(duplicates)} duplicates${unreadable > 0 ? `; ${formatCount(unreadable)} unreadable records, see quarantine.jsonl` : ''}`,
    ...files,
  ].join('\n')
}

function renderExplanation(found: DedupExplanation): string {
  const { documents, shared, jaccard, agreement, sharedBands, bands, isDuplicate, examples } = found
  return [
    ...documents.map(
      ({ id, words, ngrams }) => `${id}: ${formatCount(words)} words, ${formatCount(ngrams)} n-grams`,
    ),
    `shared n-grams: ${formatCount(shared)}, Jaccard similarity ${jaccard.toFixed(4)}`,
    `signature: agreement ${agreement.toFixed(4)}, ${sharedBands.length} of ${bands} bands shared${sharedBands.length > 0 ? ` (${sharedBands.join(', ')})` : ''}`,
    isDuplicate ? 'duplicates: one goes where the other is kept' : 'no duplicates',
    ...examples.map((ngram) => `  ${ngram}`),
  ].join('\n')
}
