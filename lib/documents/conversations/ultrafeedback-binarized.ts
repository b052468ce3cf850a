import { ownValue } from '../own-path.ts'
import { defineConversation } from './define-conversation.ts'
import { readMessages } from './turns.ts'

/**
 * HuggingFaceH4/ultrafeedback_binarized: the chosen side, `chosen`, a list of `{role, content}` from the prompt on. The
 * `messages` beside it, which its preference splits fill with the same turns, is not read.
 */
export const ultraFeedbackBinarized = defineConversation({
  name: 'ultrafeedback-binarized',
  summary: 'UltraFeedback Binarized: the chosen list of messages.',
  revision: 1,
  keys: { prompt: 'string', chosen: 'list', rejected: 'list' },
  id: 'prompt_id',
  read: (record) => readMessages(ownValue(record, 'chosen'), 'chosen'),
})
