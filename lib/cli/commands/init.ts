import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { initRecipe } from '../../recipe/init.ts'
import { repeated } from '../options.ts'

export function initCommand(command: Command): void {
  command
    .argument('[files...]', 'files or quoted patterns; each becomes a source')
    .option('--preset <name>', 'start from a published staged mix instead of one stage')
    .option('--out <file>', 'write the recipe to a file instead of printing it', repeated)
    .addHelpText(
      'after',
      `
Examples:
  millrace init "web/*.jsonl.zst" wiki.jsonl > recipe.yaml
  millrace init --preset danube2-small > recipe.yaml`,
    )
    .action(async (files: string[], options: { preset?: string; out?: string[]; json: boolean }) => {
      const text = await initRecipe({
        files,
        ...(options.preset !== undefined && { preset: options.preset }),
      })
      const out = options.out?.at(-1)
      if (out !== undefined) await writeFile(out, text)
      else process.stdout.write(options.json ? `${JSON.stringify({ recipe: text })}\n` : text)
    })
}
