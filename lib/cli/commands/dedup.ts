import { existsSync } from 'node:fs'
import os from 'node:os'
import type { Command } from 'commander'
import { dedupMethods } from '../../../filters/dedup/index.ts'
import { type DedupSummary, dedup } from '../../dedup.ts'
import { type DedupExplanation, explainDuplicates } from '../../dedup-explain.ts'
import { MillraceError } from '../../errors.ts'
import type { MappingOptions } from '../../head.ts'
import { renderClusters } from '../../report/dedup-report.ts'
import { formatCount, formatItems } from '../../report/text.ts'
import { parseSettings } from '../../settings-option.ts'
import { anyNumber, repeated, wholeNumber, withMapping } from '../options.ts'
import { print } from '../output.ts'

interface DedupFlags extends MappingOptions {
  readonly out?: string
  readonly explain?: true | string[]
  readonly id?: readonly string[]
  readonly method?: readonly string[]
  readonly set?: readonly string[]
  readonly threshold?: number
  readonly index?: string
  readonly against?: readonly string[]
  readonly ngram?: number
  readonly workers: number
  readonly json: boolean
}

export function dedupCommand(command: Command): void {
  command
    .argument('[files...]', 'files, folders, patterns or @lists; - is standard input (JSON lines)')
    .option('--out <dir>', 'folder for kept-*.jsonl.zst and duplicates.jsonl')
    .option(
      '--method <name>',
      `${Object.keys(dedupMethods).toSorted().join(', ')} (repeatable; default: minhash)`,
      repeated,
    )
    .option(
      '--set <method.setting=value>',
      'a setting of a method, e.g. lines.limit=3 (repeatable)',
      repeated,
    )
    .option(
      '--threshold <share>',
      'minhash: Jaccard similarity from which a document goes (default: 0.8)',
      anyNumber,
    )
    .option('--ngram <words>', 'minhash: words a shingle (default: 5)', anyNumber)
    .option(
      '--index <dir>',
      'an index: what it has goes, and what is kept is added to it (begun if it is not there)',
    )
    .option('--against <dir>', 'a finished build, or an index: what it has goes (repeatable)', repeated)
    .option('--explain [pair...]', 'say what two documents, or files of one each, share; write nothing')
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
duplicates.jsonl has {"id", "duplicateOf", "similarity", "method"} a line, by the input's own ids (or file:offset where it has none).
lines, paragraphs and spans cut text out of documents: cuts.jsonl has {"id", "method", "keptIn", "text"} a line.

Examples:
  millrace dedup web-*.jsonl.zst --out deduplicated --threshold 0.8
  millrace dedup web-*.jsonl.zst --out deduplicated --method exact --method lines --set lines.limit=3 --method minhash
  millrace dedup crawl-2.jsonl.zst --out new-in-2 --index seen      # what earlier runs with --index seen kept goes
  millrace dedup web-*.jsonl.zst --explain page-17 page-4711
  millrace dedup --explain one.txt other.txt`,
    )
    .action(async (files: string[], flags: DedupFlags) => {
      const { names, settings } = methodsOf(flags)
      const pair = pairOf(flags)
      const inputs = [...files, ...pair.files]
      if (inputs.length === 0) {
        const fix = 'Name files, folders, patterns, @lists, or - for standard input.'
        throw new MillraceError('USAGE', 'there is no file to read', { fix })
      }
      if (flags.explain !== undefined) {
        const ids = pair.ids.length > 0 ? { ids: pair.ids } : {}
        const own = settings.get('minhash') ?? {}
        const other = names.find((name) => name !== 'minhash')
        if (other !== undefined) {
          const fix = 'Leave --method out: copies by another method are equal, as its evidence says.'
          throw new MillraceError('USAGE', `--explain is of minhash, not of ${other}`, {
            key: '--method',
            got: other,
            fix,
          })
        }
        print(await explainDuplicates(inputs, { ...flags, ...ids, settings: own }), flags, renderExplanation)
        return
      }
      if (flags.out === undefined) {
        const fix = 'Add --out DIR, or --explain.'
        throw new MillraceError('USAGE', 'there is no folder to write to', { key: '--out', fix })
      }
      const methods = names.map((name) => ({ [name]: settings.get(name) ?? {} }))
      print(await dedup(files, { ...flags, out: flags.out, methods }), flags, render)
    })
}

/** What `--explain` names beside `--id`: files where they exist, else documents. */
function pairOf({ explain, id = [] }: DedupFlags): { files: readonly string[]; ids: readonly string[] } {
  const named = Array.isArray(explain) ? explain : []
  return {
    files: named.filter((each) => existsSync(each)),
    ids: [...id, ...named.filter((each) => !existsSync(each))],
  }
}

/** The methods that are asked for, and their settings. */
function methodsOf({ method: names = ['minhash'], set = [], threshold, ngram }: DedupFlags): {
  names: readonly string[]
  settings: Map<string, Record<string, unknown>>
} {
  const settings = parseSettings(set, 'lines.limit=3')
  if (threshold !== undefined || ngram !== undefined) {
    settings.set('minhash', {
      ...settings.get('minhash'),
      ...(threshold !== undefined && { threshold }),
      ...(ngram !== undefined && { ngram }),
    })
  }
  const unused = [...settings.keys()].find((name) => !names.includes(name))
  if (unused === undefined) return { names, settings }
  throw new MillraceError('USAGE', `there are settings of ${unused}, which is not among the methods`, {
    got: unused,
    fix: `Add --method ${unused}.`,
  })
}

function render({
  documents,
  kept,
  duplicates,
  cut,
  unreadable,
  clusters,
  files,
  warnings,
}: DedupSummary): string {
  return [
    `${formatItems(documents, 'document')}: ${formatCount(kept)} kept, ${formatItems(duplicates, 'duplicate')}${cut > 0 ? `; text cut out of ${formatCount(cut)}` : ''}${unreadable > 0 ? `; ${formatItems(unreadable, 'unreadable record')}, see quarantine.jsonl` : ''}`,
    ...files,
    ...renderClusters(clusters),
    ...warnings.map(({ message, fix }) => `! ${message}\n  → ${fix}`),
  ].join('\n')
}

function renderExplanation(found: DedupExplanation): string {
  const { documents, shared, jaccard, agreement, sharedBands, bands, isDuplicate, examples } = found
  return [
    ...documents.map(
      ({ id, words, ngrams }) => `${id}: ${formatItems(words, 'word')}, ${formatItems(ngrams, 'n-gram')}`,
    ),
    `shared n-grams: ${formatCount(shared)}, Jaccard similarity ${jaccard.toFixed(4)}`,
    `signature: agreement ${agreement.toFixed(4)}, ${sharedBands.length} of ${bands} bands shared${sharedBands.length > 0 ? ` (${sharedBands.join(', ')})` : ''}`,
    isDuplicate ? 'duplicates: one goes where the other is kept' : 'no duplicates',
    ...examples.map((ngram) => `  ${ngram}`),
  ].join('\n')
}
