import { type Command, InvalidArgumentError } from 'commander'
import { conversations } from '../documents/conversations/index.ts'
import { templates } from '../documents/templates/index.ts'

/** Parses an option that is a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    }
    return value
  }
}

/** Collects the values of an option that may be given several times. */
export function repeated(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

/** Adds the options of how records become documents: MappingOptions. */
export function withMapping(command: Command): Command {
  return command
    .option(
      '--field <name=path>',
      'where a record has its text, id or url, e.g. text=content (repeatable)',
      repeated,
    )
    .option('--template <name>', `lay chat records out as text: ${Object.keys(templates).join(', ')}`)
    .option(
      '--messages <shape>',
      `with --template: the shape of the records, where their keys do not tell: ${Object.keys(conversations).join(', ')}`,
    )
}
