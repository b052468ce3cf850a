import type { Command } from 'commander'
import { builtInTokenizers } from '../../../tokenizers/index.ts'
import { formatCount } from '../../report/text.ts'
import { decodeLines, encodeLines, type TokenizeFilesOptions, tokenizeFiles } from '../../tokenize.ts'
import { wholeNumber, withMapping } from '../options.ts'
import { print } from '../output.ts'

interface TokenizeFlags extends Omit<TokenizeFilesOptions, 'out'> {
  readonly out?: string
  readonly decode: boolean
  readonly json: boolean
}

export function tokenizeCommand(command: Command): void {
  command
    .argument('[files...]', 'files, folders, patterns or @lists; default: standard input')
    .requiredOption('--tokenizer <name>', `a built-in name: ${builtInTokenizers.join(', ')}`)
    .option('--match-specials', 'special tokens in texts give their ids', false)
    .option('--decode', 'the other way: {"ids": […]} in, {"text": …} out', false)
    .option('--out <dir>', 'write the files’ documents as one shard into this folder')
    .option('--format <name>', 'format of --out', 'megatron')
    .option('--no-bos', 'with --out: no BOS before each document')
    .option('--no-eos', 'with --out: no EOS after each document')
    .option(
      '--sequence-length <n>',
      'with --out and a sequence format: tokens a sequence',
      wholeNumber(2),
      2048,
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
      if (flags.out !== undefined) {
        const written = await tokenizeFiles(files.length === 0 ? ['-'] : files, { ...flags, out: flags.out })
        print(written, flags, ({ documents, tokens, unreadable, files: names }) =>
          [
            `${formatCount(documents)} documents, ${formatCount(tokens)} tokens${unreadable > 0 ? `, ${formatCount(unreadable)} unreadable records left out` : ''}`,
            ...names,
          ].join('\n'),
        )
        if (written.unreadable > 0) process.exitCode = 1
        return
      }
      const convert = flags.decode ? decodeLines : encodeLines
      for await (const lines of convert(files.length === 0 ? ['-'] : files, flags)) {
        if (!process.stdout.write(lines))
          await new Promise((resolve) => process.stdout.once('drain', resolve))
      }
    })
}
