import os from 'node:os'
import path from 'node:path'
import type { Command } from 'commander'
import { type BuildSummary, build } from '../../build/build.ts'
import { readLedger } from '../../provenance/read-ledger.ts'
import { type LoadedRecipe, loadRecipe } from '../../recipe/load.ts'
import { renderLedger, renderSchedule, renderTokenized } from '../../report/build-report.ts'
import { renderDedup } from '../../report/dedup-report.ts'
import { renderPlan } from '../../report/plan-report.ts'
import { formatCount, formatItems } from '../../report/text.ts'
import { wholeNumber } from '../options.ts'
import { print } from '../output.ts'
import { createProgress } from '../progress.ts'

interface BuildFlags {
  readonly out: string
  readonly workers: number
  readonly json: boolean
}

export function buildCommand(command: Command): void {
  command
    .argument('<recipe>', 'recipe file (YAML, JSON, or a module that exports one)')
    .requiredOption('--out <dir>', 'folder of the build; the same folder again resumes')
    .option(
      '--workers <n>',
      'worker threads; the result is the same for any number',
      wholeNumber(0),
      os.availableParallelism(),
    )
    .addHelpText(
      'after',
      `
A build that was interrupted, or whose recipe changed, goes on where it can: what is complete and still valid is kept.
The output does not depend on the number of workers, on how the input is split into files, or on interruptions.

Examples:
  millrace build recipe.yaml --out corpus
  millrace build recipe.yaml --out corpus --workers 8 --json > summary.json`,
    )
    .action(async (file: string, flags: BuildFlags) => {
      const loaded = await loadRecipe(file)
      const summary = await run(loaded, file, flags)
      if (summary === undefined) return
      const ledger = await readLedger(summary.folder)
      const { ran, reused, folder, manifest } = summary
      const { digest, tokenized, clusters } = manifest
      print({ folder, ran, reused, digest, tokenized, clusters, ledger }, flags, () =>
        [
          '',
          renderLedger(ledger),
          ...renderDedup(ledger, clusters),
          ...renderTokenized(tokenized),
          '',
          ...nextSteps(summary),
        ].join('\n'),
      )
    })
}

/** The build, under a progress bar and Ctrl-C; undefined where it was interrupted. */
async function run(loaded: LoadedRecipe, file: string, flags: BuildFlags): Promise<BuildSummary | undefined> {
  const interruption = new AbortController()
  const onSignal = (): void => interruption.abort(new Error('interrupted'))
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const progress = createProgress(process.stderr)
  const say = (text: string): void => {
    progress.done()
    process.stderr.write(`${text}\n\n`)
  }
  try {
    return await build(loaded, {
      out: flags.out,
      workers: flags.workers,
      signal: interruption.signal,
      onEvent: (event) => progress.onEvent(event),
      onPlan: (plan) => say(renderPlan(plan)),
      onSchedule: (schedule) => say(`\n${renderSchedule(schedule)}`),
    })
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    progress.done()
    process.stderr.write(
      `\ninterrupted; what is complete is kept. To go on:\n  millrace build ${quoted(file)} --out ${quoted(flags.out)}\n`,
    )
    process.exitCode = 130
    return undefined
  } finally {
    progress.done()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function nextSteps({ folder, manifest, ran, reused }: BuildSummary): string[] {
  const out = quoted(path.relative(process.cwd(), folder) || '.')
  const shard = manifest.shards.find(({ segment }) => segment !== null)
  const files = manifest.files.filter(
    ({ path: file }) => shard !== undefined && file.startsWith(`${shard.folder}/`),
  )
  const tokens = files.find(({ path: file }) => !file.includes('/placements/'))
  const commands = [`verify ${out}`]
  if (tokens !== undefined) {
    commands.push(`trace ${out} --shard ${quoted(tokens.path)} --token 1000`)
    commands.push(`inspect ${quoted(path.posix.join(out, tokens.path))}`)
  }
  const [source] = Object.keys(manifest.recipe.sources)
  if (source !== undefined) commands.push(`where ${out} --source ${source}`)
  return [
    `${formatItems(ran, 'unit')} ran, ${formatCount(reused)} were complete. Shards are in ${out}/shards, their order in ${out}/schedule.json.`,
    '',
    'Next:',
    ...commands.map((command) => `  npx millrace ${command}`),
  ]
}

function quoted(text: string): string {
  return /^[\w./@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
