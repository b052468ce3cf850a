import { conversations } from '../documents/conversations/index.ts'
import { templates } from '../documents/templates/index.ts'
import { formats } from '../formats/index.ts'
import { readers } from '../readers/index.ts'

/** The names that a recipe may use, as the registries have them. */
export const conversationNames: readonly string[] = Object.keys(conversations).toSorted()
export const formatNames: readonly string[] = [...formats.keys()].toSorted()
/** Formats whose files can be a source of token ids. */
export const tokenFormatNames: readonly string[] = [...formats.values()]
  .filter((format) => format.kind === 'documents' && format.openInput !== undefined)
  .map(({ name }) => name)
  .toSorted()
export const readerNames: readonly string[] = Object.keys(readers).toSorted()
export const templateNames: readonly string[] = Object.keys(templates).toSorted()
