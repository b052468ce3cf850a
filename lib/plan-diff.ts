/** What of an existing build would run again under a recipe, and why: by the very keys that the build goes by. */
import path from 'node:path'
import type { Prepared } from './build/build.ts'
import { type Foreseen, foresee } from './build/foresee.ts'
import { type Manifest, readManifest } from './build/manifest.ts'
import type { Unit } from './build/step.ts'
import { type Split, survey } from './build/survey.ts'
import { loadTables, tokenizerOf } from './build/tables.ts'
import { MillraceError } from './errors.ts'
import { type Records, readRecords } from './journal.ts'
import { type Change, changesBetween, takenBack } from './recipe/changes.ts'
import type { LoadedRecipe } from './recipe/load.ts'
import { keyPath } from './recipe/problem.ts'
import { packageVersion } from './version.ts'

export interface PlanDiff {
  readonly folder: string
  /** Settings that differ from those of the finished build; none where it was never finished. */
  readonly settings: readonly ChangedSetting[]
  readonly inputs: readonly ChangedInput[]
  readonly steps: readonly StepDiff[]
  /** Nothing would run. */
  readonly unchanged: boolean
  /** The last step whose units are all known; what comes after depends on it, and is counted as it was recorded. */
  readonly knownTo?: string
  /** The error that the build would end with, if the pools hold what they held. */
  readonly refused?: { readonly code: string; readonly message: string; readonly fix: string }
}

export interface ChangedSetting {
  readonly key: string
  readonly before?: unknown
  readonly after?: unknown
}

export interface ChangedInput {
  readonly source: string
  readonly file: string
  readonly change: 'added' | 'removed' | 'changed'
}

/** Units of a step. `keep` + `run` + `mayRun` are all that the step would have, as far as is known; `gone` are no more of it. */
export interface StepDiff {
  readonly step: string
  /** Complete, and read nothing that may change. */
  readonly keep: number
  /** Run for certain: their own settings or inputs changed, their files are lost, or they never ran. */
  readonly run: number
  /** Of `run`, those that never ran. */
  readonly added: number
  /** Complete, and run again if and only if a step before gives them other content than it gave. */
  readonly mayRun: number
  readonly gone: number
  /** Keys of settings, `inputs`, `lost files`, or `millrace`, for those of `run`. */
  readonly why: readonly string[]
}

/**
 * Compares a build's records with what a build of `loaded` into the same folder would do. Reads the recipe's files as a
 * plan does, and writes nothing. Throws NOT_FOUND where the folder has no records.
 */
export async function planDiff(loaded: LoadedRecipe, folder: string): Promise<PlanDiff> {
  const records = await readRecords(folder)
  if (records.all().length === 0) throw noBuild(folder)
  const manifest = await readManifest(folder).catch(() => undefined)
  const splits = await survey(loaded)
  const prepared = await prepare(loaded, folder, splits)
  const certain = await foresee(prepared, records)
  const keys = new Map(certain.units.map((unit) => [unit.id, unit.key]))
  const complete = new Set<string>()
  for (const { id, key } of certain.units) if (await records.find(id, key)) complete.add(id)
  const isComplete = ({ id, key }: Unit): boolean => complete.has(id) && keys.get(id) === key
  const possible = await foresee(prepared, records, isComplete)

  const changes = manifest === undefined ? [] : changesBetween(manifest.recipe, loaded.recipe)
  const inputs = manifest === undefined ? [] : changedInputs(manifest, splits, certain, complete)
  const run = certain.units.filter(({ id }) => !complete.has(id))
  const why = await reasonsFor(run, { changes, inputs, manifest, prepared, records })
  const steps = stepsOf({ certain, possible, records, complete, isComplete, why, loaded })
  const end = possible.end ?? certain.end
  const refused = certain.end?.refused
  return {
    folder,
    settings: changes.map(({ path: place, ...values }) => ({ key: keyPath(place), ...values })),
    inputs,
    steps,
    unchanged:
      refused === undefined && steps.every(({ run: runs, mayRun, gone }) => runs + mayRun + gone === 0),
    ...(end && { knownTo: end.step }),
    ...(refused && { refused: { code: refused.code, message: refused.message, fix: refused.facts.fix } }),
  }
}

async function prepare(loaded: LoadedRecipe, folder: string, splits: readonly Split[]): Promise<Prepared> {
  const tables = await loadTables(loaded.recipe, loaded.directory)
  return { loaded, folder: path.resolve(folder), splits, tables, tokenizer: tokenizerOf(tables) }
}

/** Files by source, beside those that the finished build read; a file of other content makes its unit's key another. */
function changedInputs(
  manifest: Manifest,
  splits: readonly Split[],
  { units }: Foreseen,
  complete: ReadonlySet<string>,
): ChangedInput[] {
  const bytes = new Map<string, number>()
  for (const input of manifest.inputs) bytes.set(nameOf(input), (bytes.get(nameOf(input)) ?? 0) + input.bytes)
  const refined = new Set(units.filter(({ id }) => complete.has(id)).map(({ id }) => id))
  const now = new Map<string, { source: string; file: string; bytes: number; isRead: boolean }>()
  for (const { source, name, pieces } of splits) {
    const isRead = refined.has(`refine/${name}`) || refined.has(`ingest/${name}`)
    for (const { file, bytes: size } of pieces) {
      const known = now.get(nameOf({ source, file }))
      now.set(nameOf({ source, file }), { source, file, bytes: size + (known?.bytes ?? 0), isRead })
    }
  }
  const found: ChangedInput[] = []
  for (const [name, { source, file, bytes: size, isRead }] of now) {
    const before = bytes.get(name)
    if (before === undefined) found.push({ source, file, change: 'added' })
    else if (before !== size && !isRead) found.push({ source, file, change: 'changed' })
  }
  for (const name of bytes.keys()) {
    const [source = '', file = ''] = name.split('\n')
    if (!now.has(name)) found.push({ source, file, change: 'removed' })
  }
  return found
}

