import { packings } from '../../stages/packing/index.ts'
import { formats } from '../formats/index.ts'

/** The names that a recipe may use, as the registries have them. */
export const formatNames: readonly string[] = [...formats.keys()].toSorted()
export const packingNames: readonly string[] = [...packings.keys()].toSorted()

// PLACEHOLDERS until the registries are there.
export const readerNames = ['jsonl', 'text', 'markdown']
export const templateNames = ['plain']
