import type { MappingProblem } from '../conversations/define-conversation.ts'
import type { Turn } from '../document.ts'

/** What stands between turns in a document's text, and between messages that are joined to one turn. */
export const BETWEEN = '\n\n'

const ROLES: ReadonlySet<string> = new Set(['system', 'user', 'assistant'])

/**
 * The turns of a conversation, end to end with an empty line between them, as one text: what filters and dedup see.
 *
 * As mistral-common 1.13 reads a conversation: system messages, wherever they are, are one turn at the start; messages of
 * one role in a row are one turn; a conversation that does not begin with the user has an empty user's turn first. Empty
 * messages are left out, but an empty answer is a problem: nothing could be learned of it.
 *
 *     user "a", user "b", assistant "c"  →  text "a\n\nb\n\nc", turns user [0, 4), assistant [6, 7)
 */
export function joinTurns(
  messages: readonly { readonly role: string; readonly content: string }[],
): { readonly text: string; readonly turns: readonly Turn[] } | MappingProblem {
  const system: string[] = []
  const spoken: { role: Turn['role']; contents: string[] }[] = []
  let before: string | undefined
  for (const [index, { role, content }] of messages.entries()) {
    if (!isRole(role)) {
      return {
        reason: 'wrong-shape',
        detail: `message ${index} has the role ${JSON.stringify(role.slice(0, 40))}, not system, user or assistant`,
      }
    }
    if (role === 'assistant' && content === '') {
      return { reason: 'missing-text', detail: `message ${index}, an assistant’s, is empty` }
    }
    if (role !== 'system' && role !== before) spoken.push({ role, contents: [] })
    before = role
    if (content !== '') (role === 'system' ? system : spoken.at(-1)?.contents)?.push(content)
  }
  if (spoken[0]?.role !== 'user') spoken.unshift({ role: 'user', contents: [] })
  if (system.length > 0) spoken.unshift({ role: 'system', contents: system })
  return placeTurns(spoken.map(({ role, contents }) => ({ role, content: contents.join(BETWEEN) })))
}

/** The turns with their contents, end to end with an empty line between those that are not empty. */
export function placeTurns(turns: readonly { readonly role: Turn['role']; readonly content: string }[]): {
  text: string
  turns: Turn[]
} {
  let text = ''
  const placed = turns.map(({ role, content }) => {
    if (text !== '' && content !== '') text += BETWEEN
    const start = text.length
    text += content
    return { role, start, end: text.length }
  })
  return { text, turns: placed }
}

function isRole(role: string): role is Turn['role'] {
  return ROLES.has(role)
}
