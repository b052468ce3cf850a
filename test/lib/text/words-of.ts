import type { Words } from '../../../lib/text/word-arrays.ts'
import { words } from '../../../lib/text/words.ts'
import { isSpace } from './reference.ts'

/** The words of a text as strings, read back from the view's chunks and lengths. */
export function wordsOf(text: string): string[] {
  const view = words({ text, id: undefined, url: undefined })
  const found: string[] = []
  for (let chunk = 0; chunk < view.chunkCount; chunk++) {
    const points = Array.from(text.slice(view.chunkStarts[chunk], view.chunkEnds[chunk]))
    for (let word = chunk === 0 ? 0 : view.wordEnds[chunk - 1]!; word < view.wordEnds[chunk]!; word++) {
      found.push(points.splice(0, lengthOf(view, word)).join(''))
    }
    if (points.length > 0) throw new Error('the words of a chunk do not cover it')
  }
  if (found.some((word) => word === '' || Array.from(word).some(isSpace))) throw new Error('not a word')
  return found
}

function lengthOf(view: Words, word: number): number {
  return view.info[view.ids.items[word]!]! >>> 4
}
