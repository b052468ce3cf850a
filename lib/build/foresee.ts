/**
 * What a build would do, without doing it: the same steps make the same units with the same keys, and a session that runs
 * nothing answers for them from the records of an earlier run.
 */
import { MillraceError } from '../errors.ts'
import type { Completion, Records } from '../journal.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { type Prepared, runSteps } from './build.ts'
import type { EmitInput, HoldoutInput } from './emit.ts'
import type { RefineResult } from './refine.ts'
import { listText, type Session } from './session.ts'
import type { ShardResult } from './shard.ts'
import type { Unit } from './step.ts'
import type { Split } from './survey.ts'

export interface Foreseen {
  readonly units: readonly Unit[]
  /** Why later steps have no units here: what they are made of is not known, or the build would be refused. */
  readonly end?: ForeseenEnd
}

export interface ForeseenEnd {
  /** The last step whose units are known. */
  readonly step: string
  /** The error that the build would end with, if nothing but what is known changes. */
  readonly refused?: MillraceError
}

/**
 * The units of a build with the keys that they would have. Units that are not complete are taken to give what they gave
 * when they last ran. With `isComplete` nothing is taken of the content of their files: whatever reads them has another
 * key. A unit that never ran gives nothing, and where the units behind it cannot be known without it, the list ends.
 */
export async function foresee(
  prepared: Prepared,
  records: Records,
  isComplete?: (unit: Unit) => boolean,
): Promise<Foreseen> {
  const units: Unit[] = []
  let isOpen = false
  let unknown: Unit | undefined
  const answer = (unit: Unit): Completion => {
    units.push(unit)
    const last = records.last(unit.id)
    if (last !== undefined && (isComplete?.(unit) ?? true)) return last
    isOpen = true
    if (last !== undefined) {
      // Byte-identical outputs are made under an equal key: files that were lost come back as they were.
      return last.key === unit.key ? last : { ...last, files: last.files.map(ofOtherContent), foreseen: true }
    }
    const result = emptyResult(unit)
    if (result === undefined) {
      unknown = unit
      throw new RangeError(`what ${unit.id} gives is not known`)
    }
    return { id: unit.id, key: unit.key, files: [], result, ...(isComplete && { foreseen: true }) }
  }
  const session: Session = {
    counts: { ran: 0, reused: 0 },
    // As in a real session, results are what the unit's own step returns.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/require-await
    run: async <Result>(asked: readonly Unit[]) => asked.map((unit) => answer(unit) as Completion<Result>),
    writeList: (_, items) => Promise.resolve(listText(items).hash + (isOpen && isComplete ? '?' : '')),
  }
  try {
    await runSteps(session, prepared)
    return { units }
  } catch (error) {
    const step = units.at(-1)?.step ?? 'survey'
    if (unknown === units.at(-1) && unknown) return { units, end: { step } }
    if (error instanceof MillraceError) return { units, end: { step, refused: error } }
    throw error
  }
}

/** A hash that no content has. */
function ofOtherContent(file: WrittenFile): WrittenFile {
  return { ...file, sha256: '?' }
}

/** Of a unit that never ran, where the units behind it can do without: no parts yet, no documents yet. */
function emptyResult({ step, input }: Unit): RefineResult | ShardResult | undefined {
  if (step === 'refine' || step === 'ingest') {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the step's own input
    const { split } = input as { readonly split: Split }
    const counts = { records: 0, bytes: 0, keptBytes: 0, fates: {}, edits: {}, tags: {} }
    return { source: split.source, parts: [], counts, inputSha256: [] }
  }
  if (step === 'emit' || step === 'holdout') {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the step's own input
    const { folder, number = 0 } = input as EmitInput | (HoldoutInput & { readonly number?: undefined })
    return { folder, number, pools: {}, formats: {} }
  }
  return undefined
}
