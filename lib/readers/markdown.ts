import { defineReader } from './define-reader.ts'
import { readWholeFile } from './whole-file.ts'

/** A Markdown file is one record, with its markup as it is. */
export const markdown = defineReader({
  name: 'markdown',
  summary: 'Markdown: the whole file is one record, its markup as it is.',
  revision: 1,
  extensions: ['.md', '.markdown'],
  splittable: false,
  read: readWholeFile,
})
