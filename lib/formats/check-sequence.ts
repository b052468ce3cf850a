import { MillraceError } from '../errors.ts'
import type { PlannedShards, Sequence, ShardTarget } from './define-format.ts'

/** What every sequence format asks of what it writes. Throws INTERNAL. */
export function checkSequence(target: ShardTarget, { tokens, pieceLengths, learned }: Sequence): void {
  let real = 0
  for (const length of pieceLengths) real += length
  const tooWide =
    target.vocabularySize <= 65_536 && tokens instanceof Uint32Array && tokens.some((id) => id > 0xffff)
  const masked = learned === undefined || learned.length === tokens.length
  if (tokens.length === target.sequenceLength && real <= tokens.length && masked && !tooWide) return
  throw new MillraceError(
    'INTERNAL',
    tooWide
      ? `a token id does not fit the vocabulary of ${target.vocabularySize}`
      : `a sequence has ${tokens.length} tokens, ${real} of them in pieces`,
    { file: target.base, limit: target.sequenceLength, fix: 'Report this with the recipe that led to it.' },
  )
}

/** Bytes that a u32 offset reaches. */
const MAX_BYTES = 2 ** 32 - 1

/** Bytes of a token in formats that have uint16 or int32. */
export function bytesOfToken(vocabularySize: number): 2 | 4 {
  return vocabularySize <= 65_536 ? 2 : 4
}

/** `refuses` of formats whose offsets are u32; padding and boundaries come on top, and are checked as a shard is closed. */
export function refusesOver4GiB({
  vocabularySize,
  shardTokens,
}: Pick<PlannedShards, 'vocabularySize' | 'shardTokens'>): string | undefined {
  const bytes = shardTokens * bytesOfToken(vocabularySize)
  if (bytes <= MAX_BYTES) return undefined
  return `holds less than 4 GiB a shard, and output.shardTokens of ${shardTokens} need ${bytes} bytes`
}

/** Throws PLAN_INFEASIBLE where u32 offsets do not reach. */
export function requireUnder4GiB(file: string, bytes: number): void {
  if (bytes <= MAX_BYTES) return
  throw new MillraceError(
    'PLAN_INFEASIBLE',
    `${file} would have ${bytes} bytes; its offsets reach ${MAX_BYTES}`,
    {
      file,
      got: bytes,
      limit: MAX_BYTES,
      fix: 'Lower output.shardTokens, or holdout.tokens where this is the held-out shard.',
    },
  )
}
