import { ownValue } from '../own-path.ts'
import { defineConversation } from './define-conversation.ts'
import { readMessages } from './turns.ts'

/** HuggingFaceH4/ultrachat_200k: `messages` is the whole conversation, of which `prompt` repeats the first turn. */
export const ultraChat200k = defineConversation({
  name: 'ultrachat200k',
  summary: 'UltraChat200k: prompt, and messages with all turns.',
  revision: 1,
  keys: { prompt: 'string', messages: 'list' },
  id: 'prompt_id',
  read: (record) => readMessages(ownValue(record, 'messages'), 'messages'),
})
