import type { Command } from 'commander'
import { MillraceError } from '../../errors.ts'
import { type Verification, verify } from '../../provenance/verify.ts'
import { formatBytes, formatCount, formatItems } from '../../report/text.ts'
import { benchmarkOption, repeated } from '../options.ts'
import { print } from '../output.ts'

interface VerifyFlags {
  readonly inputs: boolean
  readonly benchmark?: string[]
  readonly benchmarkField?: string[]
  readonly json: boolean
}

export function verifyCommand(command: Command): void {
  command
    .argument('<dir>', 'folder of a finished build')
    .option('--inputs', 'also hash the input files again', false)
    .option(
      '--benchmark <file[:name]>',
      'also decode the emitted tokens, and look for this benchmark in them (repeatable)',
      repeated,
    )
    .option(
      '--benchmark-field <name=path>',
      'where the benchmarks’ records have id, question, answer, passage or choices (repeatable)',
      repeated,
    )
    .addHelpText(
      'after',
      `
Prints every place where something does not hold, and exits with 1 if there is one.

Example:
  millrace verify corpus --inputs
  millrace verify corpus --benchmark gsm8k-test.jsonl.gz:gsm8k`,
    )
    .action(async (folder: string, options: VerifyFlags) => {
      const { inputs, benchmark = [], benchmarkField } = options
      if (benchmarkField !== undefined && benchmark.length === 0) {
        const facts = { key: '--benchmark-field', fix: 'Add --benchmark FILE, or leave it out.' }
        throw new MillraceError('USAGE', '--benchmark-field is of no use without --benchmark', facts)
      }
      const benchmarks = benchmark.map((value) => benchmarkOption(value, benchmarkField))
      const found = await verify(folder, { inputs, benchmarks })
      print(found, options, render)
      if (!found.holds) process.exitCode = 1
    })
}

function render({ holds, findings, checked }: Verification): string {
  const what = [
    `${formatItems(checked.files, 'file')} (${formatBytes(checked.bytes)})`,
    formatItems(checked.shards, 'shard'),
    ...(checked.benchmarks > 0 ? [benchmarksOf(checked)] : []),
    ...(checked.inputs > 0 ? [formatItems(checked.inputs, 'input')] : []),
  ].join(', ')
  if (holds) return `holds: ${what}; hashes, ledger, placements and holdout`
  return [
    ...findings.map(({ place, problem }) => `${place}: ${problem}`),
    `does not hold: ${formatItems(findings.length, 'finding')} in ${what}`,
  ].join('\n')
}

function benchmarksOf({ benchmarks, items, uncheckable }: Verification['checked']): string {
  const left = uncheckable > 0 ? `, ${formatCount(uncheckable)} too short or too common to be looked for` : ''
  return `${formatItems(benchmarks, 'benchmark')} (${formatItems(items, 'item')}${left})`
}
