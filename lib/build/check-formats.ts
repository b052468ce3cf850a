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
export function requireFormats(recipe: Recipe, tokenizer: ShardsTokenizer): void {
  const { output, phases } = recipe
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
  const longest = longestSegment(recipe)
  const shards = {
    vocabularySize,
    shardTokens: Math.min(output.shardTokens, longest),
    segmentShards: Math.ceil(longest / output.shardTokens),
    specials,
  }
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

/** Tokens of the longest segment: of what lies between two ends, of stages or phases. */
function longestSegment({ stages, phases }: Recipe): number {
  const ends = [
    stages.map(({ tokens }) => tokens),
    phases.flatMap(({ tokens }) => (tokens === 'rest' ? [] : tokens)),
  ]
    .flatMap((lengths) =>
      lengths.map((_, at) => lengths.slice(0, at + 1).reduce((sum, length) => sum + length, 0)),
    )
    .toSorted((a, b) => a - b)
  return Math.max(...ends.map((end, at) => end - (ends[at - 1] ?? 0)))
}
