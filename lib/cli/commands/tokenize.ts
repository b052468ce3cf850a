import type { Command } from 'commander'
import { builtInTokenizers } from '../../../tokenizers/index.ts'
import { MillraceError } from '../../errors.ts'
import { formatByName, formats } from '../../formats/index.ts'
import { formatItems } from '../../report/text.ts'
import {
  decodeLines,
  encodeLines,
  type TokenizedFiles,
  type TokenizeFilesOptions,
  type TokenizeOptions,
  tokenizeFiles,
} from '../../tokenize.ts'
import { tokenizerOption, wholeNumber, withMapping } from '../options.ts'
import { print } from '../output.ts'

interface TokenizeFlags extends TokenizeOptions, Omit<Partial<TokenizeFilesOptions>, 'tokenizer'> {
  readonly bos: boolean
  readonly eos: boolean
  readonly decode: boolean
  readonly json: boolean
}

const DEFAULT_FORMAT = 'megatron'

export function tokenizeCommand(command: Command): void {
  command
    .argument('[files...]', 'files, folders, patterns or @lists; default: standard input')
    .requiredOption(
      '--tokenizer <name>',
      `${builtInTokenizers.join(', ')}; or JSON, as in a recipe: {"type": "huggingface", "model": "tokenizer.json"}`,
      tokenizerOption,
    )
    .option('--match-specials', 'special tokens in texts give their ids', false)
    .option('--decode', 'the other way: {"ids": […]} in, {"text": …} out', false)
    .option('--out <dir>', 'write the files’ documents as one shard into this folder')
    .option(
      '--format <name>',
      `format of --out: ${[...formats.keys()].join(', ')} (default: ${DEFAULT_FORMAT})`,
    )
    .option('--no-bos', 'with --out: no BOS before each document')
    .option('--no-eos', 'with --out: no EOS after each document')
    .option(
      '--sequence-length <n>',
      'with --out and a sequence format: tokens a sequence (default: 2048)',
      wholeNumber(2),
    )
  withMapping(command)
    .addHelpText(
      'after',
      `
Text is only text: "</s>" in a document is four ordinary characters, unless --match-specials
is given. On standard input no BOS or EOS is added.

Examples:
  echo '{"id": "a", "text": "Hello"}' | millrace tokenize --tokenizer mistral-v1
  millrace tokenize docs.jsonl.zst --tokenizer mistral-v1 --out tokens --format megatron`,
    )
    .action(async (files: string[], flags: TokenizeFlags) => {
      const [option, why] = unused(flags) ?? []
      if (option !== undefined) {
        const facts = { key: option, fix: `Leave out ${option}.` }
        throw new MillraceError('USAGE', `${option} ${why ?? ''}`, facts)
      }
      const inputs = files.length === 0 ? ['-'] : files
      const { out, format = DEFAULT_FORMAT, sequenceLength = 2048 } = flags
      if (out !== undefined) {
        print(await tokenizeFiles(inputs, { ...flags, out, format, sequenceLength }), flags, render)
        return
      }
      const convert = flags.decode ? decodeLines : encodeLines
      for await (const lines of convert(inputs, flags)) {
        if (!process.stdout.write(lines))
          await new Promise((resolve) => process.stdout.once('drain', resolve))
      }
    })
}

/** The first option that would be passed over in silence, and why. */
function unused(flags: TokenizeFlags): readonly [option: string, why: string] | undefined {
  const { out, format = DEFAULT_FORMAT, sequenceLength } = flags
  if (out === undefined) {
    const given = {
      '--format': flags.format !== undefined,
      '--no-bos': !flags.bos,
      '--no-eos': !flags.eos,
      '--sequence-length': sequenceLength !== undefined,
    }
    const option = Object.entries(given).find(([, isGiven]) => isGiven)?.[0]
    return option === undefined ? undefined : [option, 'is of no use without --out']
  }
  if (flags.decode) return ['--decode', 'gives lines: it does not go with --out']
  if (sequenceLength === undefined || formatByName(format).kind === 'sequences') return undefined
  return ['--sequence-length', `is of no use: ${format} has no sequences`]
}

function render({ documents, tokens, unreadable, files }: TokenizedFiles): string {
  const left = unreadable > 0 ? `; ${formatItems(unreadable, 'unreadable record')}, see quarantine.jsonl` : ''
  return [`${formatItems(documents, 'document')}, ${formatItems(tokens, 'token')}${left}`, ...files].join(
    '\n',
  )
}
