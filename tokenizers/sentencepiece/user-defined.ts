import { createLongestMatch, type FindLongest } from '../bpe/longest-match.ts'
import { byteString } from '../bpe/shared-memory.ts'
import { KINDS, type SentencePieceTables } from './tables.ts'

/** Finds the vocabulary's user-defined pieces; undefined when it has none. */
export function createUserDefinedFinder({ kinds, surfaces }: SentencePieceTables): FindLongest | undefined {
  return createLongestMatch(
    Array.from(kinds, (kind, id) => ({ kind, id }))
      .filter(({ kind }) => kind === KINDS['user-defined'])
      .map(({ id }) => [byteString(surfaces, id), id]),
  )
}
