import type { Command } from 'commander'
import { initRecipe, presetSummaries } from '../../recipe/init.ts'
import { renderTable } from '../../report/text.ts'
import { print } from '../output.ts'

export function presetsCommand(command: Command): void {
  command
    .argument('[name]', 'a preset')
    .addHelpText(
      'after',
      `
A preset's sources have declared sizes, so that it can be planned before there are files.

Examples:
  millrace presets
  millrace presets danube2-1.8b > recipe.yaml
  millrace plan recipe.yaml`,
    )
    .action(async (name: string | undefined, options: { json: boolean }) => {
      if (name !== undefined) {
        print({ name, recipe: await initRecipe({ preset: name }) }, options, ({ recipe }) => recipe.trimEnd())
        return
      }
      const columns = [{ heading: 'preset' }, { heading: 'what it is' }]
      print(presetSummaries, options, (presets) =>
        renderTable(
          columns,
          presets.map((preset) => [preset.name, preset.summary]),
        ),
      )
    })
}
