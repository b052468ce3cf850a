import { blockSettings, createEnds, forEachLine } from './blocks.ts'
import { defineBlockDedup } from './define-dedup.ts'

/** Paragraphs, between lines of white space alone, that are in the corpus more often than `limit` are cut out where they come later. */
export const paragraphs = defineBlockDedup({
  name: 'paragraphs',
  summary: 'Cuts paragraphs that the corpus has more often than a limit.',
  revision: 1,
  place: 2,
  unicode: false,
  settings: blockSettings('a paragraph', 1),
  create: (settings) => ({
    ...settings,
    width: 1,
    split(text) {
      const ends = createEnds()
      let first = true
      forEachLine(text, (start, _, afterBlank) => {
        const isNew = afterBlank && !first
        first = false
        return !isNew || ends.add(start)
      })
      ends.add(text.length)
      return ends.list()
    },
  }),
})
