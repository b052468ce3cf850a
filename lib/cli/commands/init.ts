import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { MillraceError } from '../../errors.ts'
import { initRecipe } from '../../recipe/init.ts'
import { writeWhole } from '../../storage/output-file.ts'

export function initCommand(command: Command): void {
  command
    .argument('[files...]', 'files or quoted patterns; each becomes a source')
    .option('--preset <name>', 'start from a published staged mix instead of one stage')
    .option('--out <file>', 'write the recipe to a file that is not there yet, instead of printing it')
    .addHelpText(
      'after',
      `
Examples:
  millrace init "web/*.jsonl.zst" wiki.jsonl > recipe.yaml
  millrace init --preset danube2-small --out recipe.yaml`,
    )
    .action(async (files: string[], { preset, out, json }: InitFlags) => {
      if (out !== undefined && existsSync(out)) {
        const facts = { file: out, key: '--out', fix: 'Name another file, or remove this one.' }
        throw new MillraceError('USAGE', `${out} is there already`, facts)
      }
      const directory = out === undefined ? '.' : path.dirname(out)
      const text = await initRecipe({
        files: files.map((file) => relativeTo(directory, file)),
        directory,
        ...(preset !== undefined && { preset }),
      })
      if (out === undefined) {
        process.stdout.write(json ? `${JSON.stringify({ recipe: text })}\n` : text)
        return
      }
      await writeWhole(out, text)
      process.stderr.write(`wrote ${out}; what it would build: millrace plan ${out}\n`)
    })
}

interface InitFlags {
  readonly preset?: string
  readonly out?: string
  readonly json: boolean
}

/** A path, pattern or `@LIST` of the current folder, as a recipe in `directory` names it. */
function relativeTo(directory: string, file: string): string {
  const [, at = '', place = ''] = /^(@?)(.*)$/s.exec(file) ?? []
  return path.isAbsolute(place) ? file : `${at}${path.relative(directory, place)}`
}
