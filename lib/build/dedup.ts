import { dedupPasses } from '../../filters/dedup/index.ts'
import type { Completion } from '../journal.ts'
import { hashOf } from '../recipe/canonical-json.ts'
import type { Recipe } from '../recipe/schema.ts'
import { sum } from '../sum.ts'
import type { Corpus } from './corpus.ts'
import type { PartCuts } from './cuts.ts'
import { type Pass, runPass } from './dedup-pass.ts'
import type { EditResult } from './edit.ts'
import { runEdits } from './edit-units.ts'
import type { Refined } from './refine-units.ts'
import type { Session } from './session.ts'

/**
 * What dedup found: runs of verdicts by part and document, of all passes (parts with cuts have verdicts of their own too),
 * and what it cut out.
 */
export interface Deduped extends Pass {
  readonly cuts: readonly PartCuts[]
  /** What was cut, by part. */
  readonly edits: readonly Completion<EditResult>[]
}

/**
 * Runs the recipe's methods: one pass of those that drop documents; where some cut blocks, these between the methods before
 * and after them. What `corpora` have goes by the methods that drop documents.
 */
export async function runDedup(
  session: Session,
  folder: string,
  recipe: Recipe,
  refined: Refined,
  corpora: readonly Corpus[] = [],
): Promise<Deduped> {
  const against = { folder, corpora }
  const looked = sum(refined.parts, (part) => (part.tokenized === undefined ? part.documents : 0))
  const before = await runPass(session, recipe, refined, {
    pass: 'before',
    written: refined.completions,
    looked,
    ...against,
  })
  const { blocks } = dedupPasses(recipe.dedup)
  if (blocks.methods.length === 0) return { ...before, cuts: [], edits: [] }
  const edited = await runEdits(session, recipe, refined, before)
  const written = [...refined.completions, ...edited.edits]
  const gone =
    sum(before.clusters, ({ sizes }) => sum(sizes, ({ removed }) => removed)) +
    sum(edited.edits, ({ result }) => result.removed)
  const after = await runPass(session, recipe, edited.refined, {
    pass: 'after',
    written,
    looked: looked - gone,
    ...against,
  })
  return {
    completions: [...before.completions, ...edited.completions, ...after.completions],
    verdicts: [...before.verdicts, ...after.verdicts],
    cuts: edited.cuts,
    edits: edited.edits,
    hash: hashOf([before.hash, after.hash]),
    clusters: [...before.clusters, ...after.clusters],
  }
}
