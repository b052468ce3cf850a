/** One turn of a conversation. `role` is `system`, `user`, `assistant`, `tool`, or the record's own word. */
export interface Message {
  readonly role: string
  readonly content: string
}

/** Why a record could not become a document. */
export interface MappingProblem {
  /**
   * A stable word for tables. `wrong-shape`: a record of another data set or export; `no-answer`: a conversation in which
   * no turn is the assistant's; `refused`: text that the source's hygiene settings refuse.
   */
  readonly reason: 'missing-text' | 'wrong-type' | 'wrong-shape' | 'no-answer' | 'refused'
  /** What was looked for and what was there, for people. */
  readonly detail: string
}

/** What a value has to be for a key to count. */
export type KeyKind = 'string' | 'list'

/**
 * A conversation is a published shape of records: how they hold system prompt, questions and answers. It says what the
 * messages are; a template lays them out as text.
 */
export interface ConversationDefinition {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same record would give other messages than before. */
  readonly revision: number
  /**
   * Keys that records of the shape have. A record without a declared shape is of the one whose keys it has, the one with
   * most keys first: a record with `prompt` and `messages` is not just one with `messages`.
   */
  readonly keys: Readonly<Record<string, KeyKind>>
  /** Key of the record's own id, where it is not `id`. */
  readonly id?: string
  /** Pure; never throws, whatever the record is, and does not recurse into it. Gives at least one message. */
  readonly read: (record: object) => Message[] | MappingProblem
}

/** Declares a conversation; add one line to `registered.ts`. */
export function defineConversation(definition: ConversationDefinition): ConversationDefinition {
  return definition
}
