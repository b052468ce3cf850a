import { mkdir, rm, rmdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { dedupMethods } from '../filters/dedup/index.ts'
import type { PlanWarning } from '../stages/warnings.ts'
import type { Clusters } from './build/clusters.ts'
import { runDedup } from './build/dedup.ts'
import { lockFolder } from './build/lock.ts'
import { writeQuarantine } from './build/quarantine.ts'
import type { RefinedPart } from './build/refine-part.ts'
import { noRecord, type Refined, runRefine } from './build/refine-units.ts'
import { createSession } from './build/session.ts'
import { survey } from './build/survey.ts'
import { loadTables } from './build/tables.ts'
import { addToIndex, openIndex } from './dedup-index.ts'
import { writeResults } from './dedup-results.ts'
import { MillraceError } from './errors.ts'
import { createInProcessExecutor } from './execute/in-process.ts'
import { createLocalExecutor } from './execute/local.ts'
import { type MappingOptions, mapperSettings } from './head.ts'
import { expandInputs, STANDARD_INPUT, spoolStandardInput } from './inputs.ts'
import { openJournal } from './journal.ts'
import { cutsAlone } from './recipe/corpora.ts'
import { type LoadedRecipe, resolveRecipe } from './recipe/load.ts'
import { guarded } from './storage/output-file.ts'

export interface DedupOptions extends MappingOptions {
  readonly out: string
  /** As in a recipe's `dedup`: names, or one name with settings: `['exact', {minhash: {threshold: 0.8}}]`. Default: minhash. */
  readonly methods?: readonly unknown[]
  /** Folder of an index: what it has goes, and what is kept is added to it. Begun where it is not there. */
  readonly index?: string
  /** Folders of finished builds and of indexes: what they have goes. */
  readonly against?: readonly string[]
  /** Worker threads; 0 runs everything on the calling thread. Default: one per core. */
  readonly workers?: number
}

export interface DedupSummary {
  readonly documents: number
  readonly kept: number
  readonly duplicates: number
  /** Documents that are kept without some of their text. */
  readonly cut: number
  readonly unreadable: number
  /** How large the components of documents are that share keys, by pass; for a uid, the input's id where there is one. */
  readonly clusters: readonly Clusters[]
  readonly files: readonly string[]
  /** What was asked for, and is less than it may seem. */
  readonly warnings: readonly PlanWarning[]
}

/** The name of the only source of a deduplication without a recipe. */
const SOURCE = 'input'

/**
 * Deduplicates files: `kept-N.jsonl.zst` with the documents that stay, in input order, and `duplicates.jsonl` with a line
 * `{"id", "duplicateOf", "similarity", "method"}` for each that goes, by the input's own ids; with methods that cut text, `cuts.jsonl`
 * with a line `{"id", "method", "keptIn", "text"}` for each piece that is missing. The same steps as in a build.
 */
export async function dedup(files: readonly string[], options: DedupOptions): Promise<DedupSummary> {
  const folder = path.resolve(options.out)
  await expandInputs(files)
  const made = await guarded(folder, () => mkdir(folder, { recursive: true }))
  try {
    return await dedupInto(folder, files, options)
  } catch (error) {
    // Only if nothing is in it.
    if (made !== undefined) await rmdir(folder).catch(() => undefined)
    throw error
  }
}

async function dedupInto(
  folder: string,
  files: readonly string[],
  options: DedupOptions,
): Promise<DedupSummary> {
  const work = path.join(folder, 'work')
  const spool = path.join(work, 'stdin.jsonl')
  const loaded = await recipeFor(await spooled(files, spool), options)
  const tables = await loadTables(loaded.recipe, loaded.directory)
  const { recipe, directory } = loaded
  const unlock = options.index === undefined ? undefined : await lockFolder(path.resolve(options.index))
  const context = { folder, directory, recipe, tables }
  const workers = options.workers ?? os.availableParallelism()
  const executor = workers === 0 ? createInProcessExecutor(context) : createLocalExecutor(workers, context)
  const journal = await openJournal(work, Date.now())
  try {
    const session = createSession({ folder, journal, executor, onEvent: () => undefined })
    const splits = await survey(loaded)
    const refined = asNamed(await runRefine(session, recipe, splits, tables.modelHashes), spool)
    if (refined.completions.every(({ result }) => result.counts.records === 0)) throw noRecord(files)
    const index =
      options.index && (await openIndex(path.resolve(options.index), recipe, folder, refined.parts))
    const corpora = [...loaded.corpora, ...(index ? [index.corpus] : [])]
    const deduped = await runDedup(session, folder, recipe, refined, corpora)
    const quarantine = await writeQuarantine(folder, refined.parts)
    const written = await writeResults({
      folder,
      loaded,
      splits,
      refined,
      deduped,
      index: index || undefined,
    })
    if (index) await addToIndex(index, recipe, folder, refined.parts, deduped)
    if (quarantine.bytes === 0) await rm(quarantine.path)
    const given = written.files.map((file) => path.join(options.out, path.relative(folder, file)))
    return { ...written, files: given, warnings: cutsAlone(recipe) }
  } finally {
    await executor.close()
    await journal.close()
    await unlock?.()
    await rm(work, { recursive: true, force: true })
  }
}

/** The files; standard input as one that can be read twice. */
async function spooled(files: readonly string[], spool: string): Promise<string[]> {
  if (!files.includes(STANDARD_INPUT)) return [...files]
  await mkdir(path.dirname(spool), { recursive: true })
  await spoolStandardInput(spool)
  return files.map((each) => (each === STANDARD_INPUT ? spool : each))
}

/** What came from standard input is told by `-`, not by a file that is gone afterwards. */
function asNamed(refined: Refined, spool: string): Refined {
  const named = (parts: readonly RefinedPart[]): RefinedPart[] =>
    parts.map((part) => ({
      ...part,
      files: part.files.map((file) => (path.resolve(file) === spool ? STANDARD_INPUT : file)),
    }))
  return {
    ...refined,
    parts: named(refined.parts),
    completions: refined.completions.map((each) => ({
      ...each,
      result: { ...each.result, parts: named(each.result.parts) },
    })),
  }
}

/** A recipe of one source; its stage is never planned. */
async function recipeFor(files: readonly string[], options: DedupOptions): Promise<LoadedRecipe> {
  const methods = options.methods ?? ['minhash']
  if (options.template !== undefined && methods.some(cutsText)) {
    throw new MillraceError('USAGE', 'a text that a template made has no place in the record', {
      key: '--template',
      fix: 'Use a method that drops documents, or leave --template out.',
    })
  }
  return resolveRecipe(
    {
      name: 'dedup',
      sources: {
        [SOURCE]: {
          files: [...files],
          license: 'NOASSERTION',
          acquisition: 'other',
          ...mapperSettings(options),
        },
      },
      dedup: [...methods],
      against: (options.against ?? []).map((each) => path.resolve(each)),
      stages: [{ name: 'none', tokens: 1, mix: { [SOURCE]: 1 } }],
      phases: [{ sequenceLength: 2 }],
    },
    { directory: process.cwd() },
  ).catch((error: unknown) => {
    throw inWordsOfOptions(error)
  })
}

/** The recipe is made of options, and its problems are told by them. */
function inWordsOfOptions(error: unknown): unknown {
  if (!(error instanceof MillraceError) || error.code !== 'RECIPE_INVALID') return error
  const issues = error.issues.map((issue) => ({ ...issue, key: optionOf(issue.key ?? '') }))
  const message = issues.map((issue) => `${issue.key}: ${issue.message}`).join('; ')
  return new MillraceError('USAGE', message, { ...issues[0], fix: error.facts.fix }, { cause: error })
}

function optionOf(key: string): string {
  return key
    .replace(/^against\[\d+\]$/, '--against')
    .replace(/^dedup\[\d+\]$/, '--method')
    .replace(/^dedup\[\d+\]\./, '')
    .replace(`sources.${SOURCE}.`, '')
}

function cutsText(use: unknown): boolean {
  const name = typeof use === 'string' ? use : Object.keys(use ?? {})[0]
  return dedupMethods[name ?? '']?.compares === 'blocks'
}
