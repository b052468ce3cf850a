import { pack } from '../../stages/packing/index.ts'
import { storedLength } from '../../stages/schedule.ts'
import type { Tokenizer } from '../../tokenizers/define-tokenizer.ts'
import { MillraceError } from '../errors.ts'
import { formatByName } from '../formats/index.ts'
import type { Recipe } from '../recipe/schema.ts'

type ShardsTokenizer = Pick<Tokenizer, 'vocabularySize' | 'bos' | 'eos'>

/**
 * Refuses, before any work, sequence lengths that a packing cannot have, and shards that a format cannot hold. Throws
 * RECIPE_INVALID with every format that refuses.
 */
export function requireFormats({ output, phases }: Recipe, tokenizer: ShardsTokenizer): void {
  const { vocabularySize, bos, eos } = tokenizer
  const specials = {
    bos: output.documents.bos && bos !== undefined,
    eos: output.documents.eos && eos !== undefined,
  }
  for (const { packing, sequenceLength, unit } of phases) {
    pack(packing, {
      lengths: new Uint32Array(),
      sequenceLength: storedLength(sequenceLength, unit),
      seed: '',
    })
  }
  const shards = { vocabularySize, shardTokens: output.shardTokens, specials }
  const issues = output.formats.flatMap((name, index) => {
    const reason = formatByName(name).refuses?.(shards)
    return reason === undefined
      ? []
      : { key: `output.formats[${index}]`, message: `format ${name} ${reason}` }
  })
  const [first] = issues
  if (first === undefined) return
  throw new MillraceError(
    'RECIPE_INVALID',
    first.message,
    {
      key: first.key,
      fix: 'Take the format out of output.formats, or change what it cannot hold (tokenizer, output.shardTokens, output.documents).',
    },
    { issues },
  )
}
