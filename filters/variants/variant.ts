import { z } from 'zod'

/** Whose reading of rules of one name. */
export type Variant = 'datatrove' | 'dolma' | 'dclm'

export const variantSetting: z.ZodDefault<z.ZodEnum<{ [Name in Variant]: Name }>> = z
  .enum(['datatrove', 'dolma', 'dclm'])
  .default('datatrove')
  .describe(
    'Whose reading of the rules: see filters/VARIANTS.md. Those of dolma and DCLM count words of their own, whatever `words` says.',
  )
