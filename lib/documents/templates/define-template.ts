import type { Tokenizer } from '../../../tokenizers/define-tokenizer.ts'
import type { MappingProblem, Message } from '../conversations/define-conversation.ts'
import type { Turn } from '../document.ts'

/** A turn with its text in UTF-8. */
export interface TurnBytes {
  readonly role: Turn['role']
  readonly text: Uint8Array
}

/** A stretch of a document in ids: a text to be encoded by itself, or a control token. `learned`: whether the loss counts it. */
export type LaidPiece =
  | { readonly text: Uint8Array; readonly learned: boolean }
  | { readonly id: number; readonly learned: boolean }

/** How a template's turns become ids. Control tokens are ids here: no text, of a document or a template, ever gives one. */
export interface Layout {
  /** Raised when the same turns would give other ids, or another loss mask, than before. */
  readonly revision: number
  /** Why a tokenizer cannot be used, for people; undefined where it can. */
  readonly refuses: (tokenizer: Pick<Tokenizer, 'bos' | 'eos' | 'control'>) => string | undefined
  /** The whole document, BOS and EOS included: `output.documents` adds nothing to it. */
  readonly lay: (
    turns: readonly TurnBytes[],
    tokenizer: Pick<Tokenizer, 'bos' | 'eos' | 'control'>,
  ) => readonly LaidPiece[]
}

/** A conversation as one text, and its turns in it where the template has a layout. */
export interface Rendered {
  readonly text: string
  readonly turns?: readonly Turn[]
}

/**
 * A template lays a conversation's messages out as one text, for filters and dedup. Without a `layout`, that text is what
 * is encoded, and all of it is learned. With one, `render` gives the turns' contents alone, and the layout what is around
 * them.
 */
export interface TemplateDefinition {
  /** Name in recipes. */
  readonly name: string
  readonly summary: string
  /** Raised when the same messages would give another text than before. */
  readonly revision: number
  /** Pure; never throws. `messages` has at least one. */
  readonly render: (messages: readonly Message[]) => Rendered | MappingProblem
  readonly layout?: Layout
}

/** Declares a template; add one line to `registered.ts`. */
export function defineTemplate(definition: TemplateDefinition): TemplateDefinition {
  return definition
}
