import type { Command } from 'commander'
import {
  createTokenizer,
  loadTokenizer,
  type TokenizerSpec,
  vocabularyMap,
} from '../../../tokenizers/index.ts'
import { formatCount } from '../../report/text.ts'
import { tokenizerOption } from '../options.ts'
import { print } from '../output.ts'

export function vocabularyMapCommand(command: Command): void {
  command
    .argument('<from>', 'the tokenizer that the ids are of: a name, or JSON as for tokenize', tokenizerOption)
    .argument('<to>', 'the tokenizer to find them in', tokenizerOption)
    .addHelpText(
      'after',
      `
With --json, "ids" has the new id of each old id, or -1 where the other tokenizer has no such piece.

Examples:
  millrace vocabulary-map mistral-v1 mistral-v3 --json > map.json`,
    )
    .action(async (from: TokenizerSpec, to: TokenizerSpec, options: { json: boolean }) => {
      const ids = [
        ...vocabularyMap(
          createTokenizer(await loadTokenizer(from)),
          createTokenizer(await loadTokenizer(to)),
        ),
      ]
      const matched = ids.filter((id) => id >= 0).length
      const result = { from, to, matched, unmatched: ids.length - matched, ids }
      print(result, options, () => {
        return `${formatCount(matched)} of ${formatCount(ids.length)} pieces of ${nameOf(from)} are in ${nameOf(to)}; --json prints the map`
      })
    })
}

function nameOf(spec: TokenizerSpec): string {
  return typeof spec === 'string' ? spec : JSON.stringify(spec)
}