function nameOf({ source, file }: { readonly source: string; readonly file: string }): string {
  return `${source}\n${file}`
}

interface Reasons {
  readonly changes: readonly Change[]
  readonly inputs: readonly ChangedInput[]
  readonly manifest: Manifest | undefined
  readonly prepared: Prepared
  readonly records: Records
}

/** A changed setting is a reason for a unit when the unit would have another key without the change. By unit id. */
async function reasonsFor(
  run: readonly Unit[],
  { changes, inputs, manifest, prepared, records }: Reasons,
): Promise<Map<string, Set<string>>> {
  const why = new Map(run.map(({ id }) => [id, new Set<string>()]))
  for (const change of run.length === 0 ? [] : changes) {
    const keys = await keysWithout(change, prepared, records)
    for (const { id, key } of run) if (keys.get(id) !== key) why.get(id)?.add(keyPath(change.path))
  }
  for (const { id, key, step } of run) {
    const reasons = why.get(id)
    if (reasons === undefined || reasons.size > 0) continue
    if (records.last(id)?.key === key) reasons.add('lost files')
    else if (step === 'refine' || step === 'ingest' || inputs.length > 0 || records.last(id) === undefined)
      reasons.add('inputs')
    else if (manifest === undefined) reasons.add('settings or inputs (the build was never finished)')
    else if (manifest.millrace !== packageVersion())
      reasons.add(`millrace ${manifest.millrace} → ${packageVersion()}`)
    else reasons.add('millrace, a plug-in, or a file beside the recipe')
  }
  return why
}

/** Keys by unit, with one change taken back. */
async function keysWithout(
  change: Change,
  prepared: Prepared,
  records: Records,
): Promise<Map<string, string>> {
  const { loaded, folder, splits } = prepared
  const recipe = takenBack(loaded.recipe, change)
  const own = splits.filter(({ source }) => source in recipe.sources)
  const [first, , third] = change.path
  const asBefore =
    first === 'tokenizer' || first === 'decontaminate' || third === 'filters'
      ? await prepare({ ...loaded, recipe }, folder, own)
      : { ...prepared, loaded: { ...loaded, recipe }, splits: own }
  const { units } = await foresee(asBefore, records)
  return new Map(units.map(({ id, key }) => [id, key]))
}

interface Walks {
  readonly certain: Foreseen
  readonly possible: Foreseen
  readonly records: Records
  readonly complete: ReadonlySet<string>
  readonly isComplete: (unit: Unit) => boolean
  readonly why: ReadonlyMap<string, ReadonlySet<string>>
  readonly loaded: LoadedRecipe
}

function stepsOf({ certain, possible, records, complete, isComplete, why, loaded }: Walks): StepDiff[] {
  const kept = new Set(possible.units.filter(isComplete).map(({ id }) => id))
  const steps = new Map<string, { -readonly [Key in keyof StepDiff]: StepDiff[Key] }>()
  const of = (step: string) => {
    const known = steps.get(step) ?? { step, keep: 0, run: 0, added: 0, mayRun: 0, gone: 0, why: [] }
    steps.set(step, known)
    return known
  }
  const counted = new Set<string>()
  for (const { id, step } of [...certain.units, ...possible.units]) {
    if (counted.has(id)) continue
    counted.add(id)
    const own = of(step)
    if (kept.has(id)) own.keep++
    else if (complete.has(id)) own.mayRun++
    else {
      own.run++
      if (records.last(id) === undefined) own.added++
      own.why = [...new Set([...own.why, ...(why.get(id) ?? [])])]
    }
  }
  const isEnded = certain.end !== undefined || possible.end !== undefined
  for (const { id } of records.all()) {
    if (counted.has(id)) continue
    const own = of(id.slice(0, id.indexOf('/')))
    if (isEnded) own.mayRun++
    else own.gone++
  }
  const found = [...steps.values()]
  const pools = possible.units.filter(({ step }) => step === 'shuffle')
  const isOther =
    pools.some(({ id, key }) => records.last(id)?.key !== key) || (steps.get('shuffle')?.gone ?? 0) > 0
  return isOther && dependsOnSizes(loaded) ? found.map(emitsAll) : found
}

/**
 * Emit keys have positions in the pools, and these depend on how much *other* pools hold where one that is used up gives
 * its share to others or ends the run, and where a holdout is spread over several.
 */
function dependsOnSizes({ recipe, base }: LoadedRecipe): boolean {
  const limits = [...Object.values(recipe.sources), ...Object.values(recipe.base?.sources ?? {})]
  const flows = limits.some(({ onExhausted }) => onExhausted === 'renormalise' || onExhausted === 'stop')
  const hasTiers = Object.values(recipe.sources).some(({ tiers }) => Object.keys(tiers).length > 0)
  const spread = recipe.holdout !== undefined && (!recipe.holdout.perSource || hasTiers)
  return flows || spread || base !== undefined
}

function emitsAll(step: StepDiff): StepDiff {
  const isOutput = step.step === 'emit' || step.step === 'holdout'
  return isOutput ? { ...step, keep: 0, mayRun: step.mayRun + step.keep } : step
}

function noBuild(folder: string): MillraceError {
  return new MillraceError('NOT_FOUND', `${folder} has no records of a build`, {
    file: path.join(folder, 'journal'),
    fix: 'Name the --out folder of a build; without --diff, plan says what a new one would be.',
  })
}
