import { expect, test } from 'vitest'
import { requireFormats } from '../../../lib/build/check-formats.ts'
import { MillraceError } from '../../../lib/errors.ts'
import { type RecipeInput, recipeSchema } from '../../../lib/recipe/schema.ts'
import { stagesInTokens } from '../../../lib/recipe/stage-budgets.ts'

type Output = NonNullable<RecipeInput['output']>

const mistral = { vocabularySize: 32_000, bos: 1, eos: 2 }

/** Stages of 6 and 4 trillion tokens under phases that cut them at 5 trillion: the longest segment has 5. */
function refused(output: Output, tokenizer: Parameters<typeof requireFormats>[1] = mistral): string[] {
  const parsed = recipeSchema.parse({
    name: 'large',
    sources: { web: { files: ['*.jsonl'], license: 'CC0-1.0', acquisition: 'public' } },
    stages: [
      { name: 'base', tokens: '6T', mix: { web: 1 } },
      { name: 'anneal', tokens: '4T', mix: { web: 1 } },
    ],
    phases: [{ sequenceLength: 2048, tokens: '5T' }, { sequenceLength: 4096 }],
    output,
  })
  const recipe = { ...parsed, stages: stagesInTokens(parsed) }
  try {
    requireFormats(recipe, tokenizer)
    return []
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    return error.issues.map(({ message }) => message.replace(/ (holds|has|stores|finds|tells).*/, ''))
  }
}

test('a segment, not a stage, has too many shards for a blend of Megatron', () => {
  expect(refused({ formats: ['megatron', 'packed'], shardTokens: '153M' })).toEqual([])
  expect(refused({ formats: ['megatron', 'packed'], shardTokens: '152M' })).toEqual(['format megatron'])
})

test('shards are no larger than their segment', () => {
  expect(refused({ formats: ['llmc'], shardTokens: '100T' })).toEqual(['format llmc'])
  expect(refused({ formats: ['llmc'], shardTokens: '1B' })).toEqual([])
})

test('BOS and EOS are those that the documents get: by the recipe, and by the tokenizer', () => {
  const formats: Output['formats'] = ['llmc', 'nanogpt', 'olmo', 'datatrove', 'megatron', 'packed']
  expect(refused({ formats })).toEqual([])
  expect(refused({ formats, documents: { eos: false } })).toEqual(['format olmo'])
  expect(refused({ formats, documents: { bos: false, eos: false } })).toEqual([
    'format llmc',
    'format nanogpt',
    'format olmo',
  ])
  const without = { vocabularySize: 32_000, bos: undefined, eos: undefined }
  expect(refused({ formats }, without)).toEqual(['format llmc', 'format nanogpt', 'format olmo'])
})
