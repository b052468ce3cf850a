/** Why a record could not become a document. */
export interface MappingProblem {
  /** A stable word for tables. */
  readonly reason: 'missing-text' | 'wrong-type'
  /** What was looked for and what was there, for people. */
  readonly detail: string
}

/**
 * A template turns a record of a chat, or of an instruction with its answer, into one text. What it adds is ordinary text:
 * no template can give control tokens.
 */
export interface TemplateDefinition {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same record would give another text than before. */
  readonly revision: number
  /** Pure; never throws, whatever the record is. */
  readonly render: (record: object) => string | MappingProblem
}

/** Declares a template; add one line to `registered.ts`. */
export function defineTemplate(definition: TemplateDefinition): TemplateDefinition {
  return definition
}
