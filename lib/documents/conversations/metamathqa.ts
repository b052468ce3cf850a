import { defineConversation } from './define-conversation.ts'
import { readExchange } from './turns.ts'

/** meta-math/MetaMathQA. \`original_question\`, from which \`query\` was made, is left out. */
export const metaMathQa = defineConversation({
  name: 'metamathqa',
  summary: 'MetaMathQA: query and response.',
  revision: 1,
  keys: { query: 'string', response: 'string' },
  read: readExchange({ question: ['query'], answer: 'response' }),
})
