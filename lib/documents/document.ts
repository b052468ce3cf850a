import type { OptOutSignals } from './opt-out.ts'

/**
 * A document as filters see it. Plain data, never mutated: a filter that edits the text returns a new text in its
 * verdict, and the runner makes a new document of it (views are cached by document identity).
 */
export interface Document {
  readonly text: string
  /** The input's own id, where `fields` maps one. Never used for decisions. */
  readonly id: string | undefined
  readonly url: string | undefined
  /** What its record says of its use, where it does. */
  readonly optOut?: OptOutSignals
  /** The turns of a conversation in the text, in order, where its template has a layout. */
  readonly turns?: readonly Turn[]
}

/** A turn of a conversation: [start, end) of the text in UTF-16 units; both equal where it is empty. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly start: number
  readonly end: number
}

/**
 * Turns a computation over a text into a view that all filters of a document share: it runs once a document, however
 * many filters ask. Only the last document's view is held, so memory stays that of one document; the result may live
 * in buffers that the next document overwrites.
 *
 * @example const lines = defineView((text) => text.split('\n')); lines(document).length
 */
export function defineView<T>(compute: (text: string) => T): (document: Document) => T {
  let last: Document | undefined
  let value: T
  return (document) => {
    if (document !== last) {
      value = compute(document.text)
      last = document
    }
    return value
  }
}
