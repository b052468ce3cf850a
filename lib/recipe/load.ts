import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { registerFilters } from '../../filters/own-filters.ts'
import type { Corpus } from '../build/corpus.ts'
import { type Issue, MillraceError, systemReason } from '../errors.ts'
import { type Base, findBase, withBaseMixes } from './base.ts'
import { hashOf } from './canonical-json.ts'
import { checkRecipe } from './check.ts'
import { findCorpora } from './corpora.ts'
import { type Environment, expandEnvironment } from './environment.ts'
import { importRecipe } from './import-recipe.ts'
import { type Locate, parseRecipe } from './parse.ts'
import { entriesOf, keyPath, listOf, type Path, type Problem, valueAt } from './problem.ts'
import { type Recipe, type RecipeInput, recipeSchema } from './schema.ts'
import { schemaProblems } from './schema-problems.ts'
import { distinctFiles, expandPattern } from './source-files.ts'
import { stagesInTokens } from './stage-budgets.ts'

/** A valid recipe with its files found. */
export interface LoadedRecipe {
  readonly recipe: Recipe
  /** Absolute path of the recipe's file; undefined for one given as an object. */
  readonly file: string | undefined
  /** Absolute path of the folder that the recipe's paths are relative to. */
  readonly directory: string
  /** Absolute paths of each source's files, in the order of their names, none twice. */
  readonly sourceFiles: Readonly<Record<string, readonly string[]>>
  /** SHA-256 (hex) of the recipe's canonical JSON, defaults included; free of absolute paths unless the recipe has some. */
  readonly hash: string
  /** The finished corpora that documents are compared with, those of the base among them. */
  readonly corpora: readonly Corpus[]
  /** The finished build that the recipe goes on from. */
  readonly base: Base | undefined
}

export interface ResolveOptions {
  /** Folder that the recipe's paths are relative to. */
  readonly directory: string
  /** Where `${VAR}` comes from; `process.env` unless given. */
  readonly environment?: Environment
  /** A source that declares its `tokens` may have no files yet: for plans. */
  readonly declaredFiles?: boolean
}

/** Bytes; no recipe is larger, and a data file given by mistake is not worth parsing. */
const maxRecipeBytes = 16 << 20

/** Gives a recipe written in TypeScript or JavaScript its type: `export default defineRecipe({…})`. */
export function defineRecipe(input: RecipeInput): RecipeInput {
  return input
}

/**
 * Reads, checks and resolves a recipe: YAML, JSON, or a module whose default export (or export `recipe`) is one.
 * Throws RECIPE_INVALID with all its issues at once, each with file, line, column, key path and fix, or INPUT_MISSING
 * when the recipe's file cannot be read.
 */
export async function loadRecipe(file: string, options: Partial<ResolveOptions> = {}): Promise<LoadedRecipe> {
  const absolute = path.resolve(file)
  const place = { directory: path.dirname(absolute), ...options }
  const extension = path.extname(file).toLowerCase()
  if (['.ts', '.mts', '.js', '.mjs'].includes(extension)) {
    return resolve(await importRecipe(absolute, file), place, { file: absolute, shown: file })
  }
  if (!['.yaml', '.yml', '.json'].includes(extension)) {
    throw invalid(file, [
      {
        message: `a recipe’s name ends in .yaml, .yml, .json, .ts, .mts, .js or .mjs`,
        file,
        fix: 'Name the recipe’s file, and rename it if it has another ending.',
      },
    ])
  }
  const { value, syntax, locate } = parseRecipe(await readText(absolute, file))
  const issues = syntax.map((problem): Issue => ({ ...problem, file }))
  if (value === undefined && issues.length > 0) throw invalid(file, issues)
  return resolve(value, place, { file: absolute, shown: file, locate, issues })
}

/** {@link loadRecipe} for a recipe that is an object already. Issues have key paths only. */
export async function resolveRecipe(input: RecipeInput, options: ResolveOptions): Promise<LoadedRecipe> {
  return resolve(input, options, {})
}

interface Origin {
  /** Absolute path. */
  readonly file?: string
  /** The file as it was named, for errors. */
  readonly shown?: string
  readonly locate?: Locate
  /** Issues known before. */
  readonly issues?: readonly Issue[]
}

