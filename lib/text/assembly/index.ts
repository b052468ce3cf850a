/** A text's words and their sequences as a WebAssembly module; ../words-kernel.ts is its host. */
import { MASKS, PAGES } from './layout'
import { makePowers } from './grams'

export { scan, find, emit } from './chunks'
export { isFull, clear, findAgain, addMissing, add, idOf, holds } from './records'
export { countLines, countShortLines, readLines } from './lines'
export { layDown } from './split'
export { measure, topGrams, repeatedGrams } from './grams'

/** @returns whether the memory could be had */
export function configure(): bool {
  const missing = PAGES - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return false
  memory.fill(MASKS, 0xff, 32)
  makePowers()
  return true
}
