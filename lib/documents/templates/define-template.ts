import type { MappingProblem, Message } from '../conversations/define-conversation.ts'

/**
 * A template lays a conversation's messages out as one text. What it adds is ordinary text: no template can give control
 * tokens.
 */
export interface TemplateDefinition {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same messages would give another text than before. */
  readonly revision: number
  /** Pure; never throws. `messages` has at least one. */
  readonly render: (messages: readonly Message[]) => string | MappingProblem
}

/** Declares a template; add one line to `registered.ts`. */
export function defineTemplate(definition: TemplateDefinition): TemplateDefinition {
  return definition
}
