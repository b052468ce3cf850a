import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { plan } from '../../plan.ts'
import { loadRecipe } from '../../recipe/load.ts'
import { mixSvg } from '../../report/mix-picture.ts'
import { renderPlan } from '../../report/plan-report.ts'
import { wholeNumber } from '../options.ts'
import { print } from '../output.ts'

export function planCommand(program: Command): void {
  program
    .command('plan')
    .description(
      'say what a recipe would build: by declared sizes, by file sizes, or by a pilot over some records',
    )
    .argument('<recipe>', 'recipe file (YAML, JSON, or a module that exports one)')
    .option(
      '--pilot <records>',
      'run so many records of each source through its filters and the tokenizer',
      wholeNumber(1),
    )
    .option('--picture <file>', 'write the mix over the run as an SVG file')
    .addHelpText(
      'after',
      `
Sizes before filtering are upper bounds: a source without declared "tokens" is judged by the size of its files; a source
with them needs no files yet. A recipe that even those could not fill is refused (exit code 2) with every pool that
blocks it and what would fit. A pilot takes the first records at 16 places of each source and gives 95 % intervals; it
says nothing of duplicates.

Examples:
  millrace plan recipe.yaml
  millrace plan recipe.yaml --pilot 1000 --picture mix.svg`,
    )
    .action(async (file: string, options: PlanCommandOptions) => {
      const planned = await plan(await loadRecipe(file, { declaredFiles: true }), { pilot: options.pilot })
      if (options.picture !== undefined) await writeFile(options.picture, mixSvg(planned))
      print(planned, options, renderPlan)
    })
}

interface PlanCommandOptions {
  readonly json: boolean
  readonly pilot?: number
  readonly picture?: string
}
