import { MillraceError } from '../../lib/errors.ts'

/** 2^27: the tables of best-fit take 12 bytes a token of it, and no context is near. */
const MAX_SEQUENCE_LENGTH = 2 ** 27

/** @throws MillraceError RECIPE_INVALID unless it is an integer from 1 to 2^27. */
export function requireSequenceLength(sequenceLength: number): void {
  if (Number.isInteger(sequenceLength) && sequenceLength >= 1 && sequenceLength <= MAX_SEQUENCE_LENGTH) return
  throw new MillraceError('RECIPE_INVALID', `sequenceLength is ${sequenceLength}`, {
    key: 'sequenceLength',
    got: sequenceLength,
    limit: MAX_SEQUENCE_LENGTH,
    fix: `Write an integer from 1 to ${MAX_SEQUENCE_LENGTH} tokens.`,
  })
}
