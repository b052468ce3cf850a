import { defineConversation } from './define-conversation.ts'
import { readExchange } from './turns.ts'

/** Open-Orca/OpenOrca: an empty \`system_prompt\` gives no system message. */
export const openOrca = defineConversation({
  name: 'openorca',
  summary: 'OpenOrca: system_prompt (may be empty), question and response.',
  revision: 1,
  keys: { system_prompt: 'string', question: 'string', response: 'string' },
  read: readExchange({ system: 'system_prompt', question: ['question'], answer: 'response' }),
})
