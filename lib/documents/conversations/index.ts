import { ownValue } from '../own-path.ts'
import type { ConversationDefinition, KeyKind } from './define-conversation.ts'
import * as registered from './registered.ts'

/** All conversations by name. */
export const conversations: Readonly<Record<string, ConversationDefinition>> = Object.fromEntries(
  Object.values(registered).map((conversation) => [conversation.name, conversation]),
)

/** Those with most keys first; of equals the first by name, so that the order of registration decides nothing. */
const mostKeysFirst = Object.values(registered).toSorted(
  (a, b) => Object.keys(b.keys).length - Object.keys(a.keys).length || (a.name < b.name ? -1 : 1),
)

/** The shape that a record has, or undefined where it has the keys of none. */
export function conversationOf(record: object): ConversationDefinition | undefined {
  return mostKeysFirst.find(({ keys }) =>
    Object.entries(keys).every(([key, kind]) => isKind(ownValue(record, key), kind)),
  )
}

function isKind(value: unknown, kind: KeyKind): boolean {
  return kind === 'list' ? Array.isArray(value) : typeof value === 'string'
}