async function resolve(raw: unknown, options: ResolveOptions, origin: Origin): Promise<LoadedRecipe> {
  const directory = path.resolve(options.directory)
  const { value, problems: unset } = expandEnvironment(raw, options.environment ?? process.env)
  const modules = listOf(valueAt(value, ['modules'])).filter((file) => typeof file === 'string')
  await registerFilters(modules, directory)
  const parsed = recipeSchema.safeParse(value)
  const seen = new Set(unset.map((problem) => keyPath(problem.path)))
  const { sourceFiles, problems: missing } = await findFiles(value, directory, {
    declared: options.declaredFiles ?? false,
    unset: seen,
  })
  const issuesOfSchema = parsed.success ? [] : parsed.error.issues.filter((issue) => !isUse(issue.path))
  const { base, problems: ofBase } = await findBase(value, directory)
  const { corpora, problems: ofCorpora } = await findCorpora(parsed.data, directory, base)
  const checked = [...ofBase, ...(await checkRecipe(value, directory, base)), ...ofCorpora]
  const problems = [
    ...unset,
    ...[...schemaProblems(recipeSchema, value, issuesOfSchema, []), ...checked, ...missing].filter(
      (problem) => !seen.has(keyPath(problem.path)), // one that follows from an unset variable
    ),
  ]
  const issues = [...(origin.issues ?? []), ...problems.map((problem) => asIssue(problem, origin))]
  if (!parsed.success || issues.length > 0) throw invalid(origin.shown, issues)
  const recipe = { ...parsed.data, stages: withBaseMixes(stagesInTokens(parsed.data), base) }
  return { recipe, file: origin.file, directory, sourceFiles, hash: hashOf(recipe), base, corpora }
}

/** True for tokenizers, filters, dedup methods and packings: `check-uses.ts` says better than the schema what is wrong. */
function isUse(place: readonly PropertyKey[]): boolean {
  return (
    place[0] === 'tokenizer' ||
    (place[0] === 'dedup' && place.length > 1) ||
    (place[2] === 'filters' && place.length > 3) ||
    (place[0] === 'phases' && place[2] === 'packing')
  )
}

/**
 * Expands every source's `files`, valid or not, so that all missing files are told at once; but for the keys `unset`, in
 * which a variable is missing: what is left of `${DATA}/**` is everything on the machine.
 */
async function findFiles(
  value: unknown,
  directory: string,
  { declared, unset }: { readonly declared: boolean; readonly unset: ReadonlySet<string> },
): Promise<{ sourceFiles: Record<string, string[]>; problems: Problem[] }> {
  const sourceFiles: Record<string, string[]> = {}
  const problems: Problem[] = []
  for (const [source, settings] of entriesOf(valueAt(value, ['sources']))) {
    const files: string[] = []
    for (const [index, pattern] of listOf(valueAt(settings, ['files'])).entries()) {
      const place = ['sources', source, 'files', index]
      if (typeof pattern !== 'string' || pattern === '' || unset.has(keyPath(place))) continue
      const expanded = await expandPattern(pattern, directory)
      if (expanded.problem === undefined) files.push(...expanded.files)
      else if (declared && valueAt(settings, ['tokens']) !== undefined) continue
      else problems.push(fileProblem(place, pattern, expanded.problem))
    }
    sourceFiles[source] = await distinctFiles(files)
  }
  return { sourceFiles, problems }
}

function fileProblem(
  place: Path,
  pattern: string,
  { message, fix }: { message: string; fix: string },
): Problem {
  return { path: place, at: 'value', message: `${JSON.stringify(pattern)} ${message}`, got: pattern, fix }
}

function asIssue({ path: place, at, offset, ...facts }: Problem, { shown, locate }: Origin): Issue {
  return {
    ...facts,
    ...(place.length === 0 ? {} : { key: keyPath(place) }),
    ...(shown === undefined ? {} : { file: shown }),
    ...locate?.({ path: place, at, ...(offset === undefined ? {} : { offset }) }),
  }
}

function invalid(file: string | undefined, issues: readonly Issue[]): MillraceError {
  const sorted = issues.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0), // a stable sort: else as found
  )
  const [first] = sorted
  const count = sorted.length === 1 ? 'one problem' : `${sorted.length} problems, the first one`
  const where = first?.key === undefined ? '' : `${first.key}: `
  return new MillraceError(
    'RECIPE_INVALID',
    `${file ?? 'the recipe'} has ${count}: ${where}${first?.message ?? 'unknown'}`,
    {
      ...(file === undefined ? {} : { file }),
      fix: sorted.length === 1 ? (first?.fix ?? 'Correct it.') : 'Correct each of the issues.',
    },
    { issues: sorted },
  )
}

async function readText(absolute: string, shown: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(absolute)
  } catch (error) {
    throw new MillraceError(
      'INPUT_MISSING',
      `cannot read the recipe ${shown}: ${systemReason(error)}`,
      { file: shown, fix: 'Name the recipe’s file; `millrace init` writes a first one.' },
      { cause: error },
    )
  }
  if (bytes.byteLength > maxRecipeBytes) {
    const message = `is no recipe: it has ${bytes.byteLength} bytes, and the limit is ${maxRecipeBytes}`
    throw invalid(shown, [{ message, file: shown, fix: 'Name a recipe; data files go into its `sources`.' }])
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid(shown, [{ message: 'is not UTF-8 text', file: shown, fix: 'Save it as UTF-8.' }])
  }
}
