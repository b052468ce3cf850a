import { blockSettings, createEnds, forEachLine } from './blocks.ts'
import { defineBlockDedup } from './define-dedup.ts'

/**
 * Lines that are in the corpus more often than `limit` are cut out where they come later: menus, notices, bylines. Lines end
 * at line feeds; one goes together with its line feed and the blank lines after it. The default of 6 is that of Llama 3
 * (Grattafiori et al. 2024, section 3.1.1), there in buckets of 30 million documents and here in the corpus.
 */
export const lines = defineBlockDedup({
  name: 'lines',
  summary: 'Cuts lines that the corpus has more often than a limit.',
  revision: 1,
  place: 2,
  unicode: false,
  settings: blockSettings('a line', 6),
  create: (settings) => ({
    ...settings,
    width: 1,
    split(text) {
      const ends = createEnds()
      forEachLine(text, (start) => ends.add(start))
      ends.add(text.length)
      return ends.list()
    },
  }),
})
