import { z } from 'zod'
import { usesUnicodeWords, wordsBy, wordsSetting } from '../lib/text/word-kinds.ts'
import { defineFilter, type Rule } from './define-filter.ts'
import { firstFailure } from './threshold-rules.ts'

const limit = (which: string, unit: string) =>
  z.number().min(0).nullable().default(null).describe(`${which} ${unit}, inclusive. null: no limit.`)

const settings = z.strictObject({
  words: wordsSetting('whitespace'),
  minCharacters: limit('Fewest', 'characters (code points)'),
  maxCharacters: limit('Most', 'characters (code points)'),
  minWords: limit('Fewest', 'words'),
  maxWords: limit('Most', 'words'),
  minBytes: limit('Fewest', 'bytes in UTF-8'),
  maxBytes: limit('Most', 'bytes in UTF-8'),
  minTokens: limit('Fewest', 'estimated tokens'),
  maxTokens: limit('Most', 'estimated tokens'),
  bytesPerToken: z
    .number()
    .gt(0)
    .default(4)
    .describe('Bytes in UTF-8 for each estimated token, above 0. About 4 for English with 32,000 ids.'),
})

/**
 * How long a text is, in four units. Tokens are an estimate from bytes, good enough to cut tails; the exact number is
 * known once the text is tokenized (`tokens` in a tier's expression).
 */
export const length = defineFilter({
  name: 'length',
  summary: 'Drops texts that are too short or too long, in characters, words, bytes or estimated tokens.',
  revision: 2,
  settings,
  reasons: [
    'too_few_characters',
    'too_many_characters',
    'too_few_words',
    'too_many_words',
    'too_few_bytes',
    'too_many_bytes',
    'too_few_tokens',
    'too_many_tokens',
  ],
  values: { characters: 'number', words: 'number', bytes: 'number', tokens: 'number' },
  unicode: usesUnicodeWords,
  rules: rulesOf,
  create: (settings) => {
    const rules = rulesOf(settings)
    const wordsOf = wordsBy(settings.words)
    return (document, earlier) => {
      const { text } = document
      const bytes = Buffer.byteLength(text)
      const tokens = Math.ceil(bytes / settings.bytesPerToken)
      return firstFailure(rules, {
        characters: countCharacters(text),
        words: wordsOf(document, earlier).ids.length,
        bytes,
        tokens,
      })
    }
  },
})

function rulesOf(limits: z.output<typeof settings>): readonly Rule[] {
  return [
    {
      value: 'characters',
      min: limits.minCharacters,
      setting: 'minCharacters',
      reason: 'too_few_characters',
    },
    {
      value: 'characters',
      max: limits.maxCharacters,
      setting: 'maxCharacters',
      reason: 'too_many_characters',
    },
    { value: 'words', min: limits.minWords, setting: 'minWords', reason: 'too_few_words' },
    { value: 'words', max: limits.maxWords, setting: 'maxWords', reason: 'too_many_words' },
    { value: 'bytes', min: limits.minBytes, setting: 'minBytes', reason: 'too_few_bytes' },
    { value: 'bytes', max: limits.maxBytes, setting: 'maxBytes', reason: 'too_many_bytes' },
    { value: 'tokens', min: limits.minTokens, setting: 'minTokens', reason: 'too_few_tokens' },
    { value: 'tokens', max: limits.maxTokens, setting: 'maxTokens', reason: 'too_many_tokens' },
  ]
}

function countCharacters(text: string): number {
  let characters = text.length
  for (let at = 1; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800)
      characters--
  }
  return characters
}
