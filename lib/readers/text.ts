import { defineReader } from './define-reader.ts'
import { readWholeFile } from './whole-file.ts'

/** A file of plain text is one record. */
export const text = defineReader({
  name: 'text',
  summary: 'Plain text: the whole file is one record.',
  revision: 1,
  extensions: ['.txt', '.text'],
  splittable: false,
  read: readWholeFile,
})
