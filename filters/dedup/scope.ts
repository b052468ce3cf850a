import { z } from 'zod'

/** The setting that every method has: between which sources it looks for copies. */
export const scope = z
  .union([
    z.enum(['across', 'within']),
    z.strictObject({
      against: z
        .array(z.string().min(1))
        .min(1)
        .describe('Sources whose documents take others, and never go.'),
    }),
  ])
  .optional()
  .meta({
    default: 'across',
    description:
      'Between which sources: across all; within each by itself; or {against: [source, …]}: what others have of these ' +
      'sources goes, and never the reverse. Their priority must be above that of all others.',
  })

/** Undefined: across all sources. */
export type Scope = z.output<typeof scope>

/** Whether a document (or block) of `source` may go because of one in `kept`. */
export function mayGo(scope: Scope, source: string, kept: string): boolean {
  if (scope === undefined || scope === 'across') return true
  if (scope === 'within') return source === kept
  return scope.against.includes(kept) && !scope.against.includes(source)
}
