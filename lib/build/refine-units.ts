import { MillraceError } from '../errors.ts'
import type { Completion } from '../journal.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { RefineResult } from './refine.ts'
import type { RefinedPart } from './refine-part.ts'
import type { Session } from './session.ts'
import type { Unit } from './step.ts'
import type { Split } from './survey.ts'
import type { Tables } from './tables.ts'
import { ingestDependencies, refineDependencies, unit } from './units.ts'

/** What refining gave: its completions, in the inventory's order, and the list of their parts as later units read it. */
export interface Refined {
  readonly completions: readonly Completion<RefineResult>[]
  readonly parts: readonly RefinedPart[]
  /** The list's path, relative to the build's folder, and its hash. */
  readonly list: string
  readonly listHash: string
}

export async function runRefine(
  session: Session,
  recipe: Recipe,
  splits: readonly Split[],
  models: Tables['modelHashes'],
): Promise<Refined> {
  const bytes = new Map(splits.map((split) => [split.name, split.bytes]))
  const units = splits.map((split) => {
    const input = { split, path: `work/refine/${split.name}` }
    return split.tokenized === true
      ? unit('ingest', split.name, input, ingestDependencies(recipe, split))
      : unit('refine', split.name, input, refineDependencies(recipe, split, models))
  })
  const byId = new Map<string, Completion<RefineResult>>()
  for (const step of ['refine', 'ingest']) {
    const own = units.filter((each) => each.step === step)
    const bytesOf = ({ id }: Unit): number => bytes.get(id.slice(step.length + 1)) ?? 0
    for (const done of await session.run<RefineResult>(own, bytesOf)) byId.set(done.id, done)
  }
  const completions = units.flatMap(({ id }) => byId.get(id) ?? [])
  const parts = completions.flatMap(({ result }) => result.parts)
  const list = 'work/parts.json'
  const listHash = await session.writeList(list, parts)
  return { completions, parts, list, listHash }
}

/** A source that gave no record at all is a mistake in the recipe, not a small source. */
export function requireRecords(splits: readonly Split[], { completions }: Refined): void {
  const records = new Map<string, number>()
  for (const { result, foreseen } of completions) {
    if (foreseen === true) continue
    records.set(result.source, (records.get(result.source) ?? 0) + result.counts.records)
  }
  for (const [source, count] of records) {
    if (count > 0) continue
    const files = splits.flatMap((split) =>
      split.source === source ? split.pieces.map(({ file }) => file) : [],
    )
    throw noRecord(files, source)
  }
}

/** `source`: of a recipe, which the files are of. */
export function noRecord(files: readonly string[], source?: string): MillraceError {
  const [first] = files
  const where = [first, ...(files.length > 1 ? [`${files.length - 1} more`] : [])].join(' and ')
  const of = source === undefined ? '' : ` (source ${source})`
  return new MillraceError('INPUT_DAMAGED', `there is no record in ${where}${of}`, {
    ...(first !== undefined && { file: first }),
    ...(source !== undefined && { key: `sources.${source}.files` }),
    got: 0,
    fix: 'Check that the files are not empty, or leave them out.',
  })
}
