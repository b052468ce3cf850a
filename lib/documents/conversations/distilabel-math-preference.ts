import { defineConversation } from './define-conversation.ts'
import { readExchange } from './turns.ts'

/** argilla/distilabel-math-preference-dpo: the chosen side. */
export const distilabelMathPreference = defineConversation({
  name: 'distilabel-math-preference',
  summary: 'Distilabel Math Preference: instruction and chosen_response.',
  revision: 1,
  keys: { instruction: 'string', chosen_response: 'string' },
  read: readExchange({ question: ['instruction'], answer: 'chosen_response' }),
})
