import { ownValue } from '../own-path.ts'
import { defineConversation } from './define-conversation.ts'
import { readMessages } from './turns.ts'

/** `messages: [{role, content}]`, where `content` is a string or a list of `{type: 'text', text}`. */
export const messages = defineConversation({
  name: 'messages',
  summary: 'messages: a list of {role, content}.',
  revision: 1,
  keys: { messages: 'list' },
  read: (record) => readMessages(ownValue(record, 'messages'), 'messages'),
})
