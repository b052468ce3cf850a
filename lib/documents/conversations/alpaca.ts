import { defineConversation } from './define-conversation.ts'
import { readExchange } from './turns.ts'

/** The records of Stanford Alpaca, and of many sets after it: the input follows the instruction after an empty line. */
export const alpaca = defineConversation({
  name: 'alpaca',
  summary: 'instruction, input (optional) and output.',
  revision: 1,
  keys: { instruction: 'string', output: 'string' },
  read: readExchange({ question: ['instruction'], input: 'input', answer: 'output' }),
})
