import { defineConversation } from './define-conversation.ts'
import { readExchange } from './turns.ts'

/** Intel/orca_dpo_pairs (\`question\`), and its revision by Distilabel (\`input\`): the chosen side. */
export const orcaDpoPairs = defineConversation({
  name: 'orca-dpo-pairs',
  summary: 'Orca DPO Pairs: system (may be empty), question or input, and the chosen answer.',
  revision: 1,
  keys: { system: 'string', chosen: 'string', rejected: 'string' },
  read: readExchange({ system: 'system', question: ['question', 'input'], answer: 'chosen' }),
})
