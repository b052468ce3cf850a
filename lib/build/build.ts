/**
 * A build: the steps one after another, each as units that run anywhere. What a step needs of the one before is in its
 * completion records; so running a build again is the same as resuming it.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Schedule } from '../../stages/schedule.ts'
import type { Tokenizer } from '../../tokenizers/index.ts'
import { createInProcessExecutor } from '../execute/in-process.ts'
import { createLocalExecutor } from '../execute/local.ts'
import { openJournal } from '../journal.ts'
import { type Plan, planOf } from '../plan.ts'
import type { LoadedRecipe } from '../recipe/load.ts'
import { type Accounts, account } from './account.ts'
import { requireTokenizerOf } from './base-pools.ts'
import { requireFormats } from './check-formats.ts'
import { requireSpecials } from './check-specials.ts'
import { runDedup } from './dedup.ts'
import { runEmit, runIndex } from './emit-units.ts'
import { lockFolder } from './lock.ts'
import type { Manifest } from './manifest.ts'
import { estimatePools, requireConceivable, scheduleOf } from './plan.ts'
import { runPools } from './pool-units.ts'
import { requireRecords, runRefine } from './refine-units.ts'
import { type BuildEvent, createSession, type Session } from './session.ts'
import { type Split, survey } from './survey.ts'
import { loadTables, type Tables, tokenizerOf } from './tables.ts'

export interface BuildOptions {
  /** Folder of the build; made if it is not there. The same folder again resumes. */
  readonly out: string
  /** Worker threads; 0 runs everything on the calling thread. Default: one per core. */
  readonly workers?: number
  /** Abort to stop the build; what is complete stays complete. */
  readonly signal?: AbortSignal
  readonly onEvent?: (event: BuildEvent) => void
  /** Told what is planned before any work, from declared sizes and the sizes of files. */
  readonly onPlan?: (plan: Plan) => void
  /** Told the schedule, over counted pools, before anything is emitted. */
  readonly onSchedule?: (schedule: Schedule) => void
}

export interface BuildSummary {
  readonly folder: string
  readonly manifest: Manifest
  /** Units that ran, and units that were complete already. */
  readonly ran: number
  readonly reused: number
}

/**
 * Builds the recipe into `options.out`, or resumes. Rejects with a MillraceError: PLAN_INFEASIBLE when the pools cannot
 * fill the schedule, REMOVED_TOO_MUCH when a source lost more than it may, LEDGER_UNBALANCED when a count does not add up,
 * and others for inputs and outputs; what was complete then is reused by the next run.
 */
export async function build(loaded: LoadedRecipe, options: BuildOptions): Promise<BuildSummary> {
  const folder = path.resolve(options.out)
  const { recipe, directory } = loaded
  const start = performance.now()
  const splits = await survey(loaded)
  const surveySeconds = (performance.now() - start) / 1000
  requireConceivable(recipe, estimatePools(loaded, splits))
  const tables = await loadTables(recipe, directory)
  const tokenizer = tokenizerOf(tables)
  if (loaded.base !== undefined) requireTokenizerOf(loaded.base, tokenizer)
  requireSpecials(recipe, tokenizer)
  requireFormats(recipe, tokenizer)
  options.onPlan?.(planOf(loaded, splits, tokenizer.vocabularySize, { surveySeconds }))

  const unlock = await lockFolder(folder)
  const journal = await openJournal(folder, Date.now())
  const context = { folder, directory, recipe, tables }
  const workers = options.workers ?? os.availableParallelism()
  const executor = workers === 0 ? createInProcessExecutor(context) : createLocalExecutor(workers, context)
  try {
    await removeTemporaries(folder)
    const onEvent = options.onEvent ?? (() => undefined)
    const session = createSession({ folder, journal, executor, signal: options.signal, onEvent })
    const done = await runSteps(session, { loaded, folder, splits, tables, tokenizer }, options.onSchedule)
    onEvent({ kind: 'step', step: 'account', units: 1, reused: 0, bytes: 0 })
    const manifest = await account({
      loaded,
      benchmarks: tables.benchmarks,
      tokenizer,
      folder,
      splits,
      ...done,
    })
    onEvent({ kind: 'unit', step: 'account', done: 1, units: 1 })
    return { folder, manifest, ...session.counts }
  } finally {
    await executor.close()
    await journal.close()
    await unlock()
  }
}

/** What the units of a build are made of, beside the results of other units. */
export interface Prepared {
  readonly loaded: LoadedRecipe
  readonly folder: string
  readonly splits: readonly Split[]
  readonly tables: Pick<Tables, 'modelHashes' | 'benchmarks'>
  readonly tokenizer: Tokenizer
}

/** The steps in their order. What `session` does with the units is its own matter: `build` runs them, `planDiff` only looks. */
export async function runSteps(
  session: Session,
  { loaded, folder, splits, tables, tokenizer }: Prepared,
  onSchedule?: (schedule: Schedule) => void,
): Promise<Pick<Accounts, 'refined' | 'dedup' | 'pooled' | 'schedule' | 'emitted' | 'indexed'>> {
  const { recipe, corpora } = loaded
  const refined = await runRefine(session, recipe, splits, tables.modelHashes)
  requireRecords(splits, refined)
  const dedup = await runDedup(session, folder, recipe, refined, corpora)
  const pooled = await runPools(session, folder, loaded, refined, dedup, tokenizer, tables.benchmarks)
  const schedule = scheduleOf(recipe, pooled.pools)
  onSchedule?.(schedule)
  const emitted = await runEmit(session, recipe, pooled, schedule)
  const indexed = await runIndex(session, refined, emitted)
  return { refined, dedup, pooled, schedule, emitted, indexed }
}

/** Files that a killed run left half-written. */
async function removeTemporaries(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder, { recursive: true })) {
    if (/\.tmp-\d+-\d+-\d+$/.test(name)) await rm(path.join(folder, name), { force: true })
  }
}
