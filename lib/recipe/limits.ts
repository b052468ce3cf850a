import { z } from 'zod'
import { quantity } from './quantity.ts'

/** What a run may take of a source, and of each of its tiers: settings of the recipe's own sources and of its base's. */
export const limits = {
  maxEpochs: z
    .number()
    .gt(0)
    .describe(
      'How often the source, and each of its tiers, may be repeated, in epochs above 0; 2.5 is allowed.',
    ),
  onExhausted: z
    .enum(['error', 'stop', 'renormalise', 'repeat'])
    .describe(
      'When the source, or a tier of it, has given all its epochs: refuse the plan, end the run there, give its share to ' +
        'the other pools of the mix, or go on repeating.',
    ),
  maxShare: z
    .number()
    .gt(0)
    .max(1)
    .describe(
      'Greatest share of a mix that the source, and each of its tiers, may have, in (0, 1]; the others get the rest.',
    ),
  minTokens: quantity(1).describe(
    'Fewest tokens that the run must take of the source, and of each of its tiers.',
  ),
}

/** A finished build that this one goes on from. */
export const baseSettings = z
  .preprocess(
    (use) => (typeof use === 'string' ? { folder: use } : use),
    z.strictObject({
      folder: z.string().min(1).describe('Folder of the finished build, relative to the recipe’s folder.'),
      dedup: z
        .boolean()
        .default(true)
        .describe('Whether the methods of `dedup` also remove what the base has.'),
      sources: z
        .record(
          z.string(),
          z
            .strictObject({
              maxEpochs: limits.maxEpochs.optional(),
              onExhausted: limits.onExhausted.optional(),
              maxShare: limits.maxShare.optional(),
              minTokens: limits.minTokens.optional(),
            })
            .describe('Limits of a source of the base.'),
        )
        .default({})
        .describe(
          'Limits of the base’s sources in this run; unless given, those of the base’s recipe. Epochs count from the base’s ' +
            'beginning.',
        ),
    }),
  )
  .describe(
    'A finished build, by its folder or with settings, that this one goes on from. A mix names its pools as `base.web` and ' +
      '`base.web.long`: they go on where it ended, so that nothing is seen twice.',
  )
