import { MillraceError } from '../lib/errors.ts'

export interface BatchRequest {
  /** Sequences of a segment. */
  readonly sequences: number
  /** Tokens a sequence. */
  readonly sequenceLength: number
  /** Tokens that a training step takes. */
  readonly batchTokens: number
}

export interface Batches {
  /** Sequences a training step. */
  readonly batchSequences: number
  /** Whole steps in the segment. */
  readonly steps: number
  /** Sequences after the last whole step: policy `floor` leaves them out, and they are recorded as rounded off. */
  readonly leftoverSequences: number
}

/**
 * A segment in whole training steps, by the policy `floor`: a step never mixes sequences of two segments, as they differ
 * in length or mix, so what does not fill one is left over.
 *
 * Worked example: 1000 sequences of 2048 tokens, 1179648 tokens a batch → 576 sequences a step, 1 step, 424 left over.
 *
 * @throws MillraceError RECIPE_INVALID when batchTokens is not a positive multiple of sequenceLength.
 */
export function batches({ sequences, sequenceLength, batchTokens }: BatchRequest): Batches {
  const whole =
    Number.isSafeInteger(batchTokens) && Number.isSafeInteger(sequenceLength) && sequenceLength > 0
  if (!whole || batchTokens < sequenceLength || batchTokens % sequenceLength !== 0) {
    const nearest = Math.max(1, Math.round(batchTokens / sequenceLength) || 1) * sequenceLength
    throw new MillraceError(
      'RECIPE_INVALID',
      `batchTokens ${batchTokens} is not a positive multiple of the sequenceLength ${sequenceLength}`,
      {
        key: 'batchTokens',
        got: batchTokens,
        limit: `a multiple of ${sequenceLength}`,
        fix: `Write a multiple of every phase's sequenceLength; the nearest one here is ${nearest}.`,
      },
    )
  }
  const batchSequences = batchTokens / sequenceLength
  const steps = Math.floor(sequences / batchSequences)
  return { batchSequences, steps, leftoverSequences: sequences - steps * batchSequences }
}
