import type { Command } from 'commander'
import { recipeJsonSchema } from '../../recipe/schema.ts'

export function schemaCommand(command: Command): void {
  command
    .addHelpText(
      'after',
      `
Example (editors with a YAML language server complete and check recipes with it):
  millrace schema > recipe.schema.json
  # then, as the first line of recipe.yaml:
  # yaml-language-server: $schema=recipe.schema.json`,
    )
    .action(() => {
      process.stdout.write(`${JSON.stringify(recipeJsonSchema(), undefined, 2)}\n`)
    })
}
