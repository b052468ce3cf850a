import { kindOf, ownValue } from '../own-path.ts'
import { defineConversation, type MappingProblem, type Message } from './define-conversation.ts'
import { wrongType } from './turns.ts'

/** The state of trees that were reviewed and ranked to the end. */
const FINISHED = 'ready_for_export'

/**
 * OpenAssistant's message trees (`*.trees.jsonl.gz`): `{message_tree_id, tree_state, prompt: {text, role, replies: […]}}`.
 * One record gives one conversation, the best-ranked path: from the prompt on, of each message's replies that are neither
 * deleted nor rejected by the reviewers, the one of lowest `rank` (0 is the best; unranked ones come last, the first of
 * equals is taken). Turns of the prompter that nobody answered are left off its end. A tree that was not finished is a bad
 * record, and so is a row of the flat export (`*.messages.jsonl.gz`), which is a single message.
 */
export const oasst2 = defineConversation({
  name: 'oasst2',
  summary: 'OASST2 message trees (*.trees.jsonl.gz): the best-ranked path of each.',
  revision: 1,
  keys: { message_tree_id: 'string', tree_state: 'string' },
  id: 'message_tree_id',
  read(record) {
    const prompt = ownValue(record, 'prompt')
    if (prompt === undefined && ownValue(record, 'parent_id') !== undefined) {
      const detail =
        'a row of the flat export, which is one message: read the file of trees (*.trees.jsonl.gz)'
      return { reason: 'wrong-shape', detail }
    }
    if (typeof prompt !== 'object' || prompt === null) return wrongType('prompt', 'an object', prompt)
    const state = ownValue(record, 'tree_state')
    if (state !== undefined && state !== FINISHED) {
      return { reason: 'wrong-shape', detail: `tree_state is ${JSON.stringify(state)}, not "${FINISHED}"` }
    }
    const path = bestPath(prompt)
    if (!Array.isArray(path)) return path
    while (path.length > 0 && path.at(-1)?.role !== 'assistant') path.pop()
    return path.length > 0
      ? path
      : { reason: 'no-answer', detail: 'no reply of the assistant is left in the tree' }
  },
})

function bestPath(prompt: object): Message[] | MappingProblem {
  const path: Message[] = []
  for (let at: object | undefined = prompt; at !== undefined; ) {
    const place = `message ${path.length} of the best path`
    const [text, role] = [ownValue(at, 'text'), ownValue(at, 'role')]
    if (typeof text !== 'string') return wrongType(`text of ${place}`, 'a string', text)
    if (role !== 'prompter' && role !== 'assistant') {
      const got = typeof role === 'string' ? JSON.stringify(role.slice(0, 40)) : kindOf(role)
      return { reason: 'wrong-type', detail: `role of ${place} is ${got}, not "prompter" or "assistant"` }
    }
    path.push({ role: role === 'prompter' ? 'user' : role, content: text })
    const replies: unknown = ownValue(at, 'replies') ?? []
    if (!Array.isArray(replies)) return wrongType(`replies of ${place}`, 'a list', replies)
    at = bestOf(replies)
  }
  return path
}

function bestOf(replies: readonly unknown[]): object | undefined {
  let best: object | undefined
  let bestRank = Infinity
  for (const reply of replies) {
    if (typeof reply !== 'object' || reply === null) continue
    if (ownValue(reply, 'deleted') === true || ownValue(reply, 'review_result') === false) continue
    const rank = ownValue(reply, 'rank')
    const own = typeof rank === 'number' ? rank : Infinity
    if (best !== undefined && !(own < bestRank)) continue
    best = reply
    bestRank = own
  }
  return best
}
