import type { Command } from 'commander'
import { MillraceError } from '../../errors.ts'
import { plan } from '../../plan.ts'
import { loadRecipe } from '../../recipe/load.ts'
import { mixSvg } from '../../report/mix-picture.ts'
import { renderPlanDiff } from '../../report/plan-diff-report.ts'
import { renderPlan } from '../../report/plan-report.ts'
import { writeWhole } from '../../storage/output-file.ts'
import { wholeNumber } from '../options.ts'
import { print } from '../output.ts'

export function planCommand(command: Command): void {
  command
    .argument('<recipe>', 'recipe file (YAML, JSON, or a module that exports one)')
    .option(
      '--pilot <records>',
      'run so many records of each source through its filters and the tokenizer',
      wholeNumber(1),
    )
    .option('--picture <file>', 'write the mix over the run as an SVG file')
    .option(
      '--diff <build>',
      'say what of the build in this folder would run again, and why, in place of the plan',
    )
    .addHelpText(
      'after',
      `
Sizes before filtering are upper bounds: a source without declared "tokens" is judged by the size of its files; a source
with them needs no files yet. A recipe that even those could not fill is refused (exit code 2) with every pool that
blocks it and what would fit. A pilot takes the first records at 16 places of each source and gives 95 % intervals; it
says nothing of how many duplicates there are. It builds what is left of them in a temporary folder, to time dedup and
the steps after it.

--diff goes by the keys of the units, as build does, and writes nothing. What a step gives is known when it has run: a
unit that reads what another would write anew is counted as "may run", and runs if the content comes out different. Ends
with 0 whether or not something would run ("unchanged" in JSON), and with 1 where the build would be refused.

Examples:
  millrace plan recipe.yaml
  millrace plan recipe.yaml --pilot 1000 --picture mix.svg
  millrace plan recipe.yaml --diff out`,
    )
    .action(async (file: string, options: PlanCommandOptions) => {
      if (options.diff !== undefined) {
        const other = (['pilot', 'picture'] as const).find((option) => options[option] !== undefined)
        if (other !== undefined) {
          const fix = `Leave out --${other}, or --diff: a difference is told in place of the plan.`
          throw new MillraceError('USAGE', `--${other} does not go with --diff`, { key: `--${other}`, fix })
        }
        const { planDiff } = await import('../../plan-diff.ts')
        const difference = await planDiff(await loadRecipe(file), options.diff)
        print(difference, options, renderPlanDiff)
        if (difference.refused !== undefined) process.exitCode = 1
        return
      }
      const planned = await plan(await loadRecipe(file, { declaredFiles: true }), { pilot: options.pilot })
      if (options.picture !== undefined) await writeWhole(options.picture, mixSvg(planned))
      print(planned, options, renderPlan)
    })
}

interface PlanCommandOptions {
  readonly json: boolean
  readonly pilot?: number
  readonly picture?: string
  readonly diff?: string
}
