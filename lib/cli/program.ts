import { Command, type CommanderError } from 'commander'
import { MillraceError } from '../errors.ts'
import { nearest } from '../recipe/suggest.ts'
import { packageVersion } from '../version.ts'
import { commands } from './registered.ts'

/**
 * The command line, with the command that `args` name; where they name none, with names and summaries of all. Bad usage throws MillraceError USAGE
 * (exit code 2), so that every error is printed the same way.
 */
export async function createProgram(args: readonly string[] = []): Promise<Command> {
  const program = new Command('millrace')
    .description('Builds staged pretraining corpora: raw text in, packed and traced token shards out.')
    .version(packageVersion(), '--version', 'print the version')
    .helpCommand(false)
    .helpOption('-h, --help', 'say what a command does, with examples')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      `
Start here:
  millrace init "docs/*.md" > recipe.yaml   a commented recipe from your files
  millrace plan recipe.yaml                 what would be built
  millrace build recipe.yaml --out corpus   build it, or resume
  millrace verify corpus                    prove that what is there is right

Exit codes: 0 ok, 1 the work failed, a check does not hold or a look-up finds nothing, 2 bad usage or recipe,
130 interrupted.
"millrace COMMAND --help" explains each command.`,
    )
  program.exitOverride(toMillraceError)
  const named = args.find((arg) => !arg.startsWith('-'))
  if (named !== undefined && !Object.hasOwn(commands, named)) throw unknownCommand(named)
  for (const [name, { summary, load }] of Object.entries(commands)) {
    if (named !== undefined && name !== named) continue
    const command = program.command(name).description(summary)
    if (name === named) (await load())(command)
    command
      .exitOverride(toMillraceError)
      .option('--json', 'print machine-readable JSON on stdout', false)
      .configureOutput({ outputError: () => undefined })
  }
  program.action(() => program.help())
  return program
}

function unknownCommand(name: string): MillraceError {
  const meant = nearest(name, Object.keys(commands))
  return new MillraceError(
    'USAGE',
    `there is no command ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    { got: name, fix: `Use one of: ${Object.keys(commands).join(', ')}.` },
  )
}

function toMillraceError(error: CommanderError): never {
  if (error.exitCode === 0) process.exit(0)
  throw new MillraceError('USAGE', error.message.replace(/^error: /, ''), {
    fix: 'Run the command with --help to see its arguments.',
  })
}
