import type { Command } from 'commander'
import { type Verification, verify } from '../../provenance/verify.ts'
import { formatBytes, formatCount } from '../../report/text.ts'
import { print } from '../output.ts'

export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .description(
      'prove that a build is what its recipe says: hash every file, count the ledger again, read every shard',
    )
    .argument('<dir>', 'folder of a finished build')
    .option('--inputs', 'also hash the input files again', false)
    .addHelpText(
      'after',
      `
Prints every place where something does not hold, and exits with 1 if there is one.

Example:
  millrace verify corpus --inputs`,
    )
    .action(async (folder: string, options: { inputs: boolean; json: boolean }) => {
      const found = await verify(folder, { inputs: options.inputs })
      print(found, options, render)
      if (!found.holds) process.exitCode = 1
    })
}

function render({ holds, findings, checked }: Verification): string {
  const what = [
    `${formatCount(checked.files)} files (${formatBytes(checked.bytes)})`,
    `${formatCount(checked.shards)} shards`,
    ...(checked.inputs > 0 ? [`${formatCount(checked.inputs)} inputs`] : []),
  ].join(', ')
  if (holds) return `holds: ${what}; hashes, ledger, placements and holdout`
  return [
    ...findings.map(({ place, problem }) => `${place}: ${problem}`),
    `does not hold: ${findings.length} finding(s) in ${what}`,
  ].join('\n')
}
