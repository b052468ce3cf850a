import type { BenchmarkItem } from './benchmarks/index.ts'
import type { MatchSettings } from './settings.ts'

/** A part of an item that is looked for. `whole`: the question with its choices, or with its answer. */
export type ItemPart = 'question' | 'answer' | 'passage' | 'whole'

export const ITEM_PARTS: readonly ItemPart[] = ['question', 'answer', 'passage', 'whole']

export interface ItemText {
  readonly part: ItemPart
  readonly text: string
}

/** Characters a word takes at most, on average, in a question that may be short: longer ones need no `whole`. */
const CHARACTERS_PER_WORD = 12

/**
 * The texts of an item that are looked for, each by itself. A question that may have fewer than `ngram` words is looked for
 * with its choices too, or with its answer where it has none: together they are often long enough.
 */
export function itemTexts(
  { question, answers, passage, choices }: BenchmarkItem,
  { parts, ngram }: Pick<MatchSettings, 'parts' | 'ngram'>,
): ItemText[] {
  const texts: ItemText[] = []
  const add = (part: ItemPart, text: string): void => {
    if (text.trim() !== '') texts.push({ part, text })
  }
  if (parts.includes('question')) {
    add('question', question)
    const rest = choices.length > 0 ? choices : answers.slice(0, 1)
    if (rest.length > 0 && question.length < ngram * CHARACTERS_PER_WORD) {
      add('whole', [question, ...rest].join('\n'))
    }
  }
  if (parts.includes('answer')) for (const answer of answers) add('answer', answer)
  if (parts.includes('passage')) add('passage', passage)
  return texts
}
