import { ownValue } from '../own-path.ts'
import { defineConversation } from './define-conversation.ts'
import { readMessages } from './turns.ts'

/** `conversations: [{from, value}]`, with `human` for the user and `gpt` for the assistant. */
export const shareGpt = defineConversation({
  name: 'sharegpt',
  summary: 'ShareGPT: conversations, a list of {from, value}.',
  revision: 1,
  keys: { conversations: 'list' },
  read: (record) =>
    readMessages(ownValue(record, 'conversations'), 'conversations', { role: 'from', content: 'value' }),
})
