import type { Command } from 'commander'
import { plan } from '../../plan.ts'
import { loadRecipe } from '../../recipe/load.ts'
import { renderEstimate } from '../../report/build-report.ts'
import { print } from '../output.ts'

export function planCommand(program: Command): void {
  program
    .command('plan')
    .description(
      'say what a recipe would build, from declared sizes and file sizes, without reading the data',
    )
    .argument('<recipe>', 'recipe file (YAML, JSON, or a module that exports one)')
    .addHelpText(
      'after',
      `
Sizes before filtering are upper bounds: a source without declared "tokens" is judged by the size of its files. A recipe
that even those could not fill is refused (exit code 2) with every pool that blocks it and what would fit.

Example:
  millrace plan recipe.yaml`,
    )
    .action(async (file: string, options: { json: boolean }) => {
      const loaded = await loadRecipe(file)
      print(await plan(loaded), options, (planned) => renderEstimate(loaded.recipe, planned.pools))
    })
}
