/** A text's words and their sequences as a WebAssembly module; ../words-kernel.ts is its host. */
import { MASKS, PAGES } from './layout'

/** Where the host reads and writes. */
export {
  BREAK_CHUNKS,
  BREAKS,
  CHUNK_ENDS,
  CHUNK_HASHES,
  CHUNK_STARTS,
  CLASSES,
  IDS,
  INFO,
  KINDS,
  LINE_CHUNKS,
  LINE_LONGEST,
  LINE_MARKS,
  LINE_SENTENCES,
  MARKS,
  MISSING,
  MOST_UNITS,
  MOST_WORDS,
  PAIRS,
  RESULTS,
  SENTENCES,
  STARTS,
  TEXT,
  WORD_ENDS,
} from './layout'
export { scan, find, emit, countSentences } from './chunks'
export { isFull, clear, findAgain, addMissing, add } from './records'
export { idOf, holds } from './words'
export { countLines, countShortLines, readLines } from './lines'
export { layDown } from './split'
export { measurePoints, repeatedGrams } from './grams'
export { topGrams } from './top-grams'

/** @returns whether the memory could be had */
export function configure(): bool {
  const missing = PAGES - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return false
  memory.fill(MASKS, 0xff, 32)
  return true
}
